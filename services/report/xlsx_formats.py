"""How cells of the workbook look, each look made once."""

from decimal import Decimal
from typing import Any

from services.report.content import Cell, Form

MINUS = '"−"'
_NUMBERS: dict[Form, tuple[str, str, str]] = {
    "text": ("@", "@", "@"),
    "number": ("#,##0", f"{MINUS}#,##0", "0"),
    "amount": ('#,##0" đồng"', f'{MINUS}#,##0" đồng"', '0" đồng"'),
    "percent": ('0.00"%"', f'{MINUS}0.00"%"', '0.00"%"'),
    "change": ('"+"#,##0', f"{MINUS}#,##0", "0"),
    "points": ('"+"0.00" điểm %"', f'{MINUS}0.00" điểm %"', '0.00" điểm %"'),
    "percent_change": ('"+"0.00"%"', f'{MINUS}0.00"%"', '0.00"%"'),
}
"""Above, below and at zero."""

_CENTRE = {"align": "center", "valign": "vcenter", "text_wrap": True}
_LOOKS: dict[str, dict[str, Any]] = {
    "text": {"text_wrap": True, "valign": "top", "font_size": 12},
    "note": {"text_wrap": True, "valign": "top", "font_size": 10, "italic": True},
    "caption": {"bold": True, "font_size": 12, **_CENTRE},
    "section": {"bold": True, "font_size": 13},
    "heading": {"bold": True, "border": 1, "bg_color": "#E7ECF3", **_CENTRE},
    "above": {"font_size": 12, **_CENTRE},
    "organisation": {"bold": True, "font_size": 12, **_CENTRE},
    "country": {"bold": True, "font_size": 13, **_CENTRE},
    "place": {"italic": True, "font_size": 13, **_CENTRE},
    "title": {"bold": True, "font_size": 14, **_CENTRE},
    "signing": {"bold": True, "font_size": 13, "align": "right"},
    "receivers": {"bold": True, "italic": True, "font_size": 12},
    "link": {"font_size": 12, "font_color": "#1F4E79", "underline": 1},
}


class Formats:
    """Looks of one workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[Any, Any] = {}

    def of(self, look: str) -> Any:
        """One of the named looks."""
        return self._look(look, _LOOKS[look])

    def cell(self, cell: Cell, *, strong: bool, figures: bool) -> Any:
        """By what is in it. A figure with marks shows them behind it and stays a number."""
        marks = "".join(f"({n})" for n in cell.marks)
        fraction = isinstance(cell.value, Decimal) and cell.form in ("number", "change")
        look = {
            "border": 1,
            "bold": strong,
            "align": "right" if figures else "left",
            "valign": "top",
            "text_wrap": not figures,
            "num_format": number_format(cell.form, marks, fraction=fraction),
        }
        return self._look((cell.form, marks, strong, figures, fraction), look)

    def _look(self, key: Any, properties: dict[str, Any]) -> Any:
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def number_format(form: Form, marks: str = "", *, fraction: bool = False) -> str:
    """Excel's, in its own signs; marks follow the figure."""
    if form == "text":
        return "@"
    parts = [p.replace("#,##0", "#,##0.##") if fraction else p for p in _NUMBERS[form]]
    return ";".join(f'{part}" {marks}"' if marks else part for part in parts)
