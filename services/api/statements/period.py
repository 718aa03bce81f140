"""The period a question is about, from its first day to its last."""

import datetime as dt
from typing import Annotated

from litestar.params import QueryParameter

from services.api.faults import DAYS_REVERSED, OUT_OF_RANGE, Fault, Malformed

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)

From = Annotated[dt.date, QueryParameter(name="from", description="The first day of the period")]
To = Annotated[dt.date, QueryParameter(name="to", description="The last day of the period")]
FromIfAny = Annotated[
    dt.date | None,
    QueryParameter(name="from", description="The first day of the period (default: the very first)"),
]
ToIfAny = Annotated[
    dt.date | None, QueryParameter(name="to", description="The last day of the period (default: today)")
]


def check_period(first: dt.date, last: dt.date) -> None:
    """Raises `Malformed`."""
    faults = [
        Fault(f"/query/{name}", OUT_OF_RANGE, rule, f"{FIRST} … {LAST}", str(day))
        for name, day in (("from", first), ("to", last))
        if not FIRST <= day <= LAST
        for rule in ("minimum" if day < FIRST else "maximum",)
    ]
    if not faults and last < first:
        faults = [Fault("/query/to", DAYS_REVERSED, got=str(last), values={"first": first, "last": last})]
    if faults:
        raise Malformed(*faults)
