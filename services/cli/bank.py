"""`khuyenhoc bank …`: statements from the bank's files, held against the book and matched with it."""

from pathlib import Path
from typing import Annotated

import typer

from services.banking.statement import FORMATS, Format
from services.cli.ledger import open_ledger
from services.cli.record import await_read_models
from services.cli.statements import bring, match, show, show_all

commands = typer.Typer(help="Sao kê ngân hàng: nhập, xem, khớp với sổ.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")]
Fund = Annotated[str, typer.Option("--fund", metavar="FUND", help="Mã quỹ, ví dụ quy-bac-kan-city.")]
StatementId = Annotated[str, typer.Argument(metavar="STATEMENT", help="Mã sao kê, như «bank list» in ra.")]
Days = Annotated[
    int, typer.Option("--days", min=0, max=31, help="Dòng sao kê và bút toán được lệch nhau mấy ngày.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ xem, chưa ghi gì.")]
AsJson = Annotated[bool, typer.Option("--json", help="In JSON.")]

OF_SUFFIX: dict[str, Format] = {
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".xml": "camt",
    ".sta": "mt940",
    ".940": "mt940",
    ".mt940": "mt940",
    ".txt": "mt940",
}


@commands.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tệp ngân hàng cấp.", dir_okay=False)],
    fund: Fund,
    bank: Annotated[
        str | None, typer.Option("--bank", help="Mẫu có sẵn: agribank, bidv, vietcombank, vietinbank.")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="FILE", help="Mẫu riêng (TOML).", dir_okay=False)
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", help="csv, xlsx, camt hoặc mt940 (mặc định: theo đuôi tệp).")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Số tài khoản phải đúng là số này.")
    ] = None,
    days: Days = 3,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Ghi một sao kê: cả tệp hoặc không dòng nào. Hãy xem trước bằng --dry-run."""
    if bank is not None and mapping is not None:
        raise typer.BadParameter("chỉ chọn một trong --bank và --mapping")
    asked = {
        "format": format_of(file, format),
        "bank": bank,
        "mapping": _text(mapping) if mapping else None,
        "account": account,
        "days": days,
        "dry_run": dry_run,
    }
    content = _bytes(file)
    with open_ledger(data) as ledger:
        position = bring(ledger, fund, content, asked, as_json=as_json)
        if not dry_run:
            await_read_models(ledger, position)


@commands.command("list")
def list_command(fund: Fund, as_json: AsJson = False, data: Data = None) -> None:
    """Các sao kê đã ghi của một quỹ."""
    with open_ledger(data) as ledger:
        show_all(ledger, fund, as_json=as_json)


@commands.command("show")
def show_command(
    statement: StatementId, fund: Fund, days: Days = 3, as_json: AsJson = False, data: Data = None
) -> None:
    """Một sao kê bên cạnh sổ: từng dòng, và bút toán ngân hàng không có."""
    with open_ledger(data) as ledger:
        show(ledger, fund, statement, days, as_json=as_json)


@commands.command("match")
def match_command(
    statement: StatementId, fund: Fund, days: Days = 3, dry_run: DryRun = False, data: Data = None
) -> None:
    """Ghi mọi đề nghị khớp của một sao kê; hãy xem trước bằng «bank show» hoặc --dry-run."""
    with open_ledger(data) as ledger:
        if position := match(ledger, fund, statement, days, dry_run=dry_run):
            await_read_models(ledger, position)


def format_of(file: Path, asked: str | None) -> Format:
    for format in FORMATS:
        if asked == format:
            return format
    if asked is not None:
        raise typer.BadParameter(f"--format: «{asked}» không phải một trong {', '.join(FORMATS)}")
    found = OF_SUFFIX.get(file.suffix.lower())
    if found is None:
        raise typer.BadParameter(f"không đoán được loại tệp của {file.name}; hãy nêu --format")
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as e:
        raise typer.BadParameter(f"không đọc được {file}: {e.strerror}") from None


def _text(file: Path) -> str:
    try:
        return _bytes(file).decode()
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} không phải văn bản UTF-8") from None
