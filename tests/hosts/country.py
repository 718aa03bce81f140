"""The whole ledger on seven hosts and a balancer: a database, a broker, two API hosts, three worker hosts.

Debian's PostgreSQL 15, Redis 7 and HAProxy, with passwords, on addresses of their own; everything of ours by
the units' own commands. The sealer and the beat run on the first worker host, which has the signing key.
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.hosts.network import OPERATOR, Host, Network
from tests.hosts.units import DEPLOY, command_of, known_variables

POSTGRES = Path("/usr/lib/postgresql/15/bin")
REQUESTS_A_MINUTE = 100
HERE = {"PYTHONPATH": str(DEPLOY.parent), "PYTHONUNBUFFERED": "1"}
"""The code of this folder, whatever is installed."""
PATIENCE = 60.0  # seconds for anything to come up, or back


class Country:
    """All of it, running. `folder` must be one that the user `postgres` can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.word = secrets.token_hex(12)
        self.network = Network(folder)
        self.database, self.broker, self.balancer = (
            self.network.host(name) for name in ("database", "broker", "balancer")
        )
        self.apis = [self.network.host(f"api-{n}") for n in (1, 2)]
        self.workers = [self.network.host(f"worker-{n}") for n in (1, 2, 3)]
        self.url = f"http://{self.balancer.address}:8080"

    def start(self) -> None:
        """In the order of `deploy/README.md`."""
        self._start_database()
        self._start_broker()
        self.operate(command_of("migrate", {})[1:])
        self.start_api(self.apis[0])
        self._share_secrets()
        self.start_api(self.apis[1])
        self._start_balancer()
        for worker in self.workers:
            self._run(
                worker, "worker", "KHUYENHOC_REDIS_URL", "KHUYENHOC_WORKER_URL", "KHUYENHOC_CONCURRENCY"
            )
        keeper = self.workers[0]
        files = ("KHUYENHOC_SIGNING_KEY_FILE", "KHUYENHOC_CHECKPOINT_FILE")
        self._run(keeper, "sealer", "KHUYENHOC_REDIS_URL", "KHUYENHOC_WORKER_URL", *files)
        self._run(keeper, "beat", "KHUYENHOC_REDIS_URL")

    def stop(self) -> None:
        for host in (*self.workers, *self.apis, self.balancer, self.broker):
            host.reconnect()
            host.end(15)
        self.database.end(30)  # SIGTERM waits for its clients: they are gone
        self.network.remove()

    # -- what is asked of it ------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The local administrator's, the same on both API hosts."""
        return (self.folder / "api-1" / "secrets" / "cli.token").read_text().strip()

    def client(self, host: Host | None = None, token: str | None = None) -> httpx.Client:
        """Of the balancer, or of one API host."""
        url = f"http://{host.address}:8000" if host else self.url
        headers = {"Authorization": f"Bearer {token or self.token}", "Host": "localhost"}
        return httpx.Client(base_url=url, headers=headers, timeout=httpx.Timeout(20, connect=3))

    def operator(self, *words: str | Path) -> "subprocess.Popen[str]":
        """`khuyenhoc …` on the operator's host: through the balancer, and with all the servers' URLs."""
        program = Path(sys.executable).parent / "khuyenhoc"
        names = ("OWNER_URL", "DATABASE_URL", "WORKER_URL", "REDIS_URL", "URL", "TOKEN")
        known = self.environment(*(f"KHUYENHOC_{name}" for name in names))
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder), **HERE, **known}
        return subprocess.Popen(
            [str(program), *(str(word) for word in words)],
            env=env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def operate(self, words: list[str]) -> str:
        """The same, done: its standard output."""
        command = self.operator(*words)
        out, err = command.communicate(timeout=200)
        assert command.returncode == 0, out + err
        return out

    def psql(self, statement: str) -> str:
        """As the superuser, behind everybody's back."""
        return self._psql("--no-align", "--tuples-only", "--command", statement, database="khuyenhoc")

    @contextmanager
    def psql_session(self) -> Iterator[Callable[[str], None]]:
        """One session of the superuser's, in which statements are run one after the other."""
        words = [POSTGRES / "psql", "-qAtX", f"postgresql://postgres@{self.database.address}/khuyenhoc"]
        with subprocess.Popen(
            words, env={"PGPASSWORD": self.word}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            to, back = process.stdin, process.stdout

            def run(statement: str) -> None:
                to.write(f"{statement};\n\\echo done\n")
                to.flush()
                assert back.readline() == "done\n"

            yield run
            to.close()

    # -- starting -----------------------------------------------------------------------------------------

    def environment(self, *names: str) -> dict[str, str]:
        """These lines of /etc/khuyenhoc/khuyenhoc.env."""
        database = f"{self.word}@{self.database.address}:5432/khuyenhoc"
        every = {
            "KHUYENHOC_REDIS_URL": f"redis://:{self.word}@{self.broker.address}:6379/0",
            "KHUYENHOC_OWNER_URL": f"postgresql://khuyenhoc_owner:{database}",
            "KHUYENHOC_DATABASE_URL": f"postgresql://khuyenhoc_service:{database}",
            "KHUYENHOC_WORKER_URL": f"postgresql://khuyenhoc_worker:{database}",
            "KHUYENHOC_PEERS": f"{self.balancer.address} {OPERATOR}",
            "KHUYENHOC_PORT": "8000",
            "KHUYENHOC_PROCESSES": "1",
            "KHUYENHOC_ORIGIN": "khuyenhoc.invalid/many-hosts",
            "KHUYENHOC_REQUESTS_A_MINUTE": str(REQUESTS_A_MINUTE),
            "KHUYENHOC_CONCURRENCY": "1",
            "KHUYENHOC_SIGNING_KEY_FILE": str(self.workers[0].folder / "signing.key"),
            "KHUYENHOC_CHECKPOINT_FILE": str(self.workers[0].folder / "checkpoints.log"),
            "KHUYENHOC_URL": self.url,
        }
        if (self.apis[0].folder / "secrets" / "cli.token").exists():  # else the service never ran yet
            every["KHUYENHOC_TOKEN"] = self.token
        assert set(every) <= known_variables()
        return {name: every[name] for name in names if name in every}

    def start_api(self, host: Host) -> None:
        names = ("REDIS_URL", "DATABASE_URL", "PORT", "PROCESSES", "ORIGIN", "REQUESTS_A_MINUTE", "PEERS")
        told = self.environment(*(f"KHUYENHOC_{name}" for name in names))
        self._start(host, "api", {**told, "KHUYENHOC_HOST": host.address, "KHUYENHOC_DATA": str(host.folder)})
        eventually(lambda: _is_well(f"http://{host.address}:8000"), host)

    def _run(self, host: Host, unit: str, *names: str) -> None:
        self._start(host, unit, self.environment(*names))

    def _start(self, host: Host, unit: str, told: dict[str, str]) -> None:
        host.start(command_of(unit, told), {**HERE, **told})

    def _share_secrets(self) -> None:
        """The first API host made them; the signing key goes to the sealing host and is kept nowhere else."""
        first, second = (host.folder / "secrets" for host in self.apis)
        shutil.copytree(first, second, ignore=shutil.ignore_patterns("signing.key", ".*"))
        shutil.move(first / "signing.key", self.workers[0].folder / "signing.key")

    def _start_broker(self) -> None:
        words = ["--bind", self.broker.address, "--requirepass", self.word, "--tcp-keepalive", "10"]
        self.broker.start(["redis-server", *words, "--save", "", "--dir", self.broker.folder])

    def _start_balancer(self) -> None:
        one, two = (f"{host.address}:8000" for host in self.apis)
        told = {"LISTEN": f"{self.balancer.address}:8080", "API_1": one, "API_2": two}
        self.balancer.start(["haproxy", "-f", DEPLOY / "haproxy.cfg"], told)
        eventually(lambda: _is_well(self.url), self.balancer)

    def _start_database(self) -> None:
        host = self.database
        shutil.chown(host.folder, "postgres")
        words_file = host.folder / "word"
        words_file.write_text(self.word)
        shutil.chown(words_file, "postgres")
        cluster = host.folder / "cluster"
        made = [
            POSTGRES / "initdb",
            "-D",
            cluster,
            "-A",
            "scram-sha-256",
            "--pwfile",
            words_file,
            "-E",
            "UTF8",
        ]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, user="postgres", cwd="/")
        with (cluster / "pg_hba.conf").open("a") as rules:
            rules.write("host all all samenet scram-sha-256\n")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        where = ["-D", cluster, "-c", f"listen_addresses={host.address}", "-k", host.folder]
        host.start([*as_postgres, POSTGRES / "postgres", *where])
        address = ["--host", host.address, "--quiet"]
        ready = [str(POSTGRES / "pg_isready"), *address]
        eventually(lambda: subprocess.run(ready, check=False).returncode == 0, host)
        words = [w for role in ("owner", "service", "worker") for w in ("-v", f"{role}_word={self.word}")]
        self._psql(*words, "--file", DEPLOY / "roles.sql")

    def _psql(self, *words: str | Path, database: str = "postgres") -> str:
        url = f"postgresql://postgres@{self.database.address}/{database}"
        done = subprocess.run(
            [POSTGRES / "psql", "-qX", "-v", "ON_ERROR_STOP=1", *words, url],
            env={"PGPASSWORD": self.word},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def eventually(true: Callable[[], Any], *hosts: Host) -> None:
    """Wait until something is so; else say what those hosts said last."""
    until = time.monotonic() + PATIENCE
    while not true():
        said = "\n".join(
            f"{host.name}: {host.log.read_text()[-3000:]}" for host in hosts if host.log.exists()
        )
        assert time.monotonic() < until, f"not within {PATIENCE:.0f} s\n{said}"
        time.sleep(0.1)


def _is_well(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, headers={"Host": "localhost"}).status_code == 200
    except httpx.TransportError:
        return False
