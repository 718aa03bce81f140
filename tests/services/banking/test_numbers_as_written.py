"""A figure is read in the style that was declared, or not at all; readers fail by refusing only."""

import datetime as dt
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.refusals import Refused
from services.banking.mappings import Mapping, of_bank
from services.banking.numbers import Style, dong
from services.banking.reading import read_statement
from services.banking.statement import Format, Statement, clean
from tests.services.banking import files

POINTS, COMMAS = "1.234.567,00", "1,234,567.00"
STYLES: tuple[Style, ...] = (POINTS, COMMAS)
AMOUNTS = st.integers(-(10**15), 10**15)


def written(amount: int, style: Style, decimals: str) -> str:
    """As a bank would."""
    text = f"{amount:,}" + (f".{decimals}" if decimals else "")
    return text.translate(str.maketrans(",.", ".,")) if style == POINTS else text


@given(
    AMOUNTS, st.sampled_from(STYLES), st.sampled_from(["", "0", "00"]), st.sampled_from(["", " VND", " ₫"])
)
def test_a_figure_in_its_style_is_read_exactly(amount: int, style: Style, zeros: str, unit: str) -> None:
    assert dong(written(amount, style, zeros) + unit, style, 1) == amount


@given(AMOUNTS.filter(lambda a: abs(a) >= 1000), st.sampled_from(STYLES), st.sampled_from(["", "00"]))
def test_a_figure_in_the_other_style_is_never_taken_for_another_amount(
    amount: int, style: Style, zeros: str
) -> None:
    other = COMMAS if style == POINTS else POINTS
    with pytest.raises(Refused, match=r"^statement-number-style"):
        dong(written(amount, style, zeros), other, 1)


@given(AMOUNTS, st.integers(1, 99), st.sampled_from(STYLES))
def test_a_fraction_of_a_dong_is_refused(amount: int, part: int, style: Style) -> None:
    with pytest.raises(Refused, match=r"^statement-fraction-of-dong"):
        dong(written(amount, style, f"{part:02d}"), style, 1)


@given(st.text(max_size=50), st.sampled_from(STYLES))
def test_any_text_is_read_or_refused(text: str, style: Style) -> None:
    try:
        value = dong(text, style, 1)
    except Refused:
        return
    assert value is None or isinstance(value, int)


@given(st.text(max_size=200))
def test_a_cleaned_text_may_be_kept(text: str) -> None:
    kept = clean(text)
    assert kept == clean(kept)
    assert kept.isprintable() or all(c.isprintable() or ord(c) > 127 for c in kept)
    assert kept.encode("utf-8") is not None


GOOD: dict[Format, tuple[bytes, Mapping | None]] = {
    "csv": (files.VIETCOMBANK.encode(), of_bank("vietcombank")),
    "xlsx": (files.workbook(), of_bank("bidv")),
    "camt": (files.CAMT.encode(), None),
    "mt940": (files.MT940.encode(), None),
}


@pytest.mark.parametrize("format", GOOD)
@settings(max_examples=120, deadline=dt.timedelta(seconds=5), suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), noise=st.binary(max_size=40), cuts=st.integers(0, 4))
def test_a_damaged_file_is_refused_or_still_adds_up(
    format: Format, seed: int, noise: bytes, cuts: int
) -> None:
    """Pieces cut out, doubled, and noise put in: nothing but `Refused` comes out, or a sound statement."""
    content, mapping = GOOD[format]
    chance = random.Random(seed)
    for _ in range(cuts):
        start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        end = min(end, start + 60)
        middle = chance.choice([b"", content[start:end] * 2, noise])
        content = content[:start] + middle + content[end:]
    try:
        read = read_statement(content, format, mapping)
    except Refused:
        return
    assert_sound(read)


@pytest.mark.parametrize("format", GOOD)
@settings(max_examples=60, deadline=dt.timedelta(seconds=5))
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_are_refused(format: Format, content: bytes) -> None:
    with pytest.raises(Refused):
        read_statement(content, format, GOOD[format][1])


def assert_sound(read: Statement) -> None:
    assert read.opening + sum(line.amount for line in read.lines) == read.closing
    assert all(read.from_date <= line.date <= read.to_date for line in read.lines)
    assert [line.line for line in read.lines] == list(range(1, len(read.lines) + 1))
    assert all(line.text for line in read.lines)
