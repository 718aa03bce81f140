"""`khuyenhoc events`, `revisions`, `contradictions`: where a figure comes from, what it was, what print says
against itself."""

import sys
from typing import Annotated

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from services.api.statistics.shapes import Contradictions
from services.cli.indicators import AsJson, Data, Unit, Year
from services.cli.ledger import Ledger, RefusedError, open_ledger, sentence_of
from services.cli.printing import name_of, plain_table, print_json, spoken
from services.cli.screen import results
from services.cli.tables import LEVELS, label
from services.statistics.behind import EventsBehind
from services.statistics.revisions import Change, RevisionTable
from services.statistics.wording import CONTRADICTIONS, REASONS, TERRITORY
from services.writing import change, day, number, quantity
from workers.indicators import INDICATORS

commands = typer.Typer()

IndicatorName = Annotated[str, typer.Argument(metavar="INDICATOR", help="Ví dụ fund.raised.")]
Level = Annotated[str | None, typer.Option("--level", help="Chỉ cấp này, ví dụ commune.")]
Measure = Annotated[str | None, typer.Option("--measure", help="Chỉ số đo này: person, award…")]
AsKnown = Annotated[
    str | None, typer.Option("--as-known", metavar="N|DATE", help="Theo N sự kiện đầu, hoặc theo ngày.")
]
Tree = Annotated[
    str,
    typer.Option("--tree", metavar="then|now|DATE", help="Địa giới cuối năm đó, hôm nay, hoặc một ngày."),
]


