"""Commands that give figures to statisticians' programs."""

import re
import shutil
import sys
import tempfile
import zipfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.cli.fetching import fetch, written
from services.cli.ledger import Ledger, RefusedError, open_ledger
from services.cli.proof import await_signed
from services.cli.screen import results, say

commands = typer.Typer()


class Depth(StrEnum):
    """Which units: the one named, with its children, with all below it."""

    unit = "unit"
    children = "children"
    subtree = "subtree"


def _years(text: str) -> str:
    if not re.fullmatch(r"\d{4}(-\d{4})?", text):
        raise typer.BadParameter(f"«{text}» không phải năm dạng 2017 hay 2016-2017")
    first, last = text[:4], text[-4:]
    if last < first:
        raise typer.BadParameter(f"năm cuối {last} ở trước năm đầu {first}")
    return text


Unit = Annotated[str, typer.Option("--unit", metavar="UNIT", help="Mã đơn vị, ví dụ bac-kan-city.")]
Years = Annotated[
    str, typer.Option("--years", metavar="YEAR[-YEAR]", callback=_years, help="2017, hoặc 2016-2017.")
]
Deep = Annotated[Depth, typer.Option("--depth", help="Chỉ đơn vị đó, cả cấp ngay dưới, hay mọi đơn vị dưới.")]
UnitLevel = Annotated[
    str | None, typer.Option("--unit-level", metavar="LEVEL", help="Chỉ các đơn vị cấp này, ví dụ commune.")
]
TreeOf = Annotated[
    str,
    typer.Option("--tree", metavar="then|now|DATE", help="Địa giới cuối mỗi năm, hôm nay, hoặc một ngày."),
]
AsKnown = Annotated[
    str | None, typer.Option("--as-known", metavar="N|DATE", help="Theo N sự kiện đầu, hoặc theo ngày.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="PATH", help="Tệp (mặc định: đầu ra chuẩn).", dir_okay=False)
]
Data = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")]


@commands.command("csv")
def csv_table(
    unit: Unit,
    years: Years,
    depth: Deep = Depth.subtree,
    unit_level: UnitLevel = None,
    tree: TreeOf = "then",
    as_known: AsKnown = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Cho Excel: có dấu UTF-8, tên không thành công thức.")
    ] = False,
    out: Out = None,
    data: Data = None,
) -> None:
    """Số liệu nhiều đơn vị, nhiều năm thành một bảng CSV (UTF-8)."""
    query = _query(years, depth, unit_level, tree, as_known)
    _give("csv", unit, query | {"bom": "true" if bom else None}, out, data)


@commands.command()
def jsonstat(
    unit: Unit,
    years: Years,
    depth: Deep = Depth.subtree,
    unit_level: UnitLevel = None,
    tree: TreeOf = "then",
    as_known: AsKnown = None,
    out: Out = None,
    data: Data = None,
) -> None:
    """Như trên, thành một tập dữ liệu JSON-stat 2.0."""
    _give("jsonstat", unit, _query(years, depth, unit_level, tree, as_known), out, data)


@commands.command()
def datapackage(
    unit: Unit,
    years: Years,
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="Tệp .zip mới, hoặc thư mục mới.")],
    depth: Deep = Depth.subtree,
    unit_level: UnitLevel = None,
    tree: TreeOf = "then",
    as_known: AsKnown = None,
    licence: Annotated[
        str | None, typer.Option("--licence", metavar="ID", help="Giấy phép dữ liệu, ví dụ CC-BY-4.0.")
    ] = None,
    data: Data = None,
) -> None:
    """Gói dữ liệu Frictionless: frictionless validate THƯ-MỤC/datapackage.json."""
    query = _query(years, depth, unit_level, tree, as_known) | {"licence": licence}
    if out.suffix == ".zip":
        _give("datapackage", unit, query, out, data)
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RefusedError(f"{out} đã có dữ liệu; hãy chọn một thư mục mới.")
    with tempfile.TemporaryFile() as file:
        with open_ledger(data) as ledger:
            fetch(ledger, _path(unit), _ready(ledger, "datapackage", query), file)
        _unpack(zipfile.ZipFile(file), out)
    results().print(str(out / "datapackage.json"), soft_wrap=True, markup=False)


def _unpack(archive: zipfile.ZipFile, out: Path) -> None:
    """The descriptor last: with it, the folder is complete."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in reversed(archive.namelist()):
            with archive.open(name) as member, (out / Path(name).name).open("wb") as file:
                shutil.copyfileobj(member, file)
    except OSError as e:
        raise RefusedError(f"Không ghi được {out}: {e.strerror}") from None


def _query(
    years: str, depth: Depth, unit_level: str | None, tree: str, as_known: str | None
) -> dict[str, str | None]:
    return {
        "from_year": years[:4],
        "to_year": years[-4:],
        "depth": depth.value,
        "unit_level": unit_level,
        "tree": tree,
        "as_known": as_known,
    }


def _give(format_: str, unit: str, query: dict[str, str | None], out: Path | None, data: Path | None) -> None:
    with open_ledger(data) as ledger:
        query = _ready(ledger, format_, query)
        if out is None:
            fetch(ledger, _path(unit), query, sys.stdout.buffer)
            return
        with written(out) as file:
            fetch(ledger, _path(unit), query, file)


def _path(unit: str) -> str:
    return f"/v1/units/{unit}/statistics"


def _ready(ledger: Ledger, format_: str, query: dict[str, str | None]) -> dict[str, str | None]:
    """Of the log as it stands, once it is folded and, where the format names the root, sealed."""
    asked = query | {"format": format_}
    if query["as_known"] is None:
        asked["min_position"] = str(ledger.get("/health")["position"])
        if format_ != "csv":
            try:
                await_signed(ledger)
            except RefusedError as e:
                say(str(e))  # the file then says itself that it names no root
    return asked
