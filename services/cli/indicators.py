"""`khuyenhoc indicators`, `topics`, `targets`: what is counted, what it was about, what was aimed at."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from services.cli.ledger import language, open_ledger
from services.cli.printing import name_of, plain_table, print_json, spoken, text_of
from services.cli.screen import results, say
from services.cli.tables import label
from services.statistics.catalogue import IndicatorCatalogue
from services.statistics.targets import TargetLine, Targets
from services.statistics.topics import FigureByTopic
from services.statistics.wording import MEASURES, SORTS
from services.writing import NOTHING, change, day, number, quantity
from workers.indicator import Sort
from workers.indicators import INDICATORS

commands = typer.Typer()

Data = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")]
AsJson = Annotated[bool, typer.Option("--json", help="In JSON.")]
Unit = Annotated[str, typer.Argument(metavar="UNIT", help="Mã đơn vị, ví dụ bac-kan-city.")]
Year = Annotated[int, typer.Argument(metavar="YEAR", min=1900, max=2200)]


@commands.command()
def indicators(as_json: AsJson = False, data: Data = None) -> None:
    """Danh mục chỉ tiêu: tên, nhãn, đơn vị tính, cách cộng."""
    with open_ledger(data) as ledger:
        if as_json:
            print_json(ledger, "/v1/indicators")
        else:
            results().print(catalogue_table(ledger.get("/v1/indicators", IndicatorCatalogue)))


@commands.command()
def topics(
    unit: Unit,
    year: Year,
    indicator: Annotated[
        str | None, typer.Argument(metavar="[INDICATOR]", help="Ví dụ centre.classes (mặc định: tất cả).")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Lớp mở, lượt người học chia theo chủ đề; cộng lại bằng số trong bảng năm."""
    names = [indicator] if indicator else [i.name for i in INDICATORS.values() if i.topics]
    with open_ledger(data) as ledger:
        paths = [f"/v1/units/{unit}/statistics/{year}/{name}/topics" for name in names]
        if as_json:
            told = [text_of(ledger, path) for path in paths]
            sys.stdout.write((told[0] if indicator else "[" + ",".join(told) + "]") + "\n")
            return
        name = name_of(ledger, unit)
        for path in paths:
            results().print(topics_table(ledger.get(path, FigureByTopic), name))


@commands.command()
def targets(unit: Unit, year: Year, as_json: AsJson = False, data: Data = None) -> None:
    """Chỉ tiêu đặt ra cho năm và kết quả thực hiện."""
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/targets/{year}"
        if as_json:
            print_json(ledger, path)
            return
        found = ledger.get(path, Targets)
        if found.targets:
            results().print(targets_table(found, name_of(ledger, unit)))
        else:
            say(f"Chưa đặt chỉ tiêu nào cho năm {year}.")


def catalogue_table(catalogue: IndicatorCatalogue) -> Table:
    """One line an indicator."""
    shown = plain_table("Danh mục chỉ tiêu", ("Mã", "Chỉ tiêu", "Đơn vị tính", "Cách cộng", "Theo cấp"))
    for i in catalogue.indicators:
        shown.add_row(
            i.name,
            i.en if language() == "en" else i.vi,
            spoken(MEASURES[i.measure]),
            spoken(SORTS[Sort(i.kind)]),
            "✓" if i.by_level else "",
        )
    return shown


def topics_table(found: FigureByTopic, name: str) -> Table:
    """One line a topic, the largest first, and their sum."""
    title = f"{name} – {label(found.indicator)}, năm {found.year}"
    shown = plain_table(title, ("Chủ đề",), ("Số lượng", "Tỷ trọng", "Số sự kiện"))
    for t in found.topics:
        shown.add_row(escape(t.topic), number(t.value), quantity(t.share, "percent"), number(t.events))
    shown.add_section()
    events = sum(t.events for t in found.topics)
    shown.add_row("Cộng", NOTHING if found.value is None else number(found.value), "", number(events))
    return shown


def targets_table(found: Targets, name: str) -> Table:
    """One line a target."""
    headings = ("Chỉ tiêu đặt ra", "Thực hiện", "Chênh lệch", "So chỉ tiêu")
    shown = plain_table(f"{name} – chỉ tiêu năm {found.year}", ("Chỉ tiêu",), headings)
    shown.add_column("Kết quả", no_wrap=True)
    shown.add_column("Đặt ngày", no_wrap=True)
    for t in found.targets:
        measure = t.measure or "count"
        shown.add_row(
            escape(label(t.indicator)),
            quantity(t.target, measure),
            quantity(t.actual, measure) + (" (ước tính)" if t.estimated else ""),
            change(t.difference, measure),
            quantity(t.share, "percent"),
            _verdict(t),
            day(t.set_on),
        )
    return shown


def _verdict(target: TargetLine) -> str:
    if target.reached is None:
        return "[yellow]chưa tính được[/]"
    return "[green]đạt[/]" if target.reached else "[red]chưa đạt[/]"
