"""The command line. Results go to standard output, progress and messages to standard error; exit 0 done,
1 refused or found wrong, 2 misused."""

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
import httpx
import typer

from deploy.addresses import VARIABLES, Addresses, IncompleteAddressesError, data_directory
from deploy.embedded.processes import StartError
from events.log.migrate import MigrationChangedError, RolesNotReadyError
from events.log.restoring import HalfRestoredError
from services.api.settings import local_token_path
from services.cli import bank, books, exports, indicators, looking_back, proof, publishing, tables, tokens
from services.cli import demo as demo_history
from services.cli import projections as projections_command
from services.cli import report as yearly_report
from services.cli.ledger import RefusedError, open_ledger, prepare, start
from services.cli.origin import is_origin
from services.cli.printing import name_of as _name
from services.cli.printing import print_json as _print_json
from services.cli.record import record_file
from services.cli.screen import complain, results, say
from services.exports.flat import MARK
from services.statistics.comparison import Comparison
from services.statistics.yearly import YearlyTable

app = typer.Typer(
    name="khuyenhoc",
    help="Sổ khuyến học: mọi số liệu dựng lại từ lịch sử. (The study-promotion ledger.)",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(tokens.commands, name="token")
app.add_typer(bank.commands, name="bank")
app.add_typer(proof.commands)
app.add_typer(indicators.commands)
app.add_typer(publishing.commands)
app.add_typer(looking_back.commands)
app.add_typer(yearly_report.commands)
proof.export.add_typer(books.commands)
proof.export.add_typer(exports.commands)

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Thư mục dữ liệu (mặc định: KHUYENHOC_DATA, hoặc thư mục dữ liệu người dùng)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="In JSON.")]
NewOrigin = Annotated[
    str | None,
    typer.Option(
        "--new-origin",
        metavar="ORIGIN",
        help="Chủ ý mở tiếp sổ dưới một tên mới, với khóa ký mới: khi sổ ngắn hơn dấu niêm cuối đã ký.",
    ),
]
UnitId = Annotated[str, typer.Argument(metavar="UNIT", help="Mã đơn vị, ví dụ bac-kan-city.")]
YearNumber = Annotated[int, typer.Argument(metavar="YEAR", min=1900, max=2200)]


@app.command()
def demo(
    data: Data = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Phục vụ sau khi in bảng.")] = True,
) -> None:
    """Ghi lịch sử Bắc Kạn, dựng lại bảng năm 2017 và so với số đã in."""
    demo_history.run(demo_history.directory(data), serve=serve)


@app.command()
def up(
    data: Data = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Cổng (mặc định: tự chọn).")] = None,
    new_origin: NewOrigin = None,
) -> None:
    """Chạy dịch vụ trên thư mục dữ liệu lâu dài, hoặc trên các máy chủ theo biến môi trường."""
    _check_origin(new_origin)
    with start(data_directory(data), port=port, new_origin=new_origin) as stack:
        results().print(f"Dịch vụ: {stack.service_url}", soft_wrap=True)
        say(f"Thẻ truy cập của người quản trị máy này: {local_token_path(stack.data)}")
        projections_command.warn_of_outdated(stack.addresses, stack.data)
        say("Ctrl-C để dừng.")
        stack.serve_forever()


@app.command()
def migrate() -> None:
    """Cập nhật lược đồ trên các máy chủ theo biến môi trường; chạy trước khi dịch vụ bản mới khởi động."""
    addresses = Addresses.from_environment()
    if addresses is None:
        raise IncompleteAddressesError(f"Hãy đặt {', '.join(VARIABLES.values())}.")
    prepare(addresses)
    say("Lược đồ đã đúng bản này.")


@app.command()
def record(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Tệp NDJSON, mỗi dòng một lệnh; - là đầu vào chuẩn.")
    ],
    data: Data = None,
) -> None:
    """Ghi các lệnh trong tệp NDJSON; ghi lại lần nữa không thành hai."""
    if str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"không có tệp {file}")
    with open_ledger(data) as ledger:
        refused = record_file(ledger, file, sys.stdout)
    if refused:
        raise RefusedError(f"{refused} dòng bị từ chối; lý do ở từng dòng kết quả.")


