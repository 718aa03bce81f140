"""The same system on servers it did not bring: Debian's PostgreSQL 15 and Redis 7, over TCP, by their URLs.

`pytest tests/foreign` needs root and `apt-get install postgresql redis-server`; what is missing is named.
"""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from deploy.embedded.places import SYSTEM_FOLDER, forget
from deploy.embedded.postgres import Postgres
from deploy.embedded.processes import wait_until
from deploy.running import read_note
from services.backup.programs import run
from tests.faults.proxy import Proxy

POSTGRES = Path("/usr/lib/postgresql/15/bin")
EMPTY = ("khuyenhoc_2", "khuyenhoc_3")
"""Further databases on the same server, to restore into."""


def _need(program: str, package: str) -> str:
    found = shutil.which(program, path=f"{POSTGRES}:{os.environ['PATH']}:/usr/sbin")
    if not found:
        pytest.fail(f"{program} is missing: apt-get install {package}", pytrace=False)
    return found


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _run(*words: str | Path, **how: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def servers(workplace: Path) -> Iterator[dict[str, str]]:
    """Both servers, three roles with passwords; the environment that names them."""
    initdb, pg_ctl, psql = (_need(p, "postgresql") for p in ("initdb", "pg_ctl", "psql"))
    redis = _need("redis-server", "redis-server")
    folder = Path(tempfile.mkdtemp(prefix="debian-", dir=SYSTEM_FOLDER))  # where postgres can get to
    shutil.chown(folder, "postgres")
    port, redis_port = _free_port(), _free_port()
    as_postgres: dict[str, Any] = {"user": "postgres", "cwd": "/"}
    cluster = folder / "cluster"
    _run(
        initdb,
        "-D",
        cluster,
        "-A",
        "scram-sha-256",
        "--pwfile",
        _password(folder),
        "-E",
        "UTF8",
        **as_postgres,
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    subprocess.run(
        [pg_ctl, "-D", str(cluster), "-w", "-l", str(folder / "postgres.log"), "-o", options, "start"],
        check=True,
        stdout=subprocess.DEVNULL,
        **as_postgres,
    )
    broker = subprocess.Popen(
        [redis, "--port", str(redis_port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    word = secrets.token_hex(12)
    roles = [f"khuyenhoc_{r}" for r in ("owner", "service", "worker")]
    statements = [f"CREATE ROLE {role} LOGIN PASSWORD '{word}'" for role in roles]
    statements += [f"ALTER ROLE khuyenhoc_{r} BYPASSRLS" for r in ("service", "worker")]
    statements += ["CREATE ROLE khuyenhoc_reader NOLOGIN", "GRANT khuyenhoc_reader TO khuyenhoc_service"]
    for name in ("khuyenhoc", *EMPTY):
        statements += [
            f"CREATE DATABASE {name} OWNER khuyenhoc_owner ENCODING UTF8 TEMPLATE template0 LOCALE 'C.UTF-8'",
            f"GRANT CREATE ON DATABASE {name} TO khuyenhoc_worker",
        ]
    superuser = f"postgresql://postgres:{(folder / 'password').read_text()}@127.0.0.1:{port}/postgres"
    for statement in statements:
        _run(psql, "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement, superuser)
    url = f"postgresql://khuyenhoc_{{}}:{word}@127.0.0.1:{port}/khuyenhoc"
    yield {
        "KHUYENHOC_OWNER_URL": url.format("owner"),
        "KHUYENHOC_DATABASE_URL": url.format("service"),
        "KHUYENHOC_WORKER_URL": url.format("worker"),
        "KHUYENHOC_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "KHUYENHOC_DATA": str(workplace / "debian-data"),
    }
    broker.terminate()
    broker.wait(10)
    subprocess.run([pg_ctl, "-D", str(cluster), "-m", "fast", "stop"], check=True, **as_postgres)
    shutil.rmtree(folder)


def _password(folder: Path) -> Path:
    path = folder / "password"
    path.write_text(secrets.token_hex(12))
    path.chmod(0o600)
    shutil.chown(path, "postgres")
    return path


@pytest.fixture(scope="module")
def recorded(servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The demo's history, recorded from a file like anybody's; then its stack runs, and commands join it."""
    from services.demo.history import history

    file = tmp_path_factory.mktemp("history") / "bac-kan.ndjson"
    file.write_bytes(b"\n".join(msgspec.json.encode(c) for c in history()))
    started = time.monotonic()
    results = _khuyenhoc(servers, "record", file).splitlines()
    assert all(msgspec.json.decode(line)["status"] == 201 for line in results)
    print(f"\n{len(results):,} commands in {time.monotonic() - started:.0f} s, start and stop included")
    with _up(servers):
        yield servers


@contextmanager
def _up(servers: dict[str, str]) -> Iterator[None]:
    """The stack as whoever runs it starts it."""
    program, data = Path(sys.executable).parent / "khuyenhoc", Path(servers["KHUYENHOC_DATA"])
    process = subprocess.Popen([program, "up"], env={**os.environ, **servers}, stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: (note := read_note(data)) and note.service_url, 60)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _khuyenhoc(servers: dict[str, str], *words: str | Path) -> str:
    program = Path(sys.executable).parent / "khuyenhoc"
    return _run(program, *words, env={**os.environ, **servers}).stdout


@pytest.mark.timeout(400)
def test_the_table_of_2017_on_foreign_servers(recorded: dict[str, str]) -> None:
    table = msgspec.json.decode(_khuyenhoc(recorded, "statistics", "bac-kan-city", "2017", "--json"))
    got = {(f["indicator"], f["level"]): f["value"] for f in table["indicators"]}
    assert got["member.total", None] == 10_380
    assert got["model.community.rate", None] == 79.67
    assert got["fund.raised", "district"] == 47_850_000


@pytest.mark.timeout(400)
def test_a_rebuild_on_foreign_servers_changes_nothing(recorded: dict[str, str]) -> None:
    before = _khuyenhoc(recorded, "statistics", "bac-kan-city", "2017", "--csv")
    _khuyenhoc(recorded, "rebuild")
    assert _khuyenhoc(recorded, "statistics", "bac-kan-city", "2017", "--csv") == before


@pytest.mark.timeout(400)
def test_a_backup_of_foreign_servers_is_restored_onto_them(recorded: dict[str, str], workplace: Path) -> None:
    before = _khuyenhoc(recorded, "statistics", "bac-kan-city", "2017", "--csv")
    _khuyenhoc(recorded, "backup", "--out", workplace / "debian-backup")
    other = _restored(recorded, 0, workplace / "debian-backup", Path(recorded["KHUYENHOC_DATA"]))
    assert _khuyenhoc(other, "statistics", "bac-kan-city", "2017", "--csv") == before


@pytest.mark.timeout(400)
def test_a_ledger_moves_from_the_embedded_servers(servers: dict[str, str], workplace: Path) -> None:
    """From PostgreSQL 18 to 15: their own `pg_restore` cannot read such a dump."""
    old, file = workplace / "embedded", workplace / "unit.ndjson"
    unit = {"unit_id": "tinh-nho", "name": "Hội tỉnh", "level": "province"}
    file.write_bytes(
        msgspec.json.encode({"type": "UnitEstablished", "occurred_on": "2000-01-01", "data": unit})
    )
    own = {"KHUYENHOC_DATA": str(old)}
    _khuyenhoc(own, "record", file)
    _khuyenhoc(own, "backup", "--out", workplace / "embedded-backup")
    other = _restored(servers, 1, workplace / "embedded-backup", old)
    assert _khuyenhoc(other, "record", file) == _khuyenhoc(own, "record", file)  # known to both
    forget(old)


def test_a_pg_dump_too_old_for_the_server_leaves_it_to_the_wheels(workplace: Path) -> None:
    """Debian's 15 beside a server 18 on another host."""
    installed = _run(shutil.which("pg_dump") or "pg_dump is missing", "--version").stdout
    assert " 15." in installed
    data, file = workplace / "newer", workplace / "newer.dump"
    server = Postgres(data)
    server.start()
    proxy = Proxy(lambda: str(server.places.postgres_sockets / ".s.PGSQL.5432"))
    try:
        parts = urlsplit(server.owner_url)
        address = f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{proxy.port}{parts.path}"
        run("pg_dump", address, "--format", "custom", "--file", str(file))
        assert file.read_bytes().startswith(b"PGDMP")
    finally:
        proxy.close()
        server.stop("immediate")
        forget(data)


def _restored(servers: dict[str, str], number: int, backup: Path, old: Path) -> dict[str, str]:
    """Into an empty database; the environment that names it."""
    there = {
        name: url.removesuffix("/khuyenhoc") + f"/{EMPTY[number]}"
        for name, url in servers.items()
        if url.endswith("/khuyenhoc")
    }
    there["KHUYENHOC_REDIS_URL"] = servers["KHUYENHOC_REDIS_URL"].removesuffix("/0") + f"/{number + 1}"
    there["KHUYENHOC_DATA"] = str(backup.with_name(backup.name + "-restored"))
    _khuyenhoc(there, "restore", backup, "--secrets", old / "secrets")
    return there
