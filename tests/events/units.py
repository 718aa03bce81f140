"""Units for stories: a province, the city, two of its communes and their chapters, as in Bắc Kạn."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from events.declare import Effect, Fact
from events.refusals import Refused
from tests.events.history import History

FOUNDED = "2004-07-08"


def bac_kan() -> History:
    """Province › city › duc-xuan (to-1, to-2), song-cau (to-9)."""
    given = History()
    given.record("UnitEstablished", FOUNDED, unit_id="bac-kan", name="Tỉnh", level="province", code="06")
    establish(given, "city", "district", "bac-kan", code="058")
    establish(given, "duc-xuan", "commune", "city", code="01840")
    establish(given, "song-cau", "commune", "city", code="01837")
    for chapter, commune in (("to-1", "duc-xuan"), ("to-2", "duc-xuan"), ("to-9", "song-cau")):
        establish(given, chapter, "chapter", commune)
    return given


def establish(
    given: History, unit_id: str, level: str, parent_id: str | None = None, on: str = FOUNDED, **more: object
) -> Fact:
    if parent_id is not None:
        more["parent_id"] = parent_id
    return given.record("UnitEstablished", on, unit_id=unit_id, name=f"Hội {unit_id}", level=level, **more)[0]


def withdraw(given: History, fact: Fact, on: str = "2026-01-15") -> Effect:
    return given.record("RecordWithdrawn", on, event_id=str(fact.event_id), reason="Ghi nhầm.")[0].effect


@contextmanager
def refused(code: str, field: str | None = None) -> Iterator[None]:
    """What is inside is refused with that code, and its sentence can be read in both languages."""
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code, refusal.value
    if field is not None:
        assert refusal.value.field == field
    for language in ("vi", "en"):
        assert "{" not in refusal.value.sentence(language)  # type: ignore[arg-type]
