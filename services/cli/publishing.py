"""`khuyenhoc publish`, `published`, `changed`: a year is closed, and held against what the log says later."""

import datetime as dt
import sys
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from events.proof.checkpoints import Checkpoint, parse_checkpoint
from events.proof.notes import parse_note
from events.vocabulary import today
from services.cli.indicators import AsJson, Data, Unit, Year
from services.cli.ledger import Ledger, RefusedError, open_ledger, sentence_of
from services.cli.printing import name_of, plain_table, print_json, spoken
from services.cli.proof import await_signed
from services.cli.record import await_read_models
from services.cli.screen import results, say
from services.cli.tables import LEVELS, label
from services.statistics.canonical import digest_of
from services.statistics.catalogue import IndicatorCatalogue
from services.statistics.changes import ChangedFigure, ChangesSince
from services.statistics.published import PublishedTable, PublishedTables
from services.statistics.wording import REASONS, TERRITORY
from services.statistics.yearly import YearlyTable
from services.writing import change, day, moment, number, quantity

commands = typer.Typer()

_PUBLICATIONS = UUID("1f0c7c58-3f0e-5a4d-9d64-54b1a9d7b0c3")


@commands.command()
def publish(
    unit: Unit,
    year: Year,
    tree: Annotated[
        str,
        typer.Option("--tree", metavar="then|now|DATE", help="Địa giới cuối năm đó, hôm nay, hoặc một ngày."),
    ] = "then",
    again: Annotated[bool, typer.Option("--again", help="Công bố dù không có gì khác lần trước.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Chốt số liệu năm: ghi vào sổ vị trí, địa giới, định nghĩa, gốc đã ký và mã băm của bảng."""
    if tree not in ("then", "now"):
        try:
            dt.date.fromisoformat(tree)
        except ValueError:
            raise typer.BadParameter(f"--tree: «{tree}» không phải then, now hay một ngày") from None
    with open_ledger(data) as ledger:
        fixed = fix(ledger, unit, year, tree)
        last = _last(ledger, unit, year)
        if last is not None and not again and _same(last, fixed):
            say(f"Không có gì khác lần công bố {moment(last.recorded_at)}; không ghi thêm (--again để ghi).")
        else:
            record(ledger, fixed)
            last = _last(ledger, unit, year)
        assert last is not None, "it was recorded, and the read models have reached it"
        if as_json:
            sys.stdout.write(msgspec.json.encode(last).decode() + "\n")
        else:
            results().print(published_table([last], unit, year))


@commands.command()
def published(unit: Unit, year: Year, as_json: AsJson = False, data: Data = None) -> None:
    """Những lần công bố của một năm, và sổ có còn cho đúng số đã công bố không (mã thoát 1 nếu không)."""
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/statistics/{year}/published"
        found = ledger.get(path, PublishedTables, limit=50)
        if as_json:
            print_json(ledger, path, limit=50)
        elif found.published:
            results().print(published_table(found.published, unit, year))
        else:
            say(f"Chưa công bố số liệu năm {year} lần nào.")
    if wrong := [p for p in found.published if p.holds is False or p.root_holds is False]:
        raise RefusedError(f"{len(wrong)} lần công bố không khớp với sổ.")


@commands.command()
def changed(
    unit: Unit,
    year: Year,
    position: Annotated[
        int | None, typer.Option("--position", metavar="N", min=1, help="So với N sự kiện đầu.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Số nào nay khác số đã công bố, và những sự kiện nào làm khác, xếp theo lý do."""
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/statistics/{year}/changes"
        now = ledger.get("/health")["position"]
        if as_json:
            print_json(ledger, path, position=position, min_position=now)
            return
        found = ledger.get(path, ChangesSince, position=position, min_position=now)
        out = results()
        since = f"công bố {moment(found.published_at)}, " if found.published_at else ""
        name = escape(name_of(ledger, unit))
        out.print(
            f"{name} – năm {year}: {since}vị trí {number(found.position)} → {number(found.as_known)},"
            f" địa giới ngày {day(found.tree)}",
            soft_wrap=True,
        )
        if not found.figures:
            out.print("Không có gì khác số đã công bố.")
            return
        out.print(changes_table(found))
        out.print(events_table(found))


def fix(ledger: Ledger, unit: str, year: int, tree: str) -> dict[str, Any]:
    """What a publication of today's last signed position fixes. Raises `RefusedError`."""
    checkpoint = _signed(ledger)
    table = ledger.get(
        f"/v1/units/{unit}/statistics/{year}",
        YearlyTable,
        as_known=checkpoint.size,
        tree=tree,
        min_position=checkpoint.size,
    )
    if any(figure.incomplete for figure in table.indicators):
        raise RefusedError("Bảng còn thiếu sự kiện chưa cộng được (incomplete), chưa công bố được.")
    catalogue = ledger.get("/v1/indicators", IndicatorCatalogue)
    return {
        "unit_id": unit,
        "year": year,
        "position": checkpoint.size,
        # a day, unless the year's end is meant: `now` would be another day's when it is read
        "tree": "then" if table.tree == dt.date(year, 12, 31) else table.tree.isoformat(),
        "definitions": [{"name": i.name, "version": i.version} for i in catalogue.indicators],
        "root": checkpoint.root.hex(),
        "digest": digest_of(table),
    }


def record(ledger: Ledger, fixed: dict[str, Any]) -> None:
    """As an event like any other; returns when it can be asked for. Raises `RefusedError`."""
    named = ":".join(str(fixed[name]) for name in ("unit_id", "year", "position", "tree", "digest"))
    answer = ledger.http.post(
        "/v1/commands",
        json={
            "type": "StatisticsPublished",
            "occurred_on": today().isoformat(),
            "command_id": str(uuid5(_PUBLICATIONS, named)),
            "data": fixed,
        },
    )
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    await_read_models(ledger, int(answer.json()["position"]))


def published_table(found: list[PublishedTable], unit: str, year: int) -> Table:
    """A block for each publication."""
    shown = plain_table(f"{unit} – số liệu năm {year} đã công bố", ("", "Đã chốt"))
    for p in found:
        rows = {
            "Công bố": f"{moment(p.recorded_at)}, sự kiện {p.event_id}",
            "Người công bố": str(p.actor),
            "Vị trí": f"{number(p.position)} sự kiện đầu tiên",
            "Địa giới": f"ngày {day(p.tree_on)}",
            "Định nghĩa": f"{number(len(p.definitions))} chỉ tiêu",
            "Gốc": p.root + _sign(p.root_holds),
            "Mã băm của bảng": p.digest + _sign(p.holds),
        }
        for name, told in rows.items():
            shown.add_row(name, told)
        shown.add_section()
    return shown


def changes_table(found: ChangesSince) -> Table:
    """One line a figure."""
    shown = plain_table("Số khác", ("Chỉ tiêu", "Cấp"), ("Năm", "Đã công bố", "Nay", "Chênh lệch"))
    shown.add_column("Vì sao")
    for f in found.figures:
        shown.add_row(
            escape(label(f.indicator)),
            LEVELS.get(f.level, f.level or ""),
            str(f.year),
            quantity(f.published, f.measure),
            quantity(f.now, f.measure),
            change(f.difference, f.measure),
            _why(f),
        )
    return shown


def events_table(found: ChangesSince) -> Table:
    """The events of each figure, by reason; at most 100 of one."""
    shown = plain_table("Những sự kiện làm khác", ("Chỉ tiêu", "Vì sao", "Loại", "Xảy ra", "Ghi sổ"))
    for heading in ("Vị trí", "Góp vào"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for f in found.figures:
        for e in f.events:
            counts = "count" if f.measure == "percent" else f.measure
            shown.add_row(
                escape(label(f.indicator)),
                spoken(REASONS[e.reason]),
                e.type,
                day(e.occurred_on),
                day(e.recorded_on),
                number(e.position),
                change(e.contribution, counts),
            )
        shown.add_section()
    return shown


def _why(figure: ChangedFigure) -> str:
    parts = []
    for r in figure.reasons:
        told = "" if r.contribution is None else f" ({change(r.contribution, figure.measure)})"
        parts.append(f"{spoken(REASONS[r.reason])}: {number(r.count)}{told}")
    if figure.territory:
        parts.append(f"{spoken(TERRITORY)}: {change(figure.territory, figure.measure)}")
    return "; ".join(parts)


def _sign(holds: bool | None) -> str:
    return {
        True: " [green]✓ khớp với sổ[/]",
        False: " [bold red]✗ KHÁC VỚI SỔ[/]",
        None: " – chưa kiểm được",
    }[holds]


def _last(ledger: Ledger, unit: str, year: int) -> PublishedTable | None:
    found = ledger.get(f"/v1/units/{unit}/statistics/{year}/published", PublishedTables, limit=1).published
    return found[0] if found else None


def _same(last: PublishedTable, fixed: dict[str, Any]) -> bool:
    definitions = {(d.name, d.version) for d in last.definitions}
    wanted = {(d["name"], d["version"]) for d in fixed["definitions"]}
    return (last.digest, last.tree, definitions) == (fixed["digest"], fixed["tree"], wanted)


def _signed(ledger: Ledger) -> Checkpoint:
    """The last checkpoint, once it covers everything recorded by now."""
    await_signed(ledger)
    answer = ledger.http.get("/log/checkpoint")
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    return parse_checkpoint(parse_note(answer.content).text)
