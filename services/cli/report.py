"""`khuyenhoc report`: the yearly report as a file."""

import datetime as dt
import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from services.cli.fetching import fetch, written
from services.cli.ledger import Ledger, RefusedError, open_ledger
from services.cli.screen import results

commands = typer.Typer()


class Format(StrEnum):
    """Word, Excel, a page."""

    docx = "docx"
    xlsx = "xlsx"
    html = "html"


def _known(text: str | None) -> str | None:
    if text is not None and not text.isdecimal():
        _check_day(text)
    return text


def _tree(text: str) -> str:
    if text not in ("then", "now"):
        _check_day(text)
    return text


@commands.command()
def report(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Mã đơn vị, ví dụ bac-kan-city.")],
    year: Annotated[int, typer.Argument(metavar="YEAR", min=1900, max=2200)],
    as_known: Annotated[
        str | None,
        typer.Option(
            "--as-known", metavar="N|DATE", callback=_known, help="Theo N sự kiện đầu, hoặc theo ngày."
        ),
    ] = None,
    tree: Annotated[
        str,
        typer.Option(
            "--tree",
            metavar="then|now|DATE",
            callback=_tree,
            help="Địa giới cuối năm đó, hôm nay, hoặc một ngày.",
        ),
    ] = "then",
    chosen: Annotated[
        Format | None, typer.Option("--format", help="Mặc định: theo đuôi của --out, nếu không thì docx.")
    ] = None,
    with_print: Annotated[
        bool, typer.Option("--with-print", help="Thêm phần đối chiếu với số đã in.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="PATH",
            dir_okay=False,
            help="Tệp; - là đầu ra chuẩn (mặc định: bao-cao-ĐƠN-VỊ-NĂM.docx).",
        ),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")] = None,
) -> None:
    """Báo cáo năm của một đơn vị: tệp Word, Excel, hoặc một trang HTML."""
    format = chosen or _by_suffix(out)
    query = {"as_known": as_known, "tree": tree, "with_print": "true" if with_print else None}
    with open_ledger(data) as ledger:
        if as_known is None:
            query["min_position"] = str(ledger.get("/health")["position"])
        if str(out) == "-":
            fetch(ledger, _path(unit, year), query | {"format": format.value}, sys.stdout.buffer)
            return
        target = out or Path(f"bao-cao-{unit}-{year}.{format.value}")
        save(ledger, unit, year, format, query, target)
    results().print(f"Đã ghi {target}", soft_wrap=True, markup=False)


def save(
    ledger: Ledger, unit: str, year: int, format: Format, query: dict[str, str | None], target: Path
) -> None:
    """Never over a file with other content: somebody may have gone on writing in it. Raises
    `RefusedError`."""
    made = io.BytesIO()
    fetch(ledger, _path(unit, year), query | {"format": format.value}, made)
    content = made.getvalue()
    if target.exists() and target.read_bytes() != content:
        raise RefusedError(f"{target} đã có và khác nội dung; hãy chọn tên khác bằng --out.")
    with written(target) as file:
        file.write(content)


def _path(unit: str, year: int) -> str:
    return f"/v1/units/{unit}/report/{year}"


def _by_suffix(out: Path | None) -> Format:
    if out is None or str(out) == "-":
        return Format.docx
    try:
        return Format(out.suffix.removeprefix(".").lower())
    except ValueError:
        raise typer.BadParameter(f"--out: đuôi «{out.suffix}» không phải .docx, .xlsx hay .html") from None


def _check_day(text: str) -> None:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"«{text}» không phải ngày dạng 2018-01-31") from None
