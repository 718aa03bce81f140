"""`khuyenhoc backup` and `khuyenhoc restore`: one moment of the ledger, taken away and brought back."""

import asyncio
import os
import shutil
from pathlib import Path

from deploy.addresses import Addresses
from deploy.embedded.places import make_private, write_private
from deploy.stack import Stack
from events.sealing.keys import MasterKey
from services.backup.dumping import KEYS, dump
from services.backup.programs import BackupError
from services.backup.restoring import check_master, erasures_in, load, manifest_of
from services.cli.ledger import Ledger, RefusedError, ledger_of, start
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


def restore_into(
    data: Path, folder: Path, *, keys: Path | None, secrets: Path | None, erased: Path | None
) -> None:
    """Restore, replay erasures, rebuild the read models. Raises `RefusedError`."""
    try:
        if secrets:
            _take_secrets(secrets, data)
        key_file = _master_key_file(data)
        if not key_file.is_file():
            raise BackupError(f"Chưa có khóa chính {key_file}; chỉ ra thư mục secrets cũ bằng --secrets.")
        check_master(manifest_of(folder), MasterKey.from_file(key_file))
        newer = _commands(erased) if erased else []
        foreign = Addresses.from_environment()
        if foreign:
            position = _load(foreign, folder, keys, erased)
        else:
            with Stack(data, with_workers=False, with_service=False) as servers:
                position = _load(servers.addresses, folder, keys, erased)
    except BackupError as e:
        raise RefusedError(str(e)) from e
    with start(data) as stack:
        ledger = ledger_of(stack)
        refused = [r for r in record(ledger, newer) if r["status"] >= 400] if newer else []
        await_read_models(ledger, position)
    results().print(f"Đã khôi phục đến vị trí {number(position)}: {data}", soft_wrap=True, markup=False)
    for answer in refused:
        say(f"{erased}, dòng {answer['line']}: đã hủy khóa, nhưng sổ không nhận lệnh xóa: {answer['detail']}")


def _load(addresses: Addresses, folder: Path, keys: Path | None, erased: Path | None) -> int:
    with waiting("Đang khôi phục…"):
        return asyncio.run(load(addresses.owner_url, addresses.worker_url, folder, keys, erased))


def _master_key_file(data: Path) -> Path:
    """Where the service will look for it, see `services/api/settings.py`."""
    named = os.environ.get("KHUYENHOC_MASTER_KEY_FILE")
    return Path(named) if named else data / "secrets" / "master.key"


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
