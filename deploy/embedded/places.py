"""Which folders the embedded servers of a data directory use, and who owns them.

Creates folders for the owner alone. Never changes the mode or owner of one that already exists.

    an ordinary user                    root (the server then runs as `nobody`)
    DATA/postgres/                      /var/lib/khuyenhoc/NAME/       (DATA/cluster names it)
    DATA/postgres/data   the cluster    /var/lib/khuyenhoc/NAME/data
    DATA/run             the sockets    /var/lib/khuyenhoc/NAME/{socket,run}
    DATA/redis, DATA/log                DATA/redis, DATA/log
"""

import os
import pwd
import re
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

import msgspec

from deploy.embedded.processes import StartError

SYSTEM_FOLDER = Path("/var/lib/khuyenhoc")
SERVER_USER = "nobody"
# Linux allows 107 bytes, macOS 103, and PostgreSQL's socket is called `.s.PGSQL.5432`.
LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.5432")


class Places(msgspec.Struct, frozen=True):
    """The folders of one data directory; all of them exist."""

    data: Path
    cluster: Path
    """Holds PostgreSQL's `data` and the passwords."""
    postgres_sockets: Path
    redis_sockets: Path
    redis: Path
    log: Path
    server_owner: tuple[int, int] | None
    """The (user id, group id) that PostgreSQL runs as, when it is not ours."""


def places(data: Path) -> Places:
    """Finds or makes the folders for a data directory."""
    data = data.resolve()
    make_private(data)
    _belongs_to_us(data)
    log, redis = make_private(data / "log"), make_private(data / "redis")
    if os.geteuid() != 0:
        sockets = _socket_folder(data)
        return Places(data, make_private(data / "postgres"), sockets, sockets, redis, log, None)
    owner = _server_owner()
    cluster = _system_cluster(data)
    sockets = make_private(cluster / "socket", owner)
    return Places(data, cluster, sockets, make_private(cluster / "run"), redis, log, owner)


def forget(data: Path) -> None:
    """Removes what a data directory keeps outside itself. Its servers must have been stopped."""
    cluster, sockets = data / "cluster", data / "run-folder"
    if os.geteuid() == 0 and cluster.exists():
        shutil.rmtree(read_path(cluster), ignore_errors=True)
        cluster.unlink()
    if sockets.exists():
        shutil.rmtree(read_path(sockets), ignore_errors=True)
        sockets.unlink()


def make_private(folder: Path, owner: tuple[int, int] | None = None) -> Path:
    """Makes a folder of mode 0700 (its missing parents too); one that exists stays as it is."""
    if not folder.exists():
        missing = [folder]
        while not missing[-1].parent.exists():
            missing.append(missing[-1].parent)
        for one in reversed(missing):
            one.mkdir(mode=0o700, exist_ok=True)
        if owner:
            os.chown(folder, *owner)
    return folder


def write_private(file: Path, content: bytes, owner: tuple[int, int] | None = None) -> None:
    """Writes a file of mode 0600, whole or not at all, and on the disk when this returns."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        if owner:
            os.fchown(out.fileno(), *owner)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Puts the folder's list of names on the disk; a renamed file is lost without."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def read_path(file: Path) -> Path:
    """The path that a file holds, whatever the locale."""
    return Path(os.fsdecode(file.read_bytes().strip()))


def _belongs_to_us(data: Path) -> None:
    if os.geteuid() == 0 and (data / "postgres").exists():
        user = pwd.getpwuid((data / "postgres").stat().st_uid).pw_name
        raise StartError(f"{data} was begun by the user {user}, not by root. Run the command as {user}.")
    if os.geteuid() != 0 and (data / "cluster").exists():
        raise StartError(
            f"{data} was begun by root. Run the command as root, or choose another --data directory."
        )
    if not os.access(data, os.W_OK | os.X_OK):
        raise StartError(f"{data} cannot be written to. Choose another --data directory.")


def _server_owner() -> tuple[int, int]:
    try:
        user = pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise StartError(
            f"PostgreSQL refuses to run as root, and there is no user {SERVER_USER} to run it as. "
            "Run the command as an ordinary user."
        ) from None
    return user.pw_uid, user.pw_gid


def _system_cluster(data: Path) -> Path:
    """The cluster's folder under the system folder; a file on each side names the other."""
    if not SYSTEM_FOLDER.exists():
        SYSTEM_FOLDER.mkdir(parents=True)
        SYSTEM_FOLDER.chmod(0o755)
    if not SYSTEM_FOLDER.stat().st_mode & stat.S_IXOTH:
        raise StartError(
            f"The user {SERVER_USER} cannot enter {SYSTEM_FOLDER}: run chmod o+x {SYSTEM_FOLDER}"
        )
    pointer = data / "cluster"
    if not pointer.exists():
        slug = re.sub(r"[^a-z0-9]+", "-", data.name.lower()).strip("-")[:24] or "data"
        cluster = SYSTEM_FOLDER / f"{slug}-{secrets.token_hex(4)}"
        cluster.mkdir()
        cluster.chmod(0o711)  # so that `nobody` reaches its own folders inside, and sees nothing else
        sync_folder(SYSTEM_FOLDER)
        write_private(cluster / "data-directory", os.fsencode(data))
        write_private(pointer, os.fsencode(cluster))
        return cluster
    cluster = read_path(pointer)
    if not cluster.exists():
        raise StartError(f"The database of {data} was in {cluster}, which is gone. Restore a backup.")
    known_as = read_path(cluster / "data-directory")
    if known_as != data:
        if (known_as / "cluster").exists() and read_path(known_as / "cluster") == cluster:
            raise StartError(
                f"{data} is a copy of {known_as} and would use the same database. "
                "Use khuyenhoc backup and khuyenhoc restore to copy a ledger."
            )
        write_private(cluster / "data-directory", os.fsencode(data))  # it was moved
    return cluster


def _socket_folder(data: Path) -> Path:
    run = data / "run"
    # A comma parts several hosts in PostgreSQL's URLs, so no socket can be named with one.
    if len(os.fsencode(run)) <= LONGEST_SOCKET_FOLDER and "," not in str(run):
        return make_private(run)
    pointer = data / "run-folder"
    if pointer.exists():
        earlier = read_path(pointer)
        if _is_ours_alone(earlier):
            return earlier
    base = tempfile.gettempdir()
    if len(os.fsencode(base)) > LONGEST_SOCKET_FOLDER - 32 or "," in base:
        base = "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="khuyenhoc-", dir=base))  # 0700, and its name a secret till made
    write_private(pointer, os.fsencode(folder))
    return folder


def _is_ours_alone(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700
    )
