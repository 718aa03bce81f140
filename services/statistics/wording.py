"""What an indicator counts, in words made from its declaration: which events, which of their columns."""

from typing import Any

from events.declare import CATALOGUE
from events.refusals import Language
from workers.indicators import Indicator, Sort, Term, by_key

_SORTS: dict[Sort, dict[Language, str]] = {
    Sort.FLOW: {"vi": "Cộng trong năm.", "en": "Summed over the year."},
    Sort.STOCK: {"vi": "Tình trạng ngày 31/12.", "en": "The state on 31 December."},
    Sort.RATE: {"vi": "Tỷ lệ tính từ hai số: {0} chia cho {1}.", "en": "Derived from two counts: {0} over {1}."},
}
_COVERS: dict[Language, str] = {
    "vi": "Số của một đơn vị là của cả địa bàn, không cộng với số của đơn vị bên dưới hoặc trước khi sáp nhập.",
    "en": "A unit's figure is that of its whole area, not added to those below it or before a merger.",
}
_FILTERS: dict[str, dict[Language, str]] = {
    "subject": {"vi": "loại «{}»", "en": "of '{}'"},
    "level": {"vi": "cấp «{}»", "en": "at level '{}'"},
    "rating": {"vi": "xếp loại «{}»", "en": "rated '{}'"},
    "pocket": {"vi": "ngăn «{}»", "en": "pocket '{}'"},
}


def definition(indicator: Indicator, language: Language) -> str:
    """One or two sentences, and the events."""
    told = _SORTS[indicator.sort][language]
    if indicator.of is not None:
        return told.format(*(f"«{_label(by_key(key), language)}»" for key in indicator.of))
    if indicator.covers:
        told = f"{told} {_COVERS[language]}"
    return f"{told} {'; '.join(_term(term, language) for term in indicator.terms)}."


def _label(indicator: Indicator, language: Language) -> str:
    return indicator.vi if language == "vi" else indicator.en


def _term(term: Term, language: Language) -> str:
    """`+ Tiếp nhận ủng hộ (DonationReceived.amount, ngăn «goods»)`"""
    kind: Any = CATALOGUE[term.kind]
    label = kind.vi if language == "vi" else kind.en
    filters = [
        words[language].format(getattr(term, name))
        for name, words in _FILTERS.items()
        if getattr(term, name) is not None
    ]
    sign = "−" if term.sign < 0 else "+"
    return f"{sign} {label} ({', '.join([f'{term.kind}.{term.value}', *filters])})"
