"""`khuyenhoc backup` and `khuyenhoc restore`: one moment of the ledger, taken away and brought back."""

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.addresses import Addresses
from deploy.embedded.places import make_private, write_private
from deploy.stack import Stack
from events.proof.outside import CutOffError, checkpoint_file
from events.sealing.keys import MasterKey
from services.backup.dumping import KEYS, dump
from services.backup.programs import BackupError
from services.backup.restoring import check_master, erasures_in, load, manifest_of
from services.cli.ledger import Ledger, RefusedError, language, ledger_of, start
from services.cli.origin import master_key_file
from services.cli.record import await_read_models, record
from services.cli.screen import results, say, waiting
from services.writing import number


def back_up(ledger: Ledger, out: Path) -> None:
    """Write the backup. Raises `RefusedError`."""
    addresses = ledger.addresses
    try:
        with waiting("Đang sao lưu…"):
            made = asyncio.run(dump(addresses.owner_url, addresses.worker_url, out))
    except BackupError as e:
        raise RefusedError(str(e)) from e
    results().print(f"Đã sao lưu đến vị trí {number(made.position)}: {out}", soft_wrap=True, markup=False)
    say(
        f"Hãy chuyển {out / KEYS} sang nơi cất giữ khác với phần còn lại. Thư mục secrets (khóa chính,"
        " khóa ký) không nằm trong bản sao lưu: cất riêng; thiếu khóa chính thì không mở được dữ liệu đã"
        " niêm phong."
    )


@dataclass(frozen=True, slots=True)
class Outside:
    """What a restore needs beside the backup's folder; each may lie where it likes."""

    keys: Path | None = None
    secrets: Path | None = None
    erased: Path | None = None
    checkpoints: Path | None = None


def restore_into(data: Path, folder: Path, outside: Outside, *, new_origin: str | None = None) -> None:
    """Restore, replay erasures, rebuild the read models. Raises `RefusedError`.

    A backup older than the last checkpoint known here is restored only to go on under a new origin.
    """
    try:
        manifest = manifest_of(folder)
        if outside.secrets:
            _take_secrets(outside.secrets, data)
        _take_checkpoints(outside, data)
        key_file = master_key_file(data)
        if not key_file.is_file():
            raise BackupError(f"Chưa có khóa chính {key_file}; chỉ ra thư mục secrets cũ bằng --secrets.")
        check_master(manifest, MasterKey.from_file(key_file))
        known = checkpoint_file(os.environ, data)
        if known and manifest.origin and not new_origin:
            known.refuse_cut_off(manifest.origin, manifest.position)
        newer = _commands(outside.erased) if outside.erased else []
        foreign = Addresses.from_environment()
        if foreign:
            position = _load(foreign, folder, outside)
        else:
            with Stack(data, with_workers=False, with_service=False) as servers:
                position = _load(servers.addresses, folder, outside)
    except BackupError as e:
        raise RefusedError(str(e)) from e
    except CutOffError as e:
        raise RefusedError(f"{e.refusal.sentence(language())} ({e.refusal.code})") from None
    with start(data, new_origin=new_origin) as stack:
        ledger = ledger_of(stack)
        refused = [r for r in record(ledger, newer) if r["status"] >= 400] if newer else []
        await_read_models(ledger, position)
    results().print(f"Đã khôi phục đến vị trí {number(position)}: {data}", soft_wrap=True, markup=False)
    for answer in refused:
        say(
            f"{outside.erased}, dòng {answer['line']}: đã hủy khóa, nhưng sổ không nhận lệnh xóa:"
            f" {answer['detail']}"
        )


def _load(addresses: Addresses, folder: Path, outside: Outside) -> int:
    with waiting("Đang khôi phục…"):
        return asyncio.run(
            load(addresses.owner_url, addresses.worker_url, folder, outside.keys, outside.erased)
        )


def _commands(erased: Path) -> list[tuple[int, bytes]]:
    """The list's lines, once all of them are known to be erasures."""
    erasures_in(erased)
    return list(enumerate(erased.read_bytes().splitlines(), 1))


def _take_secrets(source: Path, data: Path) -> None:
    if not source.is_dir():
        raise BackupError(f"Không có thư mục {source}.")
    make_private(data)
    target = make_private(data / "secrets")
    if source.resolve() == target.resolve():
        return
    for file in source.iterdir():
        if not file.is_file():
            continue
        if (target / file.name).exists():
            if (target / file.name).read_bytes() != file.read_bytes():
                raise BackupError(f"{target / file.name} đã có và khác với {file}; không ghi đè khóa.")
            continue
        write_private(target / file.name, file.read_bytes())
        shutil.copymode(file, target / file.name)


def _take_checkpoints(outside: Outside, data: Path) -> None:
    """The file of all checkpoints comes along, so that what is missing from an older backup is noticed."""
    beside = outside.secrets.parent / "checkpoints.log" if outside.secrets else None
    source = outside.checkpoints or (beside if beside and beside.is_file() else None)
    target = checkpoint_file(os.environ, data)
    if source is None or target is None:
        return
    try:
        known = source.read_bytes()
    except OSError as e:
        raise BackupError(f"Không đọc được {source}: {e.strerror}") from e
    if not target.path.exists():
        make_private(target.path.parent)
        write_private(target.path, known)
    elif target.path.read_bytes() != known:
        raise BackupError(f"{target.path} đã có và khác với {source}; không ghi đè.")