@commands.command()
def events(
    unit: Unit,
    year: Year,
    indicator: IndicatorName,
    level: Level = None,
    measure: Measure = None,
    as_known: AsKnown = None,
    tree: Tree = "then",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Những sự kiện làm nên một con số, mỗi sự kiện góp bao nhiêu; cộng lại đúng bằng số ấy."""
    asked = {"level": level, "measure": measure, "as_known": as_known, "tree": tree}
    with open_ledger(data) as ledger:
        found = behind(ledger, f"/v1/units/{unit}/statistics/{year}/{indicator}/events", asked)
        if as_json:
            sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        else:
            results().print(behind_table(found, name_of(ledger, unit)))


@commands.command()
def revisions(
    unit: Unit,
    indicator: IndicatorName,
    first: Annotated[int, typer.Option("--from", metavar="YEAR", min=1900, max=2200)],
    last: Annotated[int | None, typer.Option("--to", metavar="YEAR", min=1900, max=2200)] = None,
    known: Annotated[
        list[str] | None,
        typer.Option("--known", metavar="N|DATE", help="Một cột: theo N sự kiện đầu, hoặc theo ngày."),
    ] = None,
    level: Level = None,
    measure: Measure = None,
    tree: Tree = "then",
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Một con số của từng năm đã là bao nhiêu, vào lúc nào, và vì sao đổi."""
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/revisions/{indicator}"
        asked = {
            "from_year": first,
            "to_year": last,
            "known": known,
            "level": level,
            "measure": measure,
            "tree": tree,
        }
        if as_json:
            print_json(ledger, path, **asked)
            return
        found = ledger.get(path, RevisionTable, **asked)
        results().print(revisions_table(found, name_of(ledger, unit)))
        if any(row.changes for row in found.years):
            results().print(reasons_table(found))


@commands.command()
def contradictions(unit: Unit, as_json: AsJson = False, data: Data = None) -> None:
    """Những con số đã in về một đơn vị mà không thể cùng đúng."""
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/contradictions"
        if as_json:
            print_json(ledger, path)
        else:
            results().print(contradictions_table(ledger.get(path, Contradictions), name_of(ledger, unit)))


def behind(ledger: Ledger, page: str, asked: dict[str, str | None]) -> EventsBehind:
    """All pages as one; the later ones are as known to the first. Raises `RefusedError`."""
    query: dict[str, str] | None = {name: value for name, value in asked.items() if value is not None}
    pages: list[EventsBehind] = []
    while page:
        answer = ledger.http.get(page, params=(query | {"limit": "1000"}) if query is not None else None)
        if answer.is_error:
            raise RefusedError(sentence_of(answer))
        pages.append(msgspec.json.decode(answer.content, type=EventsBehind))
        page, query = answer.links.get("next", {}).get("url", ""), None
    everything = [event for one in pages for event in one.events]
    return msgspec.structs.replace(pages[0], events=everything, next_after=None)


def behind_table(found: EventsBehind, name: str) -> Table:
    """One line an event, a sum for each indicator: a rate has two."""
    title = f"{name} – {label(found.indicator)}, năm {found.year}"
    shown = plain_table(title, ("Chỉ tiêu", "Cấp", "Sự kiện"), ("Vị trí", "Góp vào"))
    sums: dict[str, int] = {}
    measure_of = {i.name: i.measure or "count" for i in INDICATORS.values()}
    for e in found.events:
        sums[e.indicator] = sums.get(e.indicator, 0) + e.contribution
        measure = measure_of.get(e.indicator, "count")
        places = (escape(label(e.indicator)), LEVELS.get(e.level, e.level or ""), str(e.event_id))
        shown.add_row(*places, number(e.position), change(e.contribution, measure))
    shown.add_section()
    for indicator, total in sums.items():
        measure = measure_of.get(indicator, "count")
        shown.add_row(f"Cộng: {escape(label(indicator))}", "", "", "", quantity(total, measure))
    return shown


def revisions_table(found: RevisionTable, name: str) -> Table:
    """Years down, times of knowing across."""
    shown = plain_table(f"{name} – {label(found.indicator)}", ("Năm",))
    for known in found.known:
        at = f"vị trí {number(known.position)}"
        heading = f"{day(known.day)}\n{at}" if known.day else at
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in found.years:
        shown.add_row(str(row.year), *(quantity(value, found.measure) for value in row.values))
    return shown


def reasons_table(found: RevisionTable) -> Table:
    """One line an event that made a difference, and what came with the territory."""
    shown = plain_table("Vì sao đổi", ("Năm", "Vị trí", "Vì sao", "Loại", "Xảy ra", "Ghi sổ"))
    shown.add_column("Góp vào", justify="right", no_wrap=True)
    counts = "count" if found.measure == "percent" else found.measure
    for row in found.years:
        for step in row.changes:
            for e in sorted(step.events, key=lambda e: (e.reason, e.position)):
                days = (day(e.occurred_on), day(e.recorded_on))
                told = (str(row.year), number(e.position), spoken(REASONS[e.reason]), e.type, *days)
                shown.add_row(*told, change(e.contribution, counts))
            _territory(shown, row.year, step, found.measure)
    return shown


def contradictions_table(found: Contradictions, name: str) -> Table:
    """One line a contradiction, with every figure that takes part."""
    headings = ("Năm", "Mâu thuẫn", "Chỉ tiêu", "Cấp", "Đã in", "Đáng lẽ")
    shown = plain_table(f"{name} – số đã in mâu thuẫn nhau", headings)
    for c in found.contradictions:
        printed = "\n".join(f"{f.source} ({f.year}) {label(f.indicator)}: {f.printed}" for f in c.figures)
        shown.add_row(
            str(c.year),
            spoken(CONTRADICTIONS[c.kind]),
            escape(label(c.indicator)),
            LEVELS.get(c.level, c.level or ""),
            escape(printed),
            (c.expected or "").replace(".", ","),
        )
        shown.add_section()
    return shown


def _territory(shown: Table, year: int, step: Change, measure: str) -> None:
    if step.territory:
        moved = f"{number(step.since)} → {number(step.known)}"
        told = (str(year), moved, spoken(TERRITORY), "", "", "", change(step.territory, measure))
        shown.add_row(*told)
