"""An embedded PostgreSQL 18 for one data directory: reachable by a Unix socket only, by password only.

Drives `initdb` and `postgres` of the wheel. Never trusts a local user, never opens a TCP port, and never
gives up durability: what the ledger has acknowledged is on the disk.
"""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import msgspec
import psutil

from deploy.embedded import processes
from deploy.embedded.binaries import postgres_programs, postgres_programs_for_others
from deploy.embedded.places import places, sync_folder, write_private
from deploy.embedded.processes import StartError, gone, process_in, processes_in, wait_until

Role = Literal["postgres", "khuyenhoc_owner", "khuyenhoc_service", "khuyenhoc_worker"]
ROLES: tuple[Role, ...] = ("postgres", "khuyenhoc_owner", "khuyenhoc_service", "khuyenhoc_worker")
DATABASE = "khuyenhoc"
PORT = "5432"  # only part of the socket's name; said everywhere, since PGPORT may say something else
RECOVERY = 900  # seconds; replaying 4 GB of write-ahead log on a slow disk
SHUTDOWN = 120  # seconds

WALL = (
    "CREATE ROLE khuyenhoc_reader NOLOGIN",
    "GRANT khuyenhoc_reader TO khuyenhoc_service",
    "ALTER ROLE khuyenhoc_service BYPASSRLS",
    "ALTER ROLE khuyenhoc_worker BYPASSRLS",
)
"""Row-level security is for whoever the service asks as; who appends and folds is not subject to it."""
WALL_BUILT = "wall-built"
"""A file that says so of a cluster: older ones get it when they start."""

LOCAL_USERS_NEED_A_PASSWORD = """\
local  all          all  scram-sha-256
local  replication  all  scram-sha-256
"""


