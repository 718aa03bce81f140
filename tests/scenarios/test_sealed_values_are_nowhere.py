"""Marked values are entered wherever a sealed field takes one; then everything that is kept or answered is
searched for them: the database, Redis, the logs and all else in the data directory, answers, backups."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import redis

from deploy.embedded.binaries import postgres_programs
from deploy.embedded.places import forget
from deploy.embedded.postgres import Postgres
from events.declare import CATALOGUE
from events.vocabulary import LOCAL_ACTOR
from services.backup.dumping import KEYS, LOG
from services.cli.backup import back_up
from services.cli.ledger import Ledger, ledger_of, start
from services.cli.proof import bundle
from services.cli.record import await_read_models
from tests.scenarios.marked_story import (
    CHECKED_BY_ANOTHER,
    LAN,
    MARK,
    STORY,
    as_ndjson,
    commands,
    mark,
)

ASCII = MARK.encode()
HIDDEN = (ASCII, ASCII.hex().encode(), ASCII.lower(), "".join(f"\\u{ord(c):04x}" for c in MARK).encode())


@pytest.fixture(scope="module")
def marked_ledger(workplace: Path) -> Iterator[Ledger]:
    """A running stack that holds the whole story."""
    data = workplace / "marked"
    with start(data, own=True) as stack:
        ledger = ledger_of(stack)
        another, position, event_ids = "", 0, dict[str, str]()
        for command in commands():
            headers = {}
            if command["type"] in CHECKED_BY_ANOTHER:
                another = another or _approver(ledger)
                headers = {"Authorization": f"Bearer {another}"}
                named = command["data"].get("event_id", "").removeprefix("command:")
                if named:  # `command:…` means a command of one's own
                    command["data"]["event_id"] = event_ids[named]
            answer = ledger.http.post("/v1/commands", json=command, headers=headers)
            assert answer.status_code == 201, (command["type"], answer.text)
            position = answer.json()["position"]
            event_ids[command["command_id"]] = answer.json()["event_id"]
            _clean(answer.content, command["type"])
        await_read_models(ledger, position)
        yield ledger
    forget(data)


def _approver(ledger: Ledger) -> str:
    wanted = {"name": mark("token", "name"), "role": "approver", "unit_id": "a"}
    answer = ledger.http.post("/v1/tokens", json=wanted)
    assert answer.status_code == 201, answer.text
    _clean(answer.content, "token")
    return str(answer.json()["token"])


def _clean(content: bytes, where: object) -> None:
    lowered = content.lower()
    for form in HIDDEN:
        assert form.lower() not in lowered, where


def test_the_story_fills_every_sealed_field_there_is() -> None:
    assert {kind for kind, _, _ in STORY} >= {k.name for k in CATALOGUE.values() if k.sealed}


async def test_the_database_holds_no_sealed_value(marked_ledger: Ledger) -> None:
    connection = await asyncpg.connect(Postgres(marked_ledger.data).url("postgres"))
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname <> 'pg_catalog'"
    )
    searched = 0
    for table in tables:
        for row in await connection.fetch(f"SELECT t::text AS line FROM {table['name']} t"):
            _clean(row["line"].encode(), table["name"])
            searched += 1
        for row in await connection.fetch(f"SELECT * FROM {table['name']}"):
            for value in row.values():
                if isinstance(value, bytes):
                    _clean(value, table["name"])
    assert await connection.fetchval("SELECT count(*) FROM log.sealed") >= len(STORY) - 1
    await connection.close()
    assert searched > 2 * len(STORY)


def test_redis_and_the_data_directory_hold_no_sealed_value(marked_ledger: Ledger) -> None:
    client = redis.Redis.from_url(marked_ledger.addresses.redis_url)
    for key in client.scan_iter():
        _clean(key, key)
        _clean(repr(_value(client, key)).encode(), key)
    files = [f for f in marked_ledger.data.rglob("*") if f.is_file() and not f.is_relative_to(
        marked_ledger.data / "postgres")]  # fmt: skip
    assert any(f.name == "service.log" for f in files)
    for file in files:
        _clean(file.read_bytes(), file)


def _value(client: Any, key: bytes) -> Any:
    match client.type(key):
        case b"list":
            return client.lrange(key, 0, -1)
        case b"hash":
            return client.hgetall(key)
        case b"set":
            return client.smembers(key)
        case b"zset":
            return client.zrange(key, 0, -1)
        case b"stream":
            return client.xrange(key)
        case _:
            return client.get(key)


def test_what_machines_and_auditors_read_holds_no_sealed_value(marked_ledger: Ledger) -> None:
    http = marked_ledger.http
    events = http.get("/v1/events?limit=1000")
    assert len(events.json()["events"]) > len(STORY)
    _clean(events.content, "feed")
    _clean(http.get("/v1/events", headers={"Accept": "application/cloudevents-batch+json"}).content, "cloud")
    for event in events.json()["events"]:
        _clean(http.get(f"/v1/audit/events/{event['event_id']}").content, event["type"])
    for path in ("/v1/audit/streams/fund-q", "/v1/funds/q", "/v1/funds/q/movements", "/metrics",
                 "/v1/projections", f"/v1/persons/{LAN}/notes", "/v1/units/a/statistics/2017",
                 "/v1/audit/units/a?limit=1000", f"/v1/audit/actors/{LOCAL_ACTOR}?limit=1000",
                 f"/v1/audit/persons/{LAN}?limit=1000"):  # fmt: skip
        answer = http.get(path)
        assert answer.status_code == 200, (path, answer.text)
        _clean(answer.content, path)
    assert ASCII in http.get(f"/v1/persons/{LAN}/everything?purpose=contact").content, "it can be opened"


def test_no_refusal_echoes_a_sealed_value(marked_ledger: Ledger) -> None:
    http = marked_ledger.http
    for command in commands():
        for field in CATALOGUE[command["type"]].sealed:
            for wrong in _wrong(field):
                data = command["data"] | {field: wrong}
                sent = command | {"data": data, "command_id": str(uuid4())}
                answer = http.post("/v1/commands?", json=sent)
                assert answer.status_code == 400, (command["type"], wrong)
                _clean(answer.content, (command["type"], field, wrong))
        misspelt = command | {"data": command["data"] | {"remark_": MARK}, "command_id": str(uuid4())}
        _clean(http.post("/v1/commands", json=misspelt).content, command["type"])
    broken = as_ndjson(commands())[:-10]
    told = {"Content-Type": "application/x-ndjson"}
    other = broken.replace(ASCII, ASCII + b" changed")  # the same ids, other content
    _clean(http.post("/v1/commands/batch", content=other, headers=told).content, "reused ids")
    fresh = as_ndjson([c | {"command_id": str(uuid4())} for c in commands()])
    answer = http.post("/v1/commands/batch?dry_run=true", content=fresh, headers=told)
    assert answer.text.count('"status":409') > 10
    _clean(answer.content, "refused by rules")
    cut = as_ndjson(commands()[:1])[:-10]
    _clean(
        http.post("/v1/commands", content=cut, headers={"Content-Type": "application/json"}).content, "cut"
    )
    for file in (marked_ledger.data / "log").iterdir():
        _clean(file.read_bytes(), file)


def _wrong(field: str) -> list[Any]:
    if field == "details":
        return [MARK, [MARK], {"name": [MARK]}, {"nick": MARK}, {"birth_date": MARK}, {"name": MARK * 50},
                {"sex": MARK}, {"phone": MARK + "\x07"}]  # fmt: skip
    return [[MARK], {"x": MARK}, MARK * 500, MARK + "\x07", {MARK: 1}]


def test_a_backup_holds_no_sealed_value(marked_ledger: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    back_up(marked_ledger, folder)
    for file in folder.iterdir():
        _clean(file.read_bytes(), file)
    dumps = list(folder.glob("*.dump"))  # compressed: they are read as pg_restore does
    assert {file.name for file in dumps} >= {LOG, KEYS}
    for file in dumps:
        words = [postgres_programs() / "pg_restore", "-f", "-", file]
        _clean(subprocess.run(words, capture_output=True, check=True).stdout, file)


def test_an_audit_bundle_holds_no_sealed_value(marked_ledger: Ledger, tmp_path: Path) -> None:
    bundle(tmp_path / "bundle", marked_ledger.data)
    files = [file for file in (tmp_path / "bundle").rglob("*") if file.is_file()]
    assert len(files) > 3
    for file in files:
        _clean(file.read_bytes(), file)
