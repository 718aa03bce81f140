"""One request's standing: who asks, as remembered, until the log has said that this still holds.

The first statement of a query's transaction reads the log's stand (`ledger.py`), so that checking a token
costs no round trip of its own. Where the stand is another than the caller's, nothing is answered: the request
is asked again from the start (`guarding.py`), its token looked up first. An answer that leaves without having
opened a transaction is checked before it leaves.

The same statement builds the second wall: it tells the database which units' events this transaction may see.
"""

from typing import Any

from services.api.callers import Caller, Stand
from services.api.problems import UNAUTHORISED, ApiProblem

ASKING = "khuyenhoc.asking"
"""Where a request's scope keeps it."""
AGAIN_LOOKED_UP = "khuyenhoc.again"
"""Set in the scope of a request that is asked again: nothing remembered is good enough."""

CHALLENGE = {"WWW-Authenticate": "Bearer"}


NOTHING = ""


class Asking:
    """Who asks. `settled`: the log has confirmed the caller since the request came in.

    `units` and `stream` are what the database lets the request see (events/log/sql/0012_second_wall.sql):
    nothing, until the door has said by which roles the request may see what (`see`).
    """

    __slots__ = ("caller", "settled", "stream", "units")

    def __init__(self, caller: Caller, *, settled: bool) -> None:
        self.caller = caller
        self.settled = settled or caller.is_local
        self.units = NOTHING
        self.stream = ""

    def see(self, roles: frozenset[str], unit_id: str | None = None) -> None:
        """From here on, events within reach of one of these roles; with a unit within reach, also what was
        below it once: figures of past years are made of that."""
        self.units = self.caller.sight(roles, unit_id)

    def settle(self, row: Any) -> None:
        """By a row of the log's stand. Raises `token-required` where the caller may be another by now."""
        if not self.settled:
            if self.caller.stand != Stand.of(row):
                raise ApiProblem(UNAUTHORISED, headers=CHALLENGE)
            self.settled = True
