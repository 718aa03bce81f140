"""PostgreSQL and Redis as processes that a test may stop, kill and start: the embedded ones, or Debian's."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import psutil
import pytest

from deploy.addresses import Addresses
from deploy.embedded.places import SYSTEM_FOLDER, forget
from deploy.embedded.postgres import WALL, Postgres, database_grants
from deploy.embedded.processes import StartError, last_lines, launch, wait_until
from deploy.embedded.redis import Redis
from tests.faults.proxy import Proxy

DEBIAN = Path("/usr/lib/postgresql/15/bin")
ROLES = ("owner", "service", "worker")
Mode = Literal["fast", "immediate"]
Flavour = Literal["embedded", "debian"]


class Servers(ABC):
    """Both servers of one ledger, and a proxy before PostgreSQL for the service and one for the workers.

    Superuser, owner and test go to PostgreSQL itself.
    """

    postgres: Any
    redis: Any
    data: Path

    def __init__(self, data: Path) -> None:
        self.data = data
        self.to_service = Proxy(self._reach)
        self.to_workers = Proxy(self._reach)

    @abstractmethod
    def url(self, role: str) -> str:
        """Straight to the server, as `owner`, `service`, `worker` or `postgres`."""

    def _reach(self) -> str | tuple[str, int]:
        """Where the server itself listens: a Unix socket's path, or host and port."""
        parts = urlsplit(self.url("service"))
        if parts.hostname and parts.port:
            return parts.hostname, parts.port
        return str(self.postgres.places.postgres_sockets / ".s.PGSQL.5432")

    @property
    def addresses(self) -> Addresses:
        """As the ledger's programs are told them."""
        return Addresses(
            database_url=self._through(self.to_service, "service"),
            worker_url=self._through(self.to_workers, "worker"),
            owner_url=self.url("owner"),
            redis_url=self.redis.url,
        )

    def _through(self, proxy: Proxy, role: str) -> str:
        parts = urlsplit(self.url(role))
        return f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{proxy.port}{parts.path}"

    def start(self) -> None:
        self.postgres.start()
        self.redis.start()

    def stop(self) -> None:
        self.to_service.close()
        self.to_workers.close()
        self.redis.stop("immediate")
        self.postgres.stop("immediate")
        self.remove()

    @abstractmethod
    def remove(self) -> None:
        """Whatever lies outside the data directory."""

    @property
    @abstractmethod
    def cluster(self) -> Path:
        """PostgreSQL's data."""

    @property
    @abstractmethod
    def owner(self) -> tuple[int, int]:
        """The user and group whose files those are."""


class _Clocked(Postgres):
    """The embedded PostgreSQL with further variables in its environment."""

    more: Mapping[str, str] = {}

    @property
    def _environment(self) -> dict[str, str]:
        return super()._environment | dict(self.more)


class Embedded(Servers):
    """PostgreSQL 18 and Redis 6.2 from the wheels."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.postgres = _Clocked(data)
        self.redis = Redis(data)

    def url(self, role: str) -> str:
        if role == "postgres":
            return self.postgres.url("postgres")
        return self.postgres.url(f"khuyenhoc_{role}")

    def remove(self) -> None:
        forget(self.data)

    @property
    def cluster(self) -> Path:
        return self.postgres.cluster

    @property
    def owner(self) -> tuple[int, int]:
        return self.postgres.places.server_owner or (os.geteuid(), os.getegid())


class Debian(Servers):
    """PostgreSQL 15 and Redis 7 of the packages, over TCP. Needs root."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="debian-", dir=SYSTEM_FOLDER))
        shutil.chown(self.folder, "postgres", "postgres")
        self.postgres = _DebianPostgres(self.folder)
        self.redis = _DebianRedis(self.folder / "redis")

    def url(self, role: str) -> str:
        return self.postgres.url(role)

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    @property
    def cluster(self) -> Path:
        return self.postgres.cluster

    @property
    def owner(self) -> tuple[int, int]:
        found = self.folder.stat()
        return found.st_uid, found.st_gid


