"""II. Learning models: registered, achieved, the rate; ratings of communes."""

from services.report.content import Block, Chart, Column, Paragraph, Row, Series
from services.report.lines import Figures, Notes, Sheet, changed, plain, words
from services.report.telling import rise
from services.report.words import MODELS, RATINGS, unit_of
from services.statistics.yearly import YearlyFigure
from services.writing import number, quantity

TITLE = "Các mô hình học tập"
SHORT = "Mô hình"
_SHARE = "model.family.household_share"


def blocks(sheet: Sheet, figures: Figures) -> list[Block]:
    """Empty where nothing is known."""
    year = sheet.material.year
    models = [model for model in MODELS if list(figures.among(f"model.{model}."))]
    told: list[Block] = [
        Paragraph(text, item=True) for model in models if (text := _told(figures, model, year))
    ]
    share = figures.of(_SHARE)
    if share is not None and share.value is not None:
        of_all = quantity(share.value, "percent")
        told.append(Paragraph(f"Tính trên tổng số hộ, gia đình học tập chiếm {of_all}{rise(share, year)}."))
    if models:
        told.append(_table(sheet, figures, models))
        told += _chart(figures, models, year)
    title = "Xếp loại cộng đồng học tập cấp xã"
    told += ratings_table(sheet, figures, "commune_community.rated", title)
    return told


def ratings_table(sheet: Sheet, figures: Figures, name: str, title: str) -> list[Block]:
    """How many were rated what, this year and before; nothing where none is known."""
    found = [figures.of(f"{name}.{rating}") for rating in RATINGS]
    if not any(found):
        return []
    year, notes = sheet.material.year, Notes()
    columns = [
        Column(f"Xếp loại ({unit_of(name, 'count')})", 4, figures=False),
        *(Column(heading) for heading in RATINGS.values()),
    ]
    rows = [
        Row([words(f"Năm {year - 1}"), *(plain(f.previous) if f else plain(None) for f in found)]),
        Row([words(f"Năm {year}"), *(notes.value(f) for f in found)]),
        Row([words("Tăng, giảm"), *(changed(f) for f in found)]),
    ]
    return [sheet.table(title, columns, rows, notes)]


def _table(sheet: Sheet, figures: Figures, models: list[str]) -> Block:
    year, notes = sheet.material.year, Notes()
    parts = {"registered": "Đăng ký", "achieved": "Đạt", "rate": "Tỷ lệ đạt"}
    if any(figures.of(f"model.{model}.recognised") for model in models):
        parts["recognised"] = "Được công nhận"
    columns = [
        Column("Mô hình", 5, figures=False),
        *(Column(heading) for heading in parts.values()),
        Column(f"Tỷ lệ năm {year - 1}"),
        Column("Tăng, giảm tỷ lệ", 3),
    ]
    rows = []
    for model in models:
        of = {part: figures.of(f"model.{model}.{part}") for part in parts}
        rate = of["rate"]
        rows.append(
            Row(
                [
                    words(MODELS[model]),
                    *(notes.value(figure) for figure in of.values()),
                    plain(rate.previous, "percent") if rate else plain(None),
                    changed(rate),
                ]
            )
        )
    return sheet.table("Kết quả các mô hình học tập", columns, rows, notes)


def _told(figures: Figures, model: str, year: int) -> str:
    achieved, rate = (figures.of(f"model.{model}.{part}") for part in ("achieved", "rate"))
    if achieved is None or achieved.value is None:
        return ""
    unit = unit_of(f"model.{model}", "count")
    counts = f"{MODELS[model]}: {number(achieved.value)} {unit} đạt{rise(achieved, year)}"
    return counts + _of_registered(rate, unit, year)


def _of_registered(rate: YearlyFigure | None, unit: str, year: int) -> str:
    if rate is None or rate.value is None or not isinstance(rate.denominator, int):
        return "."
    registered = f"{number(rate.denominator)} {unit} đăng ký"
    return f", bằng {quantity(rate.value, 'percent')} của {registered}{rise(rate, year)}."


def _chart(figures: Figures, models: list[str], year: int) -> list[Block]:
    rates = [(model, figures.of(f"model.{model}.rate")) for model in models]
    known = [(MODELS[model], rate) for model, rate in rates if rate is not None]
    if not known:
        return []
    series = [Series(f"Năm {year}", [rate.value for _, rate in known])]
    if any(rate.previous is not None for _, rate in known):
        series.insert(0, Series(f"Năm {year - 1}", [rate.previous for _, rate in known]))
    title = "Tỷ lệ đạt so với đăng ký"
    return [Chart(title, [name for name, _ in known], series, "percent", "%")]
