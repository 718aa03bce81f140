"""`pg_dump`, `pg_restore` and `psql`: which ones, and how they are told where the database is.

No password ever stands on a command line, where every user of the machine could read it.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from deploy.embedded.binaries import postgres_programs

_NEW_SETTING = b"SET transaction_timeout "
"""A line that PostgreSQL 17 and later write and earlier ones refuse. No line of data begins so."""


class BackupError(RuntimeError):
    """A backup or restore that cannot be done. The message is for whoever asked for it."""


def run(program: str, url: str, *words: str) -> None:
    """Run `pg_dump` or `pg_restore` on a database. Raises `BackupError` with the program's last words.

    A `pg_dump` that was installed, but is too old for the server, leaves the work to the wheel's.
    """
    path = _path(program, embedded="?host=" in url)
    where, environment = _where(url)
    done = subprocess.run([path, *where, *words], env=environment, capture_output=True, check=False)
    if done.returncode and b"server version mismatch" in done.stderr:
        path = str(postgres_programs() / program)
        done = subprocess.run([path, *where, *words], env=environment, capture_output=True, check=False)
    if done.returncode:
        raise _failed(program, done.stderr)


def restore(url: str, file: Path, *, data_only: bool = False) -> None:
    """Load a dump, all or nothing. Raises `BackupError` with the last words of the program that failed.

    A dump that the programs installed beside a server are too old for is written out as SQL by the wheel's:
    so a ledger moves from the embedded PostgreSQL to an older one.
    """
    what = ["--no-owner", *(["--data-only"] if data_only else [])]
    try:
        run("pg_restore", url, *what, "--exit-on-error", "--single-transaction", str(file))
    except BackupError as e:
        if "unsupported version" not in str(e):
            raise
        _restore_as_sql(url, file, what)


def _restore_as_sql(url: str, file: Path, what: list[str]) -> None:
    programs = postgres_programs()
    where, environment = _where(url)
    words = ["--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            [programs / "pg_restore", *what, "--file", "-", file],
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=complaints,
        ) as written,
        subprocess.Popen(
            [programs / "psql", *where, *words],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        ) as read,
    ):
        assert written.stdout is not None
        assert read.stdin is not None
        try:
            for line in written.stdout:
                if not line.startswith(_NEW_SETTING):
                    read.stdin.write(line)
            if written.wait():
                read.kill()  # nothing was committed yet
            read.stdin.close()
        except BrokenPipeError:
            written.kill()
        if written.wait() or read.wait():
            complaints.seek(0)
            raise _failed("pg_restore", complaints.read())


def _failed(program: str, complaints: bytes) -> BackupError:
    told = complaints.decode(errors="replace").strip().splitlines()[-6:]
    return BackupError(f"{program}: " + "\n".join(told))


def _path(program: str, *, embedded: bool) -> str:
    """The wheel's program for the embedded server; for foreign servers the one installed beside them."""
    installed = None if embedded else shutil.which(program)
    return installed or str(postgres_programs() / program)


def _where(url: str) -> tuple[list[str], dict[str, str]]:
    """The words and the environment that lead a program to the database."""
    address, password = _apart(url)
    return ["--dbname", address, "--no-password"], _environment() | {"PGPASSWORD": password}


def _apart(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}@{place}" if name else place)), unquote(password)


def _environment() -> dict[str, str]:
    """None of whoever calls; what the programs say is read here, so they say it in English."""
    return {n: value for n, value in os.environ.items() if not n.startswith("PG")} | {"LC_ALL": "C"}


def private_folder(folder: Path) -> None:
    """An empty folder of mode 0700. Raises `BackupError` if there is something in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} đã có dữ liệu; hãy chọn một thư mục trống cho --out.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
