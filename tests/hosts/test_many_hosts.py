"""One ledger on many hosts: a load balancer, an API host that dies, a worker host that is cut off.

`pytest tests/hosts` needs root (for network namespaces), iproute2, postgresql, redis-server and haproxy.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from deploy.embedded.places import SYSTEM_FOLDER
from tests.hosts.country import POSTGRES, REQUESTS_A_MINUTE, Country, eventually
from tests.hosts.network import Host, missing
from tests.hosts.units import DEPLOY

pytestmark = pytest.mark.timeout(400)
TABLES = [
    f"/v1/units/{unit}/statistics/{year}" for unit in ("bac-kan-city", "duc-xuan") for year in (2016, 2017)
]
CLIENTS = 8


@pytest.fixture(scope="module")
def country() -> Iterator[Country]:
    if os.geteuid() != 0:
        pytest.fail("needs root, to make network namespaces", pytrace=False)
    lacking = missing()
    for program, package in (("redis-server", "redis-server"), ("haproxy", "haproxy")):
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            lacking[program] = package
    if not (POSTGRES / "initdb").exists():
        lacking["PostgreSQL 15"] = "postgresql"
    if lacking:
        pytest.fail(f"missing: apt-get install {' '.join(sorted(set(lacking.values())))}", pytrace=False)
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="hosts-", dir=SYSTEM_FOLDER))
    folder.chmod(0o755)
    with ExitStack() as ending:
        ending.callback(shutil.rmtree, folder)
        made = Country(folder)
        ending.callback(made.stop)
        made.start()
        yield made


@pytest.fixture(scope="module")
def recorded(country: Country) -> Country:
    """The demo's history, recorded through the balancer by the operator's command."""
    from services.demo.history import history

    file = country.folder / "bac-kan.ndjson"
    file.write_bytes(b"\n".join(msgspec.json.encode(command) for command in history()))
    results = country.operate(["record", str(file)]).splitlines()
    assert {msgspec.json.decode(line)["status"] for line in results} == {201}
    return country


class Clients:
    """Programs that record through the balancer, each giving its commands ids and repeating what failed."""

    def __init__(self, country: Country) -> None:
        self.acknowledged: dict[str, int] = {}
        """Command id → position."""
        self.doubtful: set[str] = set()
        """Those sent more than once."""
        self._country = country
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._record) for _ in range(CLIENTS)]

    @property
    def last_position(self) -> int:
        return max(self.acknowledged.values(), default=0)

    def _record(self) -> None:
        with self._country.client() as client:
            while not self._stop.is_set():
                command = _donation(f"d-{uuid4()}", year=2024)
                self.acknowledged[command["command_id"]] = self._until_answered(client, command)

    def _until_answered(self, client: httpx.Client, command: dict[str, Any]) -> int:
        for _ in range(100):
            try:
                answer = client.post("/v1/commands", json=command)
                if answer.status_code in (200, 201):
                    return int(answer.json()["position"])
                assert answer.status_code in (502, 503, 504), answer.text
            except httpx.TransportError:
                pass
            self.doubtful.add(command["command_id"])
            time.sleep(0.1)
        raise AssertionError(f"never answered: {command}")

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self._threads)


def test_both_api_hosts_give_the_same_figures(recorded: Country) -> None:
    one, two = (_tables(recorded, host) for host in recorded.apis)
    assert one == two == _tables(recorded, None)
    figures = {
        (f["indicator"], f["level"]): f["value"] for f in one["/v1/units/bac-kan-city/statistics/2017"]
    }
    assert figures["model.community.rate", None] == 79.67
    assert figures["fund.raised", "district"] == 47_850_000


def test_nobody_but_the_balancer_is_answered(recorded: Country) -> None:
    """Tokens travel in clear here: the API hosts answer whom KHUYENHOC_PEERS names."""
    script = "import httpx, sys; print(httpx.get(sys.argv[1], headers={'Host': 'localhost'}).status_code)"
    ask = [sys.executable, "-c", script, f"http://{recorded.apis[0].address}:8000/health"]
    inside = ["ip", "netns", "exec", recorded.workers[1].namespace]
    assert subprocess.check_output([*inside, *ask], text=True) == "421\n"
    assert subprocess.check_output(ask, text=True) == "200\n"


def test_what_one_api_host_recorded_the_other_shows(recorded: Country) -> None:
    with recorded.client(recorded.apis[0]) as one, recorded.client(recorded.apis[1]) as two:
        for number in range(10):
            made = one.post("/v1/commands", json=_donation(f"seen-{number}"))
            assert made.status_code == 201, made.text
            position = made.json()["position"]
            fund = two.get(
                "/v1/funds/quy-xuat-hoa/movements", params={"min_position": position, "limit": 1000}
            )
            assert fund.status_code == 200, fund.text
            assert int(fund.headers["Ledger-Position"]) >= position
            one, two = two, one


def test_a_token_ends_on_every_host_at_once(recorded: Country) -> None:
    with recorded.client(recorded.apis[0]) as one, recorded.client(recorded.apis[1]) as two:
        wanted = {"name": "Máy", "role": "auditor", "unit_id": "bac-kan-2025"}
        made = one.post("/v1/tokens", json=wanted).json()
        bearer = {"Authorization": f"Bearer {made['token']}"}
        path = "/v1/funds/quy-xuat-hoa"
        assert [c.get(path, headers=bearer).status_code for c in (one, two)] == [200, 200]
        ended = {"actor_id": made["actor_id"], "token_id": made["token_id"]}
        done = two.post("/v1/commands", json=_command("TokenWithdrawn", ended))
        assert done.status_code == 201, done.text
        assert [c.get(path, headers=bearer).status_code for c in (one, two)] == [401, 401]


def test_a_tokens_rate_is_limited_on_each_host(recorded: Country) -> None:
    with recorded.client() as admin:
        wanted = {"name": "Máy vội", "role": "integrator", "unit_id": "bac-kan-2025"}
        hasty = admin.post("/v1/tokens", json=wanted).json()["token"]
    with ThreadPoolExecutor(CLIENTS) as pool, recorded.client(token=hasty) as client:
        asked, begun = 3 * REQUESTS_A_MINUTE, time.monotonic()
        answers = list(pool.map(lambda _: client.get("/v1/catalogue/TermDefined"), range(asked)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    # counted per process (services/api/rates.py), so two hosts let through up to twice as much
    minutes = 1 + (time.monotonic() - begun) / 60
    assert REQUESTS_A_MINUTE <= statuses.count(200) <= 2 * REQUESTS_A_MINUTE * minutes + CLIENTS
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 429)
    with recorded.client() as admin:
        assert admin.get("/v1/catalogue/TermDefined").status_code == 200


def test_clients_go_on_when_an_api_host_dies(recorded: Country) -> None:
    dying = recorded.apis[1]
    clients = Clients(recorded)
    with clients:
        eventually(lambda: len(clients.acknowledged) > 200)
        dying.cut_off()  # first: a host without power says no goodbye
        dying.kill()
        dead_at = len(clients.acknowledged)
        eventually(lambda: len(clients.acknowledged) > dead_at + 300)
        dying.reconnect()
        recorded.start_api(dying)
        eventually(lambda: _requests(recorded, dying) > 20, dying)
    assert clients.acknowledged, "nothing was recorded"
    assert clients.doubtful, "the host died between two requests: nothing was proved"
    _each_once(recorded, clients)


def test_a_rebuild_ends_without_the_worker_host_that_was_cut_off(recorded: Country) -> None:
    cut = recorded.workers[2]
    eventually(lambda: _all_is_folded(recorded), cut)  # or a worker would wait in that, and fold no chunk
    before = _tables(recorded, None)
    clients = Clients(recorded)
    with _events_held(recorded):
        rebuild = recorded.operator("rebuild")
        eventually(lambda: all(_in_mid_chunk(recorded, worker) for worker in recorded.workers), cut)
        assert rebuild.poll() is None, rebuild.communicate()
        cut.cut_off()
    with clients:  # recording goes on meanwhile
        out, err = rebuild.communicate(timeout=200)
    assert rebuild.returncode == 0, out + err
    assert _tables(recorded, None, clients.last_position) == before
    _each_once(recorded, clients)

    cut.reconnect()
    again = recorded.psql("SELECT clock_timestamp()")
    after = Clients(recorded)
    with after:  # else there would be a hint a second, for whichever worker asks first
        eventually(lambda: _is_at_work(recorded, cut, again), cut)
        eventually(lambda: len(after.acknowledged) > 200)
    _each_once(recorded, after)
    for host in recorded.apis:
        assert _tables(recorded, host, after.last_position) == before
    again = recorded.operator(
        "rebuild"
    )  # compares every read model with a fresh fold, and refuses if it differs
    out, err = again.communicate(timeout=200)
    assert again.returncode == 0, out + err


def test_the_log_was_signed_on_its_host_all_the_while(recorded: Country) -> None:
    head = int(recorded.psql("SELECT position FROM log.head"))
    eventually(
        lambda: int(recorded.psql("SELECT max(size) FROM proof.checkpoint")) >= head, recorded.workers[0]
    )
    kept = (recorded.workers[0].folder / "checkpoints.log").read_text()
    assert f"khuyenhoc.invalid/many-hosts\n{head}\n" in kept
    assert not (recorded.apis[0].folder / "secrets" / "signing.key").exists()


def test_systemd_understands_the_units() -> None:
    units = sorted((DEPLOY / "systemd").glob("khuyenhoc-*.*"))
    assert len(units) == 7
    told = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    ).stderr.splitlines()
    assert [line for line in told if "is not executable" not in line] == []  # nothing is installed here


def _command(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"type": type_, "occurred_on": "2024-05-05", "data": data, "command_id": str(uuid4())}


def _donation(donation_id: str, year: int = 2024) -> dict[str, Any]:
    """Of a year that no table here shows."""
    donor = {"kind": "collective", "name": "Tổ 4"}
    given = {"fund_id": "quy-xuat-hoa", "donation_id": donation_id, "amount": 1_000, "pocket": "cash"}
    return _command("DonationReceived", {**given, "donor": donor}) | {"occurred_on": f"{year}-05-05"}


def _tables(country: Country, host: Host | None, at_least: int = 0) -> dict[str, Any]:
    """Every figure asked for, from one API host or through the balancer."""
    with country.client(host) as client:
        found = {}
        for path in TABLES:
            answer = client.get(path, params={"min_position": at_least} if at_least else {})
            assert answer.status_code == 200, answer.text
            found[path] = answer.json()["indicators"]
        return found


def _each_once(country: Country, clients: Clients) -> None:
    """Every acknowledged command is in the log once, where it was said to be; nothing else of theirs is."""
    rows = country.psql(
        "SELECT command_id, position FROM log.events WHERE type = 'DonationReceived'"
        " AND occurred_on = '2024-05-05'"
    )
    found = [tuple(row.split("|")) for row in rows.splitlines()]
    assert len(found) == len({command for command, _ in found})
    there = {command: int(position) for command, position in found}
    assert clients.acknowledged.items() <= there.items()
    assert country.psql("SELECT count(*) = max(position) FROM log.events") == "t"


def _requests(country: Country, host: Host) -> int:
    """Answered by that API host since it started."""
    with country.client(host) as client:
        lines = client.get("/metrics").text.splitlines()
    return sum(int(line.split()[-1]) for line in lines if line.startswith("khuyenhoc_requests_total{"))


@contextmanager
def _events_held(country: Country) -> Iterator[None]:
    """Whoever reads an event waits, until the block ends: so that a chunk can be caught in mid-fold."""
    with country.psql_session() as session:
        session("BEGIN; LOCK TABLE log.events IN ACCESS EXCLUSIVE MODE")
        yield
        session("COMMIT")


def _in_mid_chunk(country: Country, worker: Host) -> bool:
    """Whether a process there has claimed a chunk of the rebuild and waits for the events."""
    found = country.psql(
        "SELECT count(*) FROM (SELECT FROM pg_stat_activity a JOIN pg_locks l USING (pid)"
        f" WHERE client_addr = '{worker.address}' AND wait_event_type = 'Lock'"
        " AND l.relation = 'projections.chunk'::regclass AND l.mode = 'RowShareLock') found"
    )
    return int(found) > 0


def _all_is_folded(country: Country) -> bool:
    return (
        country.psql("SELECT min(checkpoint) = max(h.position) FROM projections.projection, log.head h")
        == "t"
    )


def _is_at_work(country: Country, worker: Host, since: str) -> bool:
    """Whether a process there has asked the database something since that instant."""
    found = country.psql(
        "SELECT count(*) FROM pg_stat_activity"
        f" WHERE client_addr = '{worker.address}' AND query_start > '{since}'"
    )
    return int(found) > 0
