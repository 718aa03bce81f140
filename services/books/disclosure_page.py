"""The yearly list as a page to publish, and as a table."""

import csv
import io

from services.books.disclosure import Disclosure, GivenItem
from services.books.printing import rendered
from services.writing import number

KINDS = {
    "organisation": "Tổ chức",
    "collective": "Tập thể",
    "person": "Cá nhân",
    "household": "Hộ gia đình",
    "anonymous": "Ẩn danh",
}
MEASURES = {"person": "người", "person_turn": "lượt người", "award": "suất"}

_COLUMNS = ("part", "kind", "what", "date", "fund", "count", "measure", "money", "goods", "items", "purpose")


def page(made: Disclosure) -> str:
    """The whole page, in Vietnamese; labels of sources and uses are as they were asked for."""
    return rendered("disclosure.html", d=made, kinds=KINDS, measures=MEASURES, items=items)


def items(given: list[GivenItem]) -> str:
    """10 chiếc Xe đạp; 5 quyển Sách"""
    return "; ".join(f"{number(i.quantity)} {i.unit_label} {i.label}" for i in given)


def as_csv(made: Disclosure) -> str:
    """Fixed columns, `\\n`, plain integers, one line an entry of the list; sums are left to the reader."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for c in made.contributions:
        writer.writerow(
            ["contribution", c.donor_kind, _text(c.donor), c.occurred_on, c.fund_id, "", "", c.money, c.goods,
             _text(items(c.items)), c.purpose or ""]
        )  # fmt: skip
    for u in made.unnamed:
        row = ["contributions", u.donor_kind, _text(u.label), "", "", u.gifts, "gift", u.money, u.goods]
        writer.writerow([*row, "", ""])
    for a in made.awards:
        row = ["award", a.category, _text(a.label), "", "", a.recipients, a.measure, a.money, a.goods]
        writer.writerow([*row, "", ""])
    for part, flows in (("source", made.other_sources), ("use", made.other_uses)):
        for f in flows:
            row = [part, f.kind, _text(f.label), "", "", f.entries, "entry", f.money, f.goods]
            writer.writerow([*row, "", f.of if f.kind == "cost" else ""])
    return out.getvalue()


def _text(text: str) -> str:
    """Never what a spreadsheet would take for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
