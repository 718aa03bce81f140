"""Commands of proof: take the log home, check it, change its key."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import msgspec
import typer

from deploy.addresses import data_directory
from deploy.embedded.places import make_private
from events.proof.keys import SigningKeys, key_file
from events.proof.notes import COSIGNATURE, NoteError, VerifierKey
from events.proof.policy import Policy, PolicyError, parse_policy
from events.refusals import Language
from services.cli.ledger import Ledger, RefusedError, language, open_ledger
from services.cli.screen import progress, results, say
from services.witness.state import KEY_VARIABLE, LOGS_VARIABLE, STATE_VARIABLE
from services.writing import number

if TYPE_CHECKING:
    from services.proof.report import Report

commands = typer.Typer()
export = typer.Typer(no_args_is_help=True, help="Xuất sổ cho người kiểm tra, cho chương trình khác.")
key_commands = typer.Typer(no_args_is_help=True, help="Khóa ký của sổ.")
commands.add_typer(export, name="export")
commands.add_typer(key_commands, name="key")

Data = Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu.")]

PATIENCE = 30.0
"""Seconds for the last events to be signed."""


@export.command()
def bundle(
    out: Annotated[Path, typer.Option("--out", help="Thư mục mới cho gói kiểm tra.", file_okay=False)] = Path(
        "khuyenhoc-bundle"
    ),
    data: Data = None,
) -> None:
    """Ghi cả sổ thành một thư mục tự kiểm tra được: khuyenhoc verify THƯ-MỤC --key KHÓA."""
    from services.proof.bundle import write_bundle
    from services.proof.sources import Service, SourceError
    from workers.sealing.witnesses import configured

    if out.exists() and any(out.iterdir()):
        raise RefusedError(f"{out} đã có dữ liệu; hãy chọn một thư mục mới.")
    try:
        witnesses = {one.key.name: one.key for one in configured(os.environ)}
    except NoteError as e:
        raise RefusedError(str(e)) from None
    with open_ledger(data) as ledger:
        await_signed(ledger)
        try:
            with progress("Đang xuất", 0) as bar:
                checkpoint, vkeys = write_bundle(Service(ledger.http, ledger.url), out, witnesses, bar.at)
        except SourceError as e:
            raise RefusedError(str(e)) from None
    say(f"{number(checkpoint.size)} sự kiện, gốc {checkpoint.root.hex()}")
    results().print(str(out), soft_wrap=True, markup=False)
    for vkey in vkeys:
        results().print(vkey, soft_wrap=True, markup=False)


@commands.command()
def verify(
    source: Annotated[str, typer.Argument(metavar="DIR_OR_URL", help="Gói kiểm tra, hoặc địa chỉ dịch vụ.")],
    key: Annotated[str, typer.Option("--key", metavar="VKEY", help="Khóa công khai, lấy từ nơi khác.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Chính sách C2SP: cần những ai ký chứng.", dir_okay=False)
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", envvar="KHUYENHOC_TOKEN", help="Thẻ của kiểm toán viên toàn sổ.")
    ] = None,
    tables: Annotated[bool, typer.Option("--tables/--no-tables", help="Tính lại các bảng số liệu.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON.")] = False,
) -> None:
    """Kiểm tra toàn bộ sổ mà không cần tin người giữ sổ."""
    from services.proof.sources import Directory, Service, SourceError
    from services.proof.verify import verify as check

    vkey, asked = _vkey(key), _policy(policy)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(headers=headers, timeout=60) as http, progress("Đang kiểm tra", 0) as bar:
        try:
            if source.startswith(("http://", "https://")):
                report = check(Service(http, source), vkey, asked, tables=tables, progress=bar.at)
            elif Path(source).is_dir():
                report = check(Directory(Path(source)), vkey, asked, tables=tables, progress=bar.at)
            else:
                raise typer.BadParameter(f"không có thư mục {source}", param_hint="DIR_OR_URL")
        except SourceError as e:
            raise RefusedError(_WORDS["unreadable"][language()].format(why=e)) from None
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(report.told(language())) + b"\n")
    else:
        _show(report)
    if report.wrong:
        wrong = report.wrong.finding.sentence(language())
        raise RefusedError(_WORDS["wrong"][language()].format(what=wrong))


_WORDS: dict[str, dict[Language, str]] = {
    "size": {"vi": "{size} sự kiện, gốc {root}", "en": "{size} entries, root {root}"},
    "right": {"vi": "ĐÚNG", "en": "RIGHT"},
    "wrong": {"vi": "✗ SAI: {what}", "en": "✗ WRONG: {what}"},
    "unreadable": {"vi": "Không đọc được sổ ở đó: {why}", "en": "The log cannot be read there: {why}"},
}


def _show(report: "Report") -> None:
    out, spoken = results(), language()
    if report.size:
        size = _WORDS["size"][spoken].format(size=number(report.size), root=report.root)
        out.print(f"{report.origin}\n{size}", markup=False, soft_wrap=True)
    for sign, findings in (("✓", report.held), ("–", report.unchecked)):
        for found in findings:
            out.print(f"  {sign} {found.sentence(spoken)}", markup=False, soft_wrap=True)
    if not report.wrong:
        out.print(_WORDS["right"][spoken], markup=False)


@key_commands.command()
def rotate(data: Data = None) -> None:
    """Thêm một khóa ký mới; các khóa cũ còn ký cùng. Có hiệu lực khi dịch vụ khởi động lại."""
    file = key_file(os.environ, data_directory(data))
    assert file is not None, "there is a data directory"
    try:
        keys = SigningKeys.rotate(file)
    except (NoteError, OSError) as e:
        raise RefusedError(str(e)) from None
    say("Hãy khởi động lại dịch vụ; từ đó mỗi dấu niêm có thêm chữ ký của khóa này. Khóa công khai mới:")
    results().print(keys.vkeys[-1], soft_wrap=True, markup=False)


@commands.command()
def witness(
    logs: Annotated[
        list[str],
        typer.Option("--log", metavar="VKEY", help="Khóa công khai của sổ được ký chứng; nhiều lần."),
    ],
    name: Annotated[str, typer.Option("--name", help="Tên trong chữ ký, ví dụ hkh.bac-kan.example.")],
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8642,
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    data: Data = None,
) -> None:
    """Ký chứng dấu niêm của sổ khác (C2SP tlog-witness): chỉ ký khi sổ nối tiếp điều đã thấy."""
    for log in logs:
        _vkey(log, "--log")
    folder = make_private(data_directory(data) / "witness")
    try:
        keys = SigningKeys.from_file(folder / "witness.key", create_for=name, kind=COSIGNATURE)
    except NoteError as e:
        raise RefusedError(str(e)) from None
    own = keys.keys[-1].name
    if own != name:
        raise RefusedError(f"{folder / 'witness.key'} là khóa mang tên {own}, không phải {name}.")
    say(f"Ký chứng tại http://{host}:{port}/add-checkpoint; khóa công khai để ghi vào KHUYENHOC_WITNESSES:")
    results().print(keys.vkeys[-1], soft_wrap=True, markup=False)
    sys.stdout.flush()
    told = {
        KEY_VARIABLE: str(folder / "witness.key"),
        STATE_VARIABLE: str(folder / "state.json"),
        LOGS_VARIABLE: " ".join(logs),
    }
    where = ["--host", host, "--port", str(port), "--workers", "1"]
    words = [sys.executable, "-m", "granian", "--interface", "asgi", *where, "services.witness.app:app"]
    os.execve(sys.executable, words, {**os.environ, **told})  # it becomes the service: one process to stop


def await_signed(ledger: Ledger) -> None:
    """Until everything recorded by now is under a checkpoint."""
    position = int(ledger.get("/health")["position"])
    until = time.monotonic() + PATIENCE
    while True:
        answer = ledger.http.get("/log/checkpoint")
        if answer.is_success and int(answer.headers["ledger-position"]) >= position:
            return
        if time.monotonic() > until:
            raise RefusedError("Các sự kiện cuối chưa được ký; xem nhật ký của worker.")
        time.sleep(0.2)


def _vkey(text: str, option: str = "--key") -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except NoteError as e:
        raise typer.BadParameter(str(e), param_hint=option) from None


def _policy(file: Path | None) -> Policy | None:
    if file is None:
        return None
    try:
        return parse_policy(file.read_text("utf-8"))
    except (PolicyError, OSError, UnicodeDecodeError) as e:
        raise typer.BadParameter(str(e), param_hint="--policy") from None