class Postgres:
    """The server of one data directory. `start` joins the server if it already runs."""

    def __init__(self, data: Path) -> None:
        self.places = places(data)
        self.cluster = self.places.cluster / "data"
        self.log = self.places.log / "postgres.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Returns when the server accepts connections; the first time makes cluster, roles and database."""
        with self._alone():
            if not self.cluster.exists():
                self._create()
            server = self._server()
            if server and self._state() == "stopping":
                wait_until(lambda: not self._server(), SHUTDOWN)
                server = None
            if not server:
                self._clear_traces()
                self._build_wall()
                self._launch()
            self._wait_until_ready()
        return self

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Ends the server: `fast` breaks off its sessions and writes everything out, `immediate` does not."""
        if server := self._server():
            server.send_signal(signal.SIGINT if mode == "fast" else signal.SIGQUIT)
            if not wait_until(lambda: gone(server), SHUTDOWN):
                raise StartError(f"PostgreSQL does not stop; see {self.log}")
        if self._child:
            self._child.wait()
            self._child = None

    @property
    def pid(self) -> int | None:
        """The process id of the running server (its postmaster), else None."""
        server = self._server()
        return server.pid if server else None

    def url(self, role: Role, database: str = DATABASE) -> str:
        """The URL by which that role reaches a database of this server."""
        passwords = msgspec.json.decode(self._password_file.read_bytes(), type=dict[str, str])
        host = quote(os.fsencode(self.places.postgres_sockets), safe="/")
        return f"postgresql://{role}:{passwords[role]}@/{quote(database)}?host={host}&port={PORT}"

    @property
    def database_url(self) -> str:
        return self.url("khuyenhoc_service")

    @property
    def worker_url(self) -> str:
        return self.url("khuyenhoc_worker")

    @property
    def owner_url(self) -> str:
        return self.url("khuyenhoc_owner")

    @property
    def superuser_url(self) -> str:
        """For tests, backups and repairs; nothing in daily work needs it."""
        return self.url("postgres", "postgres")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- making the cluster -------------------------------------------------------------------------------

    def _create(self) -> None:
        """Makes the cluster under another name; it gets its own when it is complete and on the disk."""
        owner = self.places.server_owner
        draft = self.places.cluster / "draft"
        if self._password_file.exists() and not draft.exists():
            raise StartError(
                f"{self.cluster} is gone, though it has been there. Restore a backup; or, to begin an empty "
                f"ledger, remove {self._password_file} too."
            )
        self._password_file.unlink(missing_ok=True)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if owner:
            os.chown(draft, *owner)
        passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
        superuser = self.places.cluster / "superuser-password"
        write_private(superuser, passwords["postgres"].encode(), owner)
        settings = [word for name, value in _settings().items() for word in ("--set", f"{name}={value}")]
        locale = ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
        access = ["--username", "postgres", "--auth", "scram-sha-256", "--pwfile", str(superuser)]
        lasting = ["--encoding", "UTF8", "--data-checksums", *locale, *access, *settings]
        self._run("initdb", "-D", draft, "--no-sync", "--no-instructions", *lasting)
        superuser.unlink()
        write_private(draft / "pg_hba.conf", LOCAL_USERS_NEED_A_PASSWORD.encode(), owner)
        # A single-user server needs no connection, hence no moment in which the superuser has no password.
        self._run("postgres", "--single", "-j", "-F", "-D", draft, "postgres", given=_roles(passwords))
        self._run("initdb", "-D", draft, "--sync-only", *_sync_method())
        write_private(self._password_file, msgspec.json.encode(passwords))
        (self.places.cluster / WALL_BUILT).touch()
        draft.rename(self.cluster)
        sync_folder(self.places.cluster)

    def _build_wall(self) -> None:
        """Gives a cluster that is older than the wall its roles, while nobody can be connected."""
        mark = self.places.cluster / WALL_BUILT
        if not mark.exists():
            words = ("--single", "-j", "-D", self.cluster, "postgres")
            there = "EXCEPTION WHEN duplicate_object THEN"
            made = [f"DO $$ BEGIN {WALL[0]}; {there} END $$", *WALL[1:]]
            self._run("postgres", *words, given=_script(made))
            mark.touch()

    def _run(self, program: str, *words: str | Path, given: str = "") -> None:
        owner = self.places.server_owner
        done = subprocess.run(
            [self._programs / program, *words],
            input=given.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.places.cluster,
            env=self._environment,
            user=owner[0] if owner else None,
            group=owner[1] if owner else None,
            extra_groups=[] if owner else None,
            check=False,
        )
        # a single-user server goes on after an error and exits with 0
        if done.returncode or b"ERROR:" in done.stdout:
            end = "\n".join(done.stdout.decode(errors="replace").splitlines()[-12:])
            raise StartError(f"PostgreSQL could not make its database in {self.places.cluster}:\n{end}")

    # -- running it ---------------------------------------------------------------------------------------

    def _launch(self) -> None:
        folder = str(self.places.postgres_sockets).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{folder}"',
            "unix_socket_permissions": "0700",
            "log_destination": "stderr",
            "logging_collector": "off",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._child = processes.launch(
            [self._programs / "postgres", "-D", self.cluster, "-p", PORT, *words],
            log=self.log,
            cwd=self.places.cluster,
            env=self._environment,
            owner=self.places.server_owner,
            last_words=signal.SIGINT,  # a fast shutdown
        )

    def _wait_until_ready(self) -> None:
        def ready_or_dead() -> bool:
            return self._state() == "ready" or (self._child is not None and self._child.poll() is not None)

        if wait_until(ready_or_dead, RECOVERY) and self._server():
            return
        raise StartError(
            f"PostgreSQL did not start. The end of {self.log}:\n{processes.last_lines(self.log)}"
        )

    def _server(self) -> psutil.Process | None:
        """The running postmaster. It works in the cluster's folder, which tells it from a reused id."""
        if self._child:
            self._child.poll()
        lines = self._pid_file()
        return process_in(self.cluster, int(lines[0])) if lines and lines[0].isdigit() else None

    def _state(self) -> str:
        """`starting`, `ready` or `stopping`: the server notes it in the eighth line of its pid file."""
        lines = self._pid_file()
        return lines[7].strip() if len(lines) > 7 else ""

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _clear_traces(self) -> None:
        """Removes what a killed server left. Only when none of its processes lives: they share its memory."""
        if not wait_until(lambda: not processes_in(self.cluster), 10):
            for process in processes_in(self.cluster):
                process.kill()
            wait_until(lambda: not processes_in(self.cluster), 10)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        socket = self.places.postgres_sockets / f".s.PGSQL.{PORT}"
        socket.unlink(missing_ok=True)
        socket.with_name(f"{socket.name}.lock").unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands must not make or start the same cluster at once."""
        with (self.places.cluster / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _programs(self) -> Path:
        if self.places.server_owner:
            return postgres_programs_for_others(self.places.cluster.parent)
        return postgres_programs()

    @property
    def _environment(self) -> dict[str, str]:
        # Nothing of ours: PGPORT, PGDATA or a foreign locale would reach into the server.
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    @property
    def _password_file(self) -> Path:
        return self.places.cluster / "passwords.json"


def _settings() -> dict[str, str]:
    """What a cluster starts its life with, in postgresql.conf, where whoever runs it may change it."""
    megabytes = min(1024, max(32, psutil.virtual_memory().total // 2**20 // 16))
    return {
        "shared_buffers": f"{megabytes}MB",
        "max_connections": "100",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        "max_wal_size": "4GB",
        # After a checkpoint a page is logged whole when it is first changed again: of a large log's indexes
        # nearly every append changes another.
        "checkpoint_timeout": "15min",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }


def _roles(passwords: dict[Role, str]) -> str:
    """The roles and the database, for a single-user server: a statement ends with `;` and an empty line.

    Passwords are 192 random bits, which nobody finds by trying: hashing them thousands of times over, as for
    what a person thinks up, would only make each connection twice as slow.
    """
    statements = [
        "SET scram_iterations = 1",
        f"ALTER ROLE postgres PASSWORD '{passwords['postgres']}'",
        *(f"CREATE ROLE {role} LOGIN PASSWORD '{passwords[role]}'" for role in ROLES if role != "postgres"),
        *WALL,
        f"CREATE DATABASE {DATABASE} OWNER khuyenhoc_owner",
        *database_grants(DATABASE),
    ]
    return _script(statements)


def _script(statements: Sequence[str]) -> str:
    return "".join(f"{statement};\n\n" for statement in statements)


def database_grants(database: str) -> list[str]:
    """Who may enter a ledger's database; a copy made from a template does not inherit this."""
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO khuyenhoc_service",
        f"GRANT CONNECT, TEMPORARY, CREATE ON DATABASE {database} TO khuyenhoc_worker",
    ]


def _sync_method() -> list[str]:
    # one call for the whole file system instead of one for each of a thousand files
    return ["--sync-method", "syncfs"] if sys.platform == "linux" else []