class _Program(ABC):
    """One server of Debian's, a child of this process."""

    log: Path

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and self._child.poll() is None else None

    def _started(self, words: list[str | Path], **how: Any) -> None:
        self._child = launch(words, log=self.log, last_words=signal.SIGINT, **how)

        def settled() -> bool:
            return not self.pid or self.answers()

        if not wait_until(settled, 60, pause=0.05) or not self.pid:
            raise StartError(f"{words[0]} did not start:\n{last_lines(self.log)}")

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes connections."""

    def _end(self, how: signal.Signals) -> None:
        if self._child:
            if self._child.poll() is None:
                self._child.send_signal(how)
            self._child.wait(120)
            self._child = None


class _DebianPostgres(_Program):
    more: Mapping[str, str] = {}

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.cluster, self.log = folder / "cluster", folder / "postgres.log"
        self._folder, self._word, self._port = folder, secrets.token_hex(12), free_port()
        owner = folder.stat()
        self._owner = (owner.st_uid, owner.st_gid)

    def url(self, role: str) -> str:
        user = "postgres" if role == "postgres" else f"khuyenhoc_{role}"
        return f"postgresql://{user}:{self._word}@127.0.0.1:{self._port}/khuyenhoc"

    def start(self) -> None:
        if not self.cluster.exists():
            self._create()
        words = [needed("postgres", "postgresql"), "-D", self.cluster, "-p", str(self._port)]
        settings = ["listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}"]
        words += [word for setting in settings for word in ("-c", setting)]
        self._started(
            words, cwd=Path("/"), env={"PATH": os.defpath, "LC_ALL": "C", **self.more}, owner=self._owner
        )

    def stop(self, mode: Mode = "fast") -> None:
        self._end(signal.SIGINT if mode == "fast" else signal.SIGQUIT)

    def answers(self) -> bool:
        ready = [needed("pg_isready", "postgresql"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.run(ready, check=False).returncode == 0

    def _create(self) -> None:
        password = self._folder / "password"
        password.write_text(self._word)
        shutil.chown(password, *self._owner)
        words = ["-D", str(self.cluster), "-A", "scram-sha-256", "--pwfile", str(password), "-E", "UTF8"]
        _run(needed("initdb", "postgresql"), *words, user="postgres", cwd="/")
        roles = [f"CREATE ROLE khuyenhoc_{r} LOGIN PASSWORD '{self._word}'" for r in ROLES]
        made = "CREATE DATABASE khuyenhoc OWNER khuyenhoc_owner TEMPLATE template0 LOCALE 'C.UTF-8'"
        statements = [*roles, *WALL, made, *database_grants("khuyenhoc")]
        words = [needed("postgres", "postgresql"), "--single", "-j", "-D", str(self.cluster), "postgres"]
        _run(*words, user="postgres", cwd="/", input="".join(f"{s};\n\n" for s in statements))


class _DebianRedis(_Program):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir()
        self._folder, self._port, self.log = folder, free_port(), folder / "redis.log"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        words: list[str | Path] = [needed("redis-server", "redis-server"), "--bind", "127.0.0.1"]
        words += ["--port", str(self._port), "--appendonly", "yes", "--save", ""]
        self._started(words, cwd=self._folder, env={"PATH": os.defpath})

    def stop(self, mode: Mode = "fast") -> None:
        self._end(signal.SIGTERM if mode == "fast" else signal.SIGKILL)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 1) as one:
                one.sendall(b"PING\r\n")
                return one.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def servers_of(flavour: Flavour, data: Path) -> Servers:
    return Embedded(data) if flavour == "embedded" else Debian(data)


def needed(program: str, package: str) -> str:
    """Where a program of Debian's is; a test that misses one fails by naming its package."""
    found = shutil.which(program, path=f"{DEBIAN}:{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.fail(f"{program} is missing: apt-get install {package}", pytrace=False)
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ended(pid: int) -> bool:
    """Whether a process is gone (or waits to be collected)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _run(*words: str | Path, **how: Any) -> None:
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
