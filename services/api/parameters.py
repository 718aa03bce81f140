"""What queries are asked with: limits, days, positions, cursors. A misspelt parameter is refused, since
leaving `as_known` out of account would give a wrong figure without a word."""

import base64
import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar.params import PathParameter, QueryParameter

from services.api.access import AnyRequest
from services.api.faults import (
    BAD_CURSOR,
    CONTROL_CHARACTER,
    IMPOSSIBLE_DATE,
    INVALID_VALUE,
    OUT_OF_RANGE,
    PARAMETER_TWICE,
    UNKNOWN_PARAMETER,
    Fault,
    Malformed,
    shown,
)
from services.api.form_words import ID

Limit = Annotated[int, QueryParameter(ge=1, le=1000, description="How many items a page holds at most")]
Cursor = Annotated[
    str | None,
    QueryParameter(description="Opaque: from the `Link` header of the page before", max_length=400),
]
MinPosition = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=2**62,
        description="Wait (5 seconds at most, then 503) until the answer reflects this position",
    ),
]
AsKnown = Annotated[
    int | dt.date | None,
    QueryParameter(description="As known then: a position, or a day (its end, Asia/Ho_Chi_Minh)"),
]
Day = Annotated[dt.date | None, QueryParameter(description="A day, such as 2017-12-31")]
TreeName = Annotated[
    str,
    QueryParameter(
        pattern=r"^(then|now|\d{4}-\d{2}-\d{2})$",
        description="Whose boundaries: `then` (31 December of the year), `now`, or those of a day",
    ),
]
LISTS = ("known",)
"""Parameters that may be given several times."""
POSITIONS = ("as_known", "known")
"""Parameters that are a position, or a day."""
T = TypeVar("T")
Identifier = Annotated[str, PathParameter(pattern=ID)]
YearOf = Annotated[int, PathParameter(ge=1900, le=2200)]


async def refuse_unknown(request: AnyRequest) -> None:
    """Before anything is read: raises `Malformed` for parameters that the route does not have, for what would
    be taken for something else (given twice, `null`, a negative position), and for text with a NUL, which no
    database takes."""
    if not request.scope["query_string"]:
        return
    parameters = request.route_handler.parsed_fn_signature.parameters
    known = {
        getattr(definition.kwarg_definition, "name", None) or name: name in LISTS
        for name, definition in parameters.items()
        if name not in ("request", *request.path_params)
    }
    faults = [
        Fault(
            f"/query/{shown(name)}",
            UNKNOWN_PARAMETER,
            "additionalProperties",
            values={"name": shown(name), "known": ", ".join(known) or "–"},
        )
        for name in request.query_params
        if name not in known
    ]
    for name, is_list in known.items():
        given = request.query_params.getall(name, [])
        if len(given) > 1 and not is_list:
            faults.append(Fault(f"/query/{name}", PARAMETER_TWICE, "maxItems", values={"name": name}))
        else:
            faults += (fault for value in given for fault in _misleading(name, value))
    if faults:
        raise Malformed(*faults)


def _misleading(name: str, given: str) -> Iterator[Fault]:
    pointer = f"/query/{name}"
    if given == "null":  # the framework would leave it out of account
        yield Fault(pointer, INVALID_VALUE, "type", got="null", values={"why": "null"})
    elif "\0" in given:
        yield Fault(pointer, CONTROL_CHARACTER, "pattern", got=shown(given))
    elif name in POSITIONS and re.fullmatch(r"-\d+", given):
        yield Fault(pointer, OUT_OF_RANGE, "minimum", "≥ 0", shown(given))


def tree_named(name: str) -> Any:
    """`then`, `now`, or a day. Raises `Malformed` for a day that does not exist."""
    if name in ("then", "now"):
        return name
    try:
        return dt.date.fromisoformat(name)
    except ValueError:
        raise Malformed(Fault("/query/tree", IMPOSSIBLE_DATE, "format", "date", shown(name))) from None


def written(cursor: Any) -> str:
    """A place in a list, for going on from there."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def understood(cursor: str | None, shape: type[T]) -> T | None:
    """The place a cursor stands for. Raises `Malformed` for anything this service has not written."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=shape)
        if not all(map(_may_be_a_place, place if isinstance(place, tuple) else (place,))):
            raise ValueError
        return place
    except (ValueError, msgspec.MsgspecError):
        raise Malformed(Fault("/query/cursor", BAD_CURSOR, "format", got=shown(cursor))) from None


def _may_be_a_place(value: Any) -> bool:
    """A row's key can be so: no text with a NUL, no number beyond the database's."""
    return "\0" not in value if isinstance(value, str) else not isinstance(value, int) or 0 <= value < 2**63


def next_page(request: AnyRequest, **changed: Any) -> str:
    """Where the next page is: this request with some parameters changed. A path, relative to the service."""
    asked = {name: value for name, value in request.query_params.items() if name != "min_position"}
    asked.update({name: str(value) for name, value in changed.items()})
    return f"{request.url.path}?{urlencode(asked)}"
