"""Amounts are read out as accountants write them."""

import random

import pytest

from services.books.words import in_words, reading

DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (1, "một"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (91, "chín mươi mốt"),
        (100, "một trăm"),
        (101, "một trăm linh một"),
        (104, "một trăm linh bốn"),
        (105, "một trăm linh năm"),
        (110, "một trăm mười"),
        (115, "một trăm mười lăm"),
        (131, "một trăm ba mươi mốt"),
        (1_000, "một nghìn"),
        (1_001, "một nghìn không trăm linh một"),
        (1_010, "một nghìn không trăm mười"),
        (21_000, "hai mươi mốt nghìn"),
        (1_000_000, "một triệu"),
        (1_000_005, "một triệu không trăm linh năm"),
        (1_000_021, "một triệu không trăm hai mươi mốt"),
        (1_005_000, "một triệu không trăm linh năm nghìn"),
        (47_850_000, "bốn mươi bảy triệu tám trăm năm mươi nghìn"),
        (107_000_000, "một trăm linh bảy triệu"),
        (1_000_000_005, "một tỷ không trăm linh năm"),
        (1_000_021_000, "một tỷ không trăm hai mươi mốt nghìn"),
        (1_024_000_000, "một tỷ không trăm hai mươi tư triệu"),
        (25_700_000_000, "hai mươi lăm tỷ bảy trăm triệu"),
        (1_000_000_000_000, "một nghìn tỷ"),
        (1_005_000_000_000, "một nghìn không trăm linh năm tỷ"),
        (10**15, "một triệu tỷ"),
        (10**15 + 1, "một triệu tỷ không trăm linh một"),
    ],
)
def test_numbers_as_they_are_written(number: int, words: str) -> None:
    assert reading(number) == words


def test_an_amount_begins_with_a_capital_and_ends_with_dong() -> None:
    assert in_words(1_000_000) == "Một triệu đồng"
    assert in_words(45_000) == "Bốn mươi lăm nghìn đồng"
    assert in_words(0) == "Không đồng"
    with pytest.raises(ValueError):
        in_words(-1)


def by_hand(number: int) -> str:
    """The same, digit by digit from the right: knows no library and no arithmetic."""
    text = str(number).zfill(18)
    said: list[str] = []
    for start in range(0, len(text), 9):
        for digits, name in zip(
            (text[start + n : start + n + 3] for n in (0, 3, 6)), ("triệu", "nghìn", ""), strict=True
        ):
            if digits != "000":
                said += spelled(digits, first=not said) + ([name] if name else [])
        if start + 9 < len(text) and said:
            said.append("tỷ")
    return " ".join(said) or "không"


def spelled(digits: str, *, first: bool) -> list[str]:
    hundreds, tens, ones = digits
    said = [] if first and hundreds == "0" else [DIGITS[int(hundreds)], "trăm"]
    match tens, ones:
        case "0", "0":
            return said
        case "0", _:
            return said + (["linh"] if said else []) + [DIGITS[int(ones)]]
        case "1", "0":
            return [*said, "mười"]
        case "1", "5":
            return [*said, "mười", "lăm"]
        case "1", _:
            return [*said, "mười", DIGITS[int(ones)]]
    special = {"0": [], "1": ["mốt"], "4": ["tư"], "5": ["lăm"]}
    return [*said, DIGITS[int(tens)], "mươi", *special.get(ones, [DIGITS[int(ones)]])]


def test_every_number_below_ten_thousand() -> None:
    assert [n for n in range(10_000) if reading(n) != by_hand(n)] == []


def test_numbers_of_every_length_up_to_the_largest_amount() -> None:
    chance = random.Random(2017)
    numbers = [chance.randrange(10**length) for length in range(1, 16) for _ in range(300)]
    # With groups of zeros, which chance rarely makes.
    numbers += [
        int("".join(chance.choice(["000", "000", "005", "021", "324", "100"]) for _ in range(5)))
        for _ in range(2_000)
    ]
    assert [n for n in [*numbers, 10**15] if reading(n) != by_hand(n)] == []


def test_no_two_numbers_read_alike() -> None:
    assert len({reading(n) for n in range(10_000)}) == 10_000
