"""Figures as banks write them. A style is stated, never guessed: 1.234 is a thousand here, a fraction
there."""

import re
from decimal import Decimal
from typing import Literal

from events.refusals import Refused
from services.banking.refusals import FIELD, FRACTION, NUMBER_STYLE
from services.banking.statement import clean

Style = Literal["1.234.567,00", "1,234,567.00"]
"""How the bank groups thousands and marks decimals."""

LONGEST = 40
"""Characters of a figure."""

_FORMS: dict[str, re.Pattern[str]] = {
    "1.234.567,00": re.compile(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?", re.ASCII),
    "1,234,567.00": re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?", re.ASCII),
}
_SIGNED = re.compile(r"([+\-−]?)\s?([\d.,]+)|\(([\d.,]+)\)", re.ASCII)
_CURRENCY = re.compile(r"\s*(vnd|vnđ|đ|₫)\.?$", re.IGNORECASE)
_FIGURE = re.compile(r"[\d.,()+\-−\s]+", re.ASCII)


def dong(text: str, style: Style, row: int) -> int | None:
    """Integer đồng, None for an empty cell. A figure in brackets is negative.

    Raises `statement-number-style`, `statement-fraction-of-dong` naming the row.
    """
    figure = _CURRENCY.sub("", text.strip()).strip()
    if figure in ("", "-", "–"):
        return None
    signed = _SIGNED.fullmatch(figure) if len(figure) <= LONGEST else None
    form = _FORMS[style].fullmatch(signed[2] or signed[3]) if signed else None
    if signed is None or form is None:
        raise Refused(NUMBER_STYLE, FIELD, row=row, text=_shown(figure), style=style)
    if int(form[2] or 0):
        raise Refused(FRACTION, FIELD, row=row, text=_shown(figure))
    value = int(re.sub(r"[.,]", "", form[1]))
    return -value if signed[3] or signed[1] in ("-", "−") else value


def whole(amount: Decimal, row: int) -> int:
    """An exact amount as integer đồng. Raises `statement-fraction-of-dong`, `statement-number-style`."""
    if not amount.is_finite() or abs(amount) > 10**18:
        raise Refused(NUMBER_STYLE, FIELD, row=row, text=str(amount)[:LONGEST], style="1234567.00")
    if amount != amount.to_integral_value():
        raise Refused(FRACTION, FIELD, row=row, text=str(amount)[:LONGEST])
    return int(amount)


def _shown(figure: str) -> str:
    """Shown back only where it is nothing but a figure: another column's text may name a person."""
    short = clean(figure)[:LONGEST]
    return short if _FIGURE.fullmatch(short) else "…"
