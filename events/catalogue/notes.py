"""Erasing a free text: key and ciphertext of one sealed field are destroyed, the event stays as it was."""

from typing import Annotated

from msgspec import Meta

from events.book import Book
from events.catalogue.persons import Ground
from events.declare import CATALOGUE, Data, Effect, event
from events.refusals import Refused, code
from events.vocabulary import EventRef

NOT_A_NOTE = code(
    "field-not-sealed",
    vi="«{type}» không có trường ghi chú riêng «{field}»; các trường xóa được: {known}.",
    en="'{type}' has no sealed note '{field}'; fields that can be erased: {known}.",
)
NOTHING_NOTED = code(
    "note-empty",
    vi="Trường «{field}» của sự kiện {event} không có nội dung.",
    en="The field '{field}' of event {event} holds nothing.",
)
ALREADY_ERASED = code(
    "note-already-erased",
    vi="Trường «{field}» của sự kiện {event} đã xóa ngày {day}.",
    en="The field '{field}' of event {event} was already erased on {day}.",
)


@event(
    None,
    vi="Xóa ghi chú",
    en="Note erased",
    example={
        "event_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10",
        "field": "note",
        "ground": "request",
    },
)
class NoteErased(Data, frozen=True):
    """The text of one sealed field of an earlier event is gone. A person's details go by `PersonErased`."""

    event_id: EventRef
    field: Annotated[str, Meta(pattern=r"^[a-z][a-z_]{0,31}$", examples=["note"])]
    ground: Ground

    def decide(self, book: Book) -> Effect:
        state, fact = book.fact(self.event_id)
        known = sorted(name for name, key in CATALOGUE[fact.type].sealed.items() if key == "event")
        if self.field not in known:
            raise Refused(NOT_A_NOTE, "/data/field", type=fact.type, field=self.field, known=known or "–")
        if getattr(fact.data, self.field) is None:
            raise Refused(NOTHING_NOTED, "/data/field", field=self.field, event=str(fact.event_id))
        for erased in state.standing("NoteErased"):
            if erased.effect.target == fact.event_id and getattr(erased.data, "field", None) == self.field:
                raise Refused(
                    ALREADY_ERASED,
                    "/data/field",
                    field=self.field,
                    event=str(fact.event_id),
                    day=erased.occurred_on,
                )
        return Effect(unit=fact.effect.unit, level=fact.effect.level, target=fact.event_id)
