"""How many persons and households live where a unit is: what member and family rates are set against."""

from msgspec.structs import replace

from events.book import Book
from events.catalogue.series import Difference, Entry, Series, difference
from events.catalogue.unit_state import UnitState, undoes
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Count, Id

NOTHING_STATED = code(
    "population-nothing-stated",
    vi="Cần ít nhất số người (persons) hoặc số hộ (households).",
    en="At least persons or households must be given.",
)
STATE_SEPARATELY = code(
    "population-state-separately",
    vi="Số người và số hộ được nêu lại vào những năm khác nhau ({persons} và {households}); hãy ghi "
    "thành hai lần riêng.",
    en="Persons and households are stated anew in different years ({persons} and {households}); record "
    "them apart.",
)
LATER_STATEMENT = code(
    "population-withdraw-later-first",
    vi="Số người và số hộ được nêu lại vào những năm khác nhau ({persons} và {households}); hãy rút "
    "lần nêu sau trước.",
    en="Persons and households are stated anew in different years ({persons} and {households}); "
    "withdraw the later first.",
)


def _series(state: UnitState, field: str) -> Series:
    stated = ((f, getattr(f.data, field)) for f in state.standing("PopulationStated"))
    entries = (Entry(f.occurred_on, f.version, n, True, f.event_id) for f, n in stated if n is not None)
    return Series(tuple(sorted(entries)))


def _joint_until(
    persons: Difference | None, households: Difference | None, refusal: str, field: str
) -> int | None:
    """One row carries both differences, so they must hold until the same year."""
    if persons and households and persons.until_year != households.until_year:
        if persons.amount and households.amount:
            raise Refused(
                refusal,
                field,
                persons=str(persons.until_year or "…"),
                households=str(households.until_year or "…"),
            )
        return persons.until_year if persons.amount else households.until_year
    change = persons or households
    return change.until_year if change else None


@event(
    "unit-{unit_id}",
    vi="Công bố dân số",
    en="Population stated",
    example={"unit_id": "xuat-hoa", "persons": 3120, "households": 845},
)
class PopulationStated(Data, frozen=True):
    """Persons, households or both, as on that day and until they are stated anew."""

    unit_id: Id
    persons: Count | None = None
    households: Count | None = None
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit, state = book.unit(self.unit_id), book.own(UnitState)
        if self.persons is None and self.households is None:
            raise Refused(NOTHING_STATED, "/data/persons")
        persons = self._change(book, state, "persons")
        households = self._change(book, state, "households")
        return Effect(
            unit=self.unit_id,
            level=unit.level,
            quantity=persons.amount if persons else None,
            extra=households.amount if households else None,
            until_year=_joint_until(persons, households, STATE_SEPARATELY, "/data/households"),
        )

    def _change(self, book: Book, state: UnitState, field: str) -> Difference | None:
        stated: int | None = getattr(self, field)
        if stated is None:
            return None
        before = _series(state, field)
        after = before.plus(Entry(book.occurred_on, state.version + 1, stated, True, book.event_id))
        return difference(before, after, book.occurred_on)


@undoes("PopulationStated")
def _unstate(state: UnitState, fact: Fact, book: Book) -> Effect:
    changes: list[Difference | None] = []
    for field in ("persons", "households"):
        before = _series(state, field)
        stated = getattr(fact.data, field) is not None
        after = before.without(fact.event_id)
        changes.append(difference(before, after, fact.occurred_on) if stated else None)
    persons, households = changes
    return replace(
        fact.effect,
        kind=fact.type,
        target=fact.event_id,
        quantity=persons.amount if persons else None,
        extra=households.amount if households else None,
        until_year=_joint_until(persons, households, LATER_STATEMENT, "/data/event_id"),
    )
