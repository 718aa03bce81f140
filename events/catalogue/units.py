"""A unit's beginning and its attributes: name, codes, ids elsewhere. Moves and ends: `reshaping.py`."""

from typing import Annotated

from msgspec import Meta

from events.book import Book
from events.catalogue.standing import refuse_if_stood_on
from events.catalogue.tree_rules import (
    next_code,
    require_above,
    require_free_code,
    require_free_external_id,
    require_sound,
)
from events.catalogue.unit_state import UnitState, undoes
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Code, Id, Level, Scheme, Text

ExternalId = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[!-~]+$", examples=["H55.242"])]
"""What another system calls a unit: printable ASCII without spaces."""

UNIT_TAKEN = code(
    "unit-id-taken",
    vi="Mã định danh «{unit}» đã dùng cho «{name}» (từ ngày {since}); mỗi đơn vị một định danh riêng, "
    "kể cả đơn vị đã kết thúc.",
    en="The id '{unit}' is taken by '{name}' (since {since}); ids are never used again, not even of "
    "ended units.",
)


@event(
    "unit-{unit_id}",
    vi="Thành lập đơn vị",
    en="Unit established",
    shapes_tree=True,
    example={
        "unit_id": "bac-kan-city",
        "name": "Hội Khuyến học thành phố Bắc Kạn",
        "level": "district",
        "parent_id": "bac-kan-province",
        "code": "058",
    },
)
class UnitEstablished(Data, frozen=True):
    """A unit of the association begins. Without `parent_id` it is a root, of whatever level."""

    unit_id: Id
    name: Text
    level: Level
    parent_id: Id | None = None
    code: Code | None = None
    scheme: Scheme = "gso"
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        taken = book.tree.get(self.unit_id)
        if taken is not None:
            raise Refused(
                UNIT_TAKEN,
                "/data/unit_id",
                unit=self.unit_id,
                name=taken.name(),
                since=taken.established_on,
            )
        if self.parent_id is not None:
            parent = book.unit(self.parent_id, field="/data/parent_id")
            require_above(parent, self.level, "/data/parent_id")
        if self.code is not None:
            day = book.occurred_on
            require_free_code(book.tree, self.unit_id, self.scheme, self.code, day, day.max, "/data/code")
        return Effect(unit=self.unit_id, level=self.level, quantity=1)


@event(
    "unit-{unit_id}",
    vi="Đổi tên đơn vị",
    en="Unit renamed",
    shapes_tree=True,
    example={"unit_id": "duc-xuan", "name": "Hội Khuyến học phường Đức Xuân"},
)
class UnitRenamed(Data, frozen=True):
    """A unit has another name from that day on."""

    unit_id: Id
    name: Text
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        return Effect(unit=self.unit_id, level=book.unit(self.unit_id).level)


@event(
    "unit-{unit_id}",
    vi="Gán mã đơn vị",
    en="Unit code assigned",
    shapes_tree=True,
    example={"unit_id": "bac-kan-2025", "scheme": "gso", "code": "01843"},
)
class UnitCodeAssigned(Data, frozen=True):
    """A unit has a code from that day on, until it gets another of the scheme or ends."""

    unit_id: Id
    code: Code
    scheme: Scheme = "gso"
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit, day = book.unit(self.unit_id), book.occurred_on
        until = next_code(unit, self.scheme, day)
        require_free_code(book.tree, self.unit_id, self.scheme, self.code, day, until, "/data/code")
        return Effect(unit=self.unit_id, level=unit.level)


@event(
    "unit-{unit_id}",
    vi="Gán định danh ở hệ thống khác",
    en="External id assigned",
    shapes_tree=True,
    example={"unit_id": "thai-nguyen-province", "scheme": "qd-20-2020", "id": "H55"},
)
class ExternalIdAssigned(Data, frozen=True):
    """What another system calls a unit. A later one of the scheme replaces it."""

    unit_id: Id
    scheme: Scheme
    id: ExternalId
    note: SealedText | None = None

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        require_free_external_id(book.tree, unit, self.scheme, self.id, book.occurred_on, "/data/id")
        return Effect(unit=self.unit_id, level=unit.level)


@undoes("UnitEstablished")
def _unestablish(state: UnitState, fact: Fact, book: Book) -> Effect:
    named = book.tree.naming(fact.data.unit_id)  # type: ignore[attr-defined]
    own = {f.event_id: f for f in state.facts.values() if f.event_id not in state.gone}
    begun = book.begun_at(fact.data.unit_id)  # type: ignore[attr-defined]
    standing = {**own, **{f.event_id: f for f in (*named, *begun)}}
    refuse_if_stood_on(
        f
        for f in standing.values()
        if f.event_id != fact.event_id and f.type not in ("RecordWithdrawn", "NoteErased")
    )
    return fact.effect.undone(fact.type, fact.event_id)


@undoes("UnitCodeAssigned")
def _uncode(state: UnitState, fact: Fact, book: Book) -> Effect:
    require_sound(book.tree.without(fact.event_id), fact.data.unit_id, fact.occurred_on)  # type: ignore[attr-defined]
    return fact.effect.undone(fact.type, fact.event_id)
