"""Numbers and dates as Vietnamese people write them: 1.234.567 ₫, 97,16%, 31/12/2017."""

import datetime as dt
from decimal import Decimal

from events.vocabulary import VIETNAM

NOTHING = "–"
MILLION = 1_000_000


def number(value: int | Decimal) -> str:
    """1.234.567 or 2,7; a minus sign before negatives."""
    text = f"{value:,}".translate(str.maketrans(",.", ".,"))
    return text.replace("-", "−")


def quantity(value: int | Decimal | None, measure: str) -> str:
    """A figure with its unit as people print it; a dash where nothing is known."""
    if value is None:
        return NOTHING
    if measure == "vnd":
        return number(value) + " ₫"
    if measure == "percent":
        return number(value) + "%"
    if measure == "percentage_point":
        return number(value) + " điểm %"
    return number(value)


def change(value: int | Decimal | None, measure: str) -> str:
    """A difference with its sign; that of a percentage is in percentage points."""
    if value is None:
        return NOTHING
    sign = "+" if value > 0 else ""
    return sign + quantity(value, "percentage_point" if measure == "percent" else measure)


def moment(at: dt.datetime) -> str:
    """31/12/2017 16:05, in Vietnam's time."""
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M")


def day(value: dt.date) -> str:
    """31/12/2017"""
    return value.strftime("%d/%m/%Y")


def signed(value: int | Decimal) -> str:
    """+576, −4, 0: a bare difference."""
    return ("+" if value > 0 else "") + number(value)


def dong(amount: int) -> str:
    """107 triệu đồng, 2 tỷ đồng, 1 tỷ 250 triệu đồng where that is exact; else 47.850.000 đồng, in full."""
    if amount <= 0 or amount % MILLION:
        return number(amount) + " đồng"
    billions, millions = divmod(amount // MILLION, 1000)
    words = ([f"{number(billions)} tỷ"] if billions else []) + ([f"{millions} triệu"] if millions else [])
    return " ".join(words) + " đồng"