@app.command()
def statistics(
    unit: UnitId,
    year: YearNumber,
    as_known: Annotated[
        str | None, typer.Option("--as-known", metavar="N|DATE", help="Theo N sự kiện đầu, hoặc theo ngày.")
    ] = None,
    tree: Annotated[
        str,
        typer.Option("--tree", metavar="then|now|DATE", help="Địa giới cuối năm đó, hôm nay, hoặc một ngày."),
    ] = "then",
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="In CSV.")] = False,
    bom: Annotated[bool, typer.Option("--bom", help="Với --csv: có dấu UTF-8 cho Excel.")] = False,
    data: Data = None,
) -> None:
    """Bảng số liệu năm của một đơn vị."""
    if bom and not as_csv:
        raise typer.BadParameter("--bom chỉ đi với --csv")
    if as_known is not None and not as_known.isdecimal():
        _check_day(as_known, "--as-known")
    if tree not in ("then", "now"):
        _check_day(tree, "--tree")
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/statistics/{year}"
        if as_json:
            _print_json(ledger, path, as_known=as_known, tree=tree)
            return
        table = ledger.get(path, YearlyTable, as_known=as_known, tree=tree)
        if as_csv:
            sys.stdout.write((MARK if bom else "") + tables.as_csv(table))
        else:
            results().print(tables.yearly(table, _name(ledger, unit)))


@app.command()
def preview(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="NDJSON hoặc danh sách JSON các lệnh về đơn vị; - là đầu vào chuẩn."
        ),
    ],
    first: Annotated[int | None, typer.Option("--from", metavar="YEAR", min=1900, max=2200)] = None,
    last: Annotated[int | None, typer.Option("--to", metavar="YEAR", min=1900, max=2200)] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Xem trước: sáp nhập, chia tách, chuyển hay giải thể sẽ đổi mọi số liệu ra sao. Không ghi gì."""
    from services.cli.preview import show

    if str(file) != "-" and not file.is_file():
        raise typer.BadParameter(f"không có tệp {file}")
    with open_ledger(data) as ledger:
        show(ledger, file, first, last, as_json=as_json)


@app.command()
def compare(unit: UnitId, year: YearNumber, as_json: AsJson = False, data: Data = None) -> None:
    """Số tính được bên cạnh mọi số đã in của năm đó."""
    with open_ledger(data) as ledger:
        path = f"/v1/units/{unit}/comparison/{year}"
        if as_json:
            _print_json(ledger, path)
        else:
            results().print(tables.compared(ledger.get(path, Comparison), _name(ledger, unit)))


@app.command()
def vouchers(
    unit: UnitId,
    series: Annotated[str, typer.Argument(metavar="SERIES", help="pt (phiếu thu) hoặc pc (phiếu chi).")],
    year: YearNumber,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Sổ chứng từ của một đơn vị trong năm, và số nào bị bỏ trống (mã thoát 1 nếu có)."""
    from services.cli.vouchers import show

    if series not in ("pt", "pc"):
        raise typer.BadParameter(f"SERIES: «{series}» không phải pt hay pc")
    with open_ledger(data) as ledger:
        show(ledger, unit, series, year, as_json=as_json)


