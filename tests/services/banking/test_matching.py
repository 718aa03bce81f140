"""A proposal is made where one entry and one line are each other's only best; ties stay open."""

import datetime as dt
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.banking.matching import Entry, OpenLine, Proposal, propose


def line(number: int, amount: int = 100, day: int = 5, text: str = "") -> OpenLine:
    return OpenLine(number, dt.date(2017, 9, day), amount, text)


def entry(number: int, amount: int = 100, day: int = 5, **more: object) -> Entry:
    return Entry(UUID(int=number), dt.date(2017, 9, day), amount, **more)  # type: ignore[arg-type]


def chosen(lines: list[OpenLine], entries: list[Entry], days: int = 3) -> dict[int, int]:
    return {at: proposal.event_id.int for at, proposal in propose(lines, entries, days).items()}


def test_an_equal_amount_within_the_days() -> None:
    assert chosen([line(1)], [entry(1, day=8)]) == {1: 1}
    assert chosen([line(1)], [entry(1, day=9)]) == {}
    assert chosen([line(1)], [entry(1, day=9)], days=4) == {1: 1}
    assert chosen([line(1)], [entry(1, amount=101)]) == {}
    assert chosen([line(1)], [entry(1, amount=-100)]) == {}


def test_the_first_and_the_last_day_there_is() -> None:
    for day in (dt.date.min, dt.date.max):
        told, fitting = OpenLine(1, day, 100, ""), Entry(UUID(int=1), day, 100)
        assert propose([told], [fitting, entry(2)], 3).keys() == {1}


def test_the_nearest_day_wins_and_a_tie_is_left_open() -> None:
    assert chosen([line(1)], [entry(1, day=4), entry(2, day=5)]) == {1: 2}
    assert chosen([line(1)], [entry(1, day=4), entry(2, day=6)]) == {}
    assert chosen([line(1), line(2)], [entry(1)]) == {}


def test_words_tell_entries_of_the_same_amount_apart() -> None:
    company = entry(1, names=("Công ty Bắc Kạn",))
    school = entry(2, names=("Trường THPT Chuyên",))
    text = "CONG TY BAC KAN UNG HO QUY"
    assert chosen([line(1, text=text)], [company, school]) == {1: 1}
    # What is left over is no longer in doubt.
    assert chosen([line(1, text=text), line(2)], [company, school]) == {1: 1, 2: 2}
    assert chosen([line(1, text="CONG TY BAC KANG")], [company, school]) == {}


def test_ids_and_vouchers_are_found_in_a_banks_spelling() -> None:
    by_id, by_voucher = entry(1, ids=("ung-ho-17",)), entry(2, voucher=("pt", 12))
    for text in ("CK UNG HO 17 QUY", "ung-ho-17", "MBVCB.UNG.HO.17.CT"):
        assert chosen([line(1, text=text)], [by_id, entry(3)]) == {1: 1}
    for text in ("PT 12", "phieu thu PT0012", "pt so 12", "PT-12/2017"):
        assert chosen([line(1, text=text)], [by_voucher, entry(3)]) == {1: 2}
    for text in ("PC 12", "PT 121", "UNG HO 171"):
        assert chosen([line(1, text=text)], [by_id, by_voucher]) == {}


def test_what_was_reversed_yields_to_what_was_not() -> None:
    assert chosen([line(1)], [entry(1, undone=True), entry(2, day=4)]) == {1: 2}
    assert chosen([line(1)], [entry(1, undone=True)]) == {1: 1}


def test_score_and_reasons_are_told() -> None:
    best = propose(
        [line(1, text="PT 3 cong ty")], [entry(1, day=7, voucher=("pt", 3), names=("Công ty",))], 3
    )
    assert best == {1: Proposal(UUID(int=1), 110, ["amount", "near_day", "voucher", "name"])}


numbers = st.integers(1, 12)
amounts, days = st.sampled_from([100, 200]), st.integers(1, 12)


@given(
    st.lists(st.builds(line, numbers, amounts, days), unique_by=lambda one: one.line),
    st.lists(st.builds(entry, numbers, amounts, days), unique_by=lambda one: one.event_id),
)
def test_no_entry_is_proposed_twice_nor_one_that_differs(lines: list[OpenLine], entries: list[Entry]) -> None:
    found = propose(lines, entries, 3)
    assert len({p.event_id for p in found.values()}) == len(found)
    by_line, by_id = {one.line: one for one in lines}, {one.event_id: one for one in entries}
    for number, proposal in found.items():
        told, meant = by_line[number], by_id[proposal.event_id]
        assert told.amount == meant.amount
        assert abs((told.date - meant.occurred_on).days) <= 3
