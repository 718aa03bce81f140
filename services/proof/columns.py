"""The typed columns that a running service keeps beside its entries, held against those derived anew.

Figures are sums of them: a service whose entries are in order could still answer from columns that are not.
"""

from collections.abc import Iterable, Iterator

from events.declare import Effect
from events.replay import Replayed
from services.api.feed.shapes import PLAIN, EventColumns
from services.proof import findings as f
from services.proof.report import WrongError

_COMPARED = PLAIN[1:]
"""Behind the position, by which the two are found."""


class ServedColumns:
    """Given every event in order."""

    def __init__(self, served: Iterable[EventColumns]) -> None:
        self.count = 0
        self._served: Iterator[EventColumns] = iter(served)

    def compare(self, position: int, replayed: Replayed) -> None:
        """Raises `WrongError` naming the first column that differs."""
        theirs = next(self._served, None)
        if theirs is None or theirs.position != position:
            there = theirs.position if theirs else "–"
            raise WrongError(f.COLUMN_DIFFERS, position, column="position", theirs=there, ours=position)
        fact = replayed.fact
        ours = EventColumns(
            position, fact.event_id, replayed.command_id, replayed.ordinal, fact.actor, fact.type,
            fact.stream, fact.version, fact.occurred_on, replayed.recorded_at, fact.effect,
        )  # fmt: skip
        if theirs != ours:
            _name_difference(position, theirs, ours)
        self.count += 1


def _name_difference(position: int, theirs: EventColumns, ours: EventColumns) -> None:
    pairs = [(name, getattr(theirs, name), getattr(ours, name)) for name in _COMPARED]
    of_effect = Effect.__struct_fields__
    pairs += [(name, getattr(theirs.effect, name), getattr(ours.effect, name)) for name in of_effect]
    for name, their_value, our_value in pairs:
        if their_value != our_value:
            told = {"theirs": str(their_value), "ours": str(our_value)}
            raise WrongError(f.COLUMN_DIFFERS, position, column=name, **told)
