"""`pg_dump` and `pg_restore`: which ones, and how they are told where the database is.

No password ever stands on a command line, where every user of the machine could read it.
"""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from deploy.embedded.binaries import postgres_programs


class BackupError(RuntimeError):
    """A backup or restore that cannot be done. The message is for whoever asked for it."""


def run(program: str, url: str, *words: str) -> None:
    """Run `pg_dump` or `pg_restore` on a database. Raises `BackupError` with the program's last words."""
    address, password = _apart(url)
    done = subprocess.run(
        [_path(program, embedded="?host=" in url), "--dbname", address, "--no-password", *words],
        env=_environment() | {"PGPASSWORD": password},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()[-6:]
        raise BackupError(f"{program}: " + "\n".join(told))


def _path(program: str, *, embedded: bool) -> str:
    """The wheel's program for the embedded server; for foreign servers the one installed beside them."""
    installed = None if embedded else shutil.which(program)
    return installed or str(postgres_programs() / program)


def _apart(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}@{place}" if name else place)), unquote(password)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def private_folder(folder: Path) -> None:
    """An empty folder of mode 0700. Raises `BackupError` if there is something in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} đã có dữ liệu; hãy chọn một thư mục trống cho --out.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