@app.command()
def statement(
    fund: Annotated[str, typer.Argument(metavar="FUND", help="Mã quỹ, ví dụ quy-bac-kan-city.")],
    first: Annotated[
        dt.datetime, typer.Option("--from", metavar="DATE", formats=["%Y-%m-%d"], help="Ngày đầu kỳ.")
    ],
    last: Annotated[
        dt.datetime, typer.Option("--to", metavar="DATE", formats=["%Y-%m-%d"], help="Ngày cuối kỳ.")
    ],
    as_known: Annotated[
        str | None, typer.Option("--as-known", metavar="N|DATE", help="Theo N sự kiện đầu, hoặc theo ngày.")
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Báo cáo thu, chi một kỳ của quỹ: đầu kỳ + thu − chi = cuối kỳ."""
    from services.cli.statement import show

    if as_known is not None and not as_known.isdecimal():
        _check_day(as_known, "--as-known")
    with open_ledger(data) as ledger:
        show(ledger, fund, first.date(), last.date(), as_known, as_json=as_json)


@app.command()
def projections(as_json: AsJson = False, data: Data = None) -> None:
    """Vị trí và độ trễ của từng bảng đọc."""
    from services.cli.projections import show

    with open_ledger(data) as ledger:
        show(ledger, as_json=as_json)


@app.command()
def rebuild(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Chuyển dù kết quả khác bản đang dùng.")] = False,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Chỉ bỏ bản trước còn giữ.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Chỉ quay lại bản trước còn giữ.")] = False,
    data: Data = None,
) -> None:
    """Dựng lại bảng đọc từ sự kiện đầu tiên, so với bản đang dùng, rồi chuyển; bản trước được giữ."""
    from services.cli.projections import drop_kept, go_back, rebuild_all

    if accept + drop_old + back > 1:
        raise typer.BadParameter("chỉ chọn một trong --accept, --drop-old, --back")
    with open_ledger(data) as ledger:
        if drop_old:
            drop_kept(ledger, names or [])
        elif back:
            go_back(ledger, names or [])
        else:
            rebuild_all(ledger, names or [], accept=accept)


@app.command()
def backup(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Thư mục mới hoặc trống.")],
    data: Data = None,
) -> None:
    """Sao lưu sổ; khóa niêm phong ra tệp riêng keys.dump, cất nơi khác (không kèm khóa chính)."""
    from services.cli.backup import back_up

    with open_ledger(data) as ledger:
        back_up(ledger, out)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục do backup tạo.")],
    data: Data = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="FILE", help="Tệp keys.dump, nếu cất nơi khác.")
    ] = None,
    secrets: Annotated[
        Path | None, typer.Option("--secrets", metavar="DIR", help="Thư mục secrets cũ (khóa chính).")
    ] = None,
    erased: Annotated[
        Path | None,
        typer.Option("--erased", metavar="FILE", help="erasures.ndjson của bản sao lưu mới hơn."),
    ] = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(
            "--checkpoints", metavar="FILE", help="checkpoints.log cũ (mặc định: tệp bên cạnh --secrets)."
        ),
    ] = None,
    new_origin: NewOrigin = None,
) -> None:
    """Khôi phục vào thư mục dữ liệu trống; ai đã xóa thì vẫn là đã xóa."""
    from services.cli.backup import Outside, restore_into

    _check_origin(new_origin)
    outside = Outside(keys=keys, secrets=secrets, erased=erased, checkpoints=checkpoints)
    restore_into(data_directory(data), folder, outside, new_origin=new_origin)


def _check_origin(text: str | None) -> None:
    if text is not None and not is_origin(text):
        raise typer.BadParameter(f"--new-origin: «{text}» không phải tên sổ (không dấu cách, không dấu +)")


def _check_day(text: str, option: str) -> None:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: «{text}» không phải ngày dạng 2018-01-31") from None


def main() -> None:
    """Run a command; what it refuses is one message and exit 1, misuse is exit 2."""
    try:
        app()
    except (RefusedError, StartError, RolesNotReadyError, MigrationChangedError, HalfRestoredError) as e:
        complain(str(e))
        raise SystemExit(1) from None
    except IncompleteAddressesError as e:
        complain(str(e))
        raise SystemExit(2) from None
    except httpx.HTTPError as e:
        complain(f"Mất liên lạc với dịch vụ: {e}")
        raise SystemExit(1) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as e:
        complain(f"Cơ sở dữ liệu không nhận: {e}")
        raise SystemExit(1) from None
    except OSError as e:
        complain(f"Không đọc, ghi hoặc kết nối được: {str(e) or type(e).__name__}")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
