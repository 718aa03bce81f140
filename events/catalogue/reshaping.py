"""How units move under another and how they end: merged, split, dissolved."""

from typing import Annotated

from msgspec import Meta

from events.book import Book
from events.catalogue.standing import handful, refuse_if_stood_on
from events.catalogue.tree_rules import (
    FOREVER,
    children_living,
    ending,
    living,
    next_move,
    rank,
    require_above,
    require_children_last,
    require_free_external_id,
    require_no_children,
    require_no_circle,
    require_parent_lasts,
    require_sound,
)
from events.catalogue.unit_state import UnitState, undoes
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Id, Share

INTO_ITSELF = code(
    "unit-into-itself",
    vi="Đơn vị «{unit}» không thể nhập hay chia vào chính nó.",
    en="Unit '{unit}' cannot merge or split into itself.",
)
NAMED_TWICE = code(
    "unit-successor-named-twice",
    vi="Đơn vị kế thừa «{unit}» được nêu hai lần; hãy gộp số phần của nó.",
    en="Successor '{unit}' is named twice; add its parts together.",
)
CHILDREN_NOT_BELOW = code(
    "unit-children-not-below",
    vi="«{into}» là cấp «{level}», không thể nhận các đơn vị trực thuộc của «{unit}»: {children}.",
    en="'{into}' is of level '{level}' and cannot have below it the units of '{unit}': {children}.",
)


@event(
    "unit-{unit_id}",
    vi="Chuyển đơn vị",
    en="Unit moved",
    shapes_tree=True,
    example={"unit_id": "duc-xuan-2025", "parent_id": "thai-nguyen-province"},
)
class UnitMoved(Data, frozen=True):
    """From that day on a unit lies directly under another, and with it all that lies below it."""

    unit_id: Id
    parent_id: Id
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit, day = book.unit(self.unit_id), book.occurred_on
        parent = living(book, self.parent_id, "/data/parent_id")
        until = next_move(unit, day)
        require_no_circle(book.tree, self.unit_id, self.parent_id, day, until, "/data/parent_id")
        require_parent_lasts(book.tree, self.unit_id, self.parent_id, until, "/data/parent_id")
        require_above(parent, unit.level, "/data/parent_id")
        return Effect(unit=self.unit_id, level=unit.level)


@event(
    "unit-{unit_id}",
    vi="Sáp nhập đơn vị",
    en="Unit merged",
    shapes_tree=True,
    example={"unit_id": "phung-chi-kien", "into_unit_id": "bac-kan-2025"},
)
class UnitMerged(Data, frozen=True):
    """A unit ends and passes its history and its children to its successor, whole."""

    unit_id: Id
    into_unit_id: Id
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit, day = ending(book, self.unit_id), book.occurred_on
        if self.into_unit_id == self.unit_id:
            raise Refused(INTO_ITSELF, "/data/into_unit_id", unit=self.unit_id)
        into = living(book, self.into_unit_id, "/data/into_unit_id")
        require_no_circle(book.tree, self.unit_id, self.into_unit_id, day, FOREVER, "/data/into_unit_id")
        require_children_last(book.tree, self.unit_id, self.into_unit_id, "/data/into_unit_id")
        if rank(into.level) > rank(unit.level):
            # Côn Đảo, 2025: a district became a commune. Possible where nothing is left too high to follow.
            children = [book.known_unit(c) for c in children_living(book.tree, self.unit_id, day)]
            high = [c.unit_id for c in children if rank(c.level) <= rank(into.level)]
            if high:
                raise Refused(
                    CHILDREN_NOT_BELOW,
                    "/data/into_unit_id",
                    into=into.unit_id,
                    level=into.level,
                    unit=self.unit_id,
                    children=handful(high),
                )
        return Effect(unit=self.unit_id, level=unit.level, quantity=-1)


@event(
    "unit-{unit_id}",
    vi="Chia tách đơn vị",
    en="Unit split",
    shapes_tree=True,
    example={
        "unit_id": "to-10",
        "into": [{"unit_id": "to-10a", "parts": 2}, {"unit_id": "to-10b", "parts": 1}],
    },
)
class UnitSplit(Data, frozen=True):
    """A unit ends and its history divides by parts among its successors; what that touches is estimated."""

    unit_id: Id
    into: Annotated[tuple[Share, ...], Meta(min_length=2, max_length=100)]
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = ending(book, self.unit_id)
        named: set[str] = set()
        for index, share in enumerate(self.into):
            field = f"/data/into/{index}/unit_id"
            if share.unit_id == self.unit_id:
                raise Refused(INTO_ITSELF, field, unit=self.unit_id)
            if share.unit_id in named:
                raise Refused(NAMED_TWICE, field, unit=share.unit_id)
            named.add(share.unit_id)
            living(book, share.unit_id, field)
        require_no_children(book, self.unit_id)
        for index, share in enumerate(self.into):
            field = f"/data/into/{index}/unit_id"
            require_no_circle(book.tree, self.unit_id, share.unit_id, book.occurred_on, FOREVER, field)
        return Effect(unit=self.unit_id, level=unit.level, quantity=-1)


@event(
    "unit-{unit_id}",
    vi="Giải thể đơn vị",
    en="Unit dissolved",
    shapes_tree=True,
    example={"unit_id": "bac-kan-city", "reason": "Không còn cấp huyện từ ngày 01/7/2025."},
)
class UnitDissolved(Data, frozen=True):
    """A unit ends without successor; what it did rolls up to its last parent."""

    unit_id: Id
    reason: SealedText
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = ending(book, self.unit_id)
        require_no_children(book, self.unit_id)
        return Effect(unit=self.unit_id, level=unit.level, quantity=-1)


@undoes("UnitMoved")
def _unmove(state: UnitState, fact: Fact, book: Book) -> Effect:
    unit_id = fact.data.unit_id  # type: ignore[attr-defined]
    without = book.tree.without(fact.event_id)
    unit = without.get(unit_id)
    assert unit is not None
    before = unit.parent_recorded(fact.occurred_on)
    if before is not None:
        # On the tree as it is: without the move, a unit dissolved since might already roll up to itself.
        until = next_move(unit, fact.occurred_on)
        require_no_circle(book.tree, unit_id, before, fact.occurred_on, until, "/data/event_id")
    require_sound(without, unit_id, fact.occurred_on)
    return fact.effect.undone(fact.type, fact.event_id)


@undoes("UnitMerged", "UnitSplit", "UnitDissolved")
def _revive(state: UnitState, fact: Fact, book: Book) -> Effect:
    """The unit lives again: only if its successors have not ended on that, and the tree still holds."""
    unit = book.known_unit(fact.data.unit_id)  # type: ignore[attr-defined]
    for successor, _ in unit.into:
        refuse_if_stood_on(
            f
            for f in book.tree.naming(successor)
            if f.type in ("UnitMerged", "UnitSplit", "UnitDissolved") and f.data.unit_id == successor  # type: ignore[attr-defined]
        )
    tree = book.tree.without(fact.event_id)
    require_sound(tree, unit.unit_id, fact.occurred_on)
    revived = tree.get(unit.unit_id)
    assert revived is not None
    for scheme, held in revived.external_ids.items():
        require_free_external_id(tree, revived, scheme, held, fact.occurred_on, "/data/event_id")
    return fact.effect.undone(fact.type, fact.event_id)
