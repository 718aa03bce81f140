"""A hint after a commit costs nothing, is shared by commits close together, and its absence harms nobody."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.addresses import Addresses
from tests.workers.given import until
from workers import hints as module
from workers.celery_app import broker_url
from workers.hints import Hints, taken_up


def waiting(redis_url: str) -> int:
    with redis.Redis.from_url(redis_url) as broker:
        found: Any = broker.llen("khuyenhoc")
        return int(found)


async def sent(ledger: Addresses, messages: int) -> None:
    async def are_there() -> bool:
        return waiting(ledger.redis_url) == messages

    await until(are_there)


async def test_many_commits_share_one_hint_until_a_worker_takes_it_up(
    ledger: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIFETIME_MS", 60_000)
    hints = Hints(ledger.redis_url, ["tally"])
    for position in range(1, 1001):
        hints.after_commit(position)
    await sent(ledger, 1)

    hints.after_commit(1001)
    await asyncio.sleep(0.15)
    assert waiting(ledger.redis_url) == 1  # the one under way will see 1001 too

    with redis.Redis.from_url(ledger.redis_url) as broker:
        taken_up(broker, "tally")
    hints.after_commit(1002)
    await sent(ledger, 2)
    await hints.close()


async def test_two_processes_share_it_too(ledger: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIFETIME_MS", 60_000)
    one, other = Hints(ledger.redis_url, ["tally"]), Hints(ledger.redis_url, ["tally"])
    one.after_commit(1)
    await sent(ledger, 1)
    other.after_commit(2)
    await asyncio.sleep(0.15)
    assert waiting(ledger.redis_url) == 1
    await one.close()
    await other.close()


async def test_the_last_commit_before_closing_is_hinted(ledger: Addresses) -> None:
    hints = Hints(ledger.redis_url, ["tally"])
    hints.after_commit(1)
    await hints.close()
    assert waiting(ledger.redis_url) == 1


async def test_a_hint_nobody_took_up_does_not_hold_others_back_for_long(
    ledger: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIFETIME_MS", 100)
    hints = Hints(ledger.redis_url, ["tally"])
    hints.after_commit(1)
    await sent(ledger, 1)
    await asyncio.sleep(0.15)
    hints.after_commit(2)
    await sent(ledger, 2)
    await hints.close()


async def test_without_redis_a_commit_feels_nothing_and_the_log_says_so_once(
    workplace: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.02)
    hints = Hints(f"unix://{workplace}/nobody-here.sock", ["tally"])
    started = time.perf_counter()
    for position in range(10_000):
        hints.after_commit(position)
    assert time.perf_counter() - started < 0.5

    async def said() -> bool:
        return bool(caplog.records)

    await until(said)
    await asyncio.sleep(0.1)  # several attempts
    assert [r.name for r in caplog.records if r.levelname == "WARNING"] == ["workers.hints"]
    await hints.close()


async def test_hints_come_back_with_redis(ledger: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY", 0.02)
    hints = Hints(ledger.redis_url, ["tally"])
    reach = hints._redis.set
    monkeypatch.setattr(hints._redis, "set", _away)
    hints.after_commit(1)
    await asyncio.sleep(0.1)
    assert waiting(ledger.redis_url) == 0
    monkeypatch.setattr(hints._redis, "set", reach)
    await sent(ledger, 1)
    await hints.close()


def _away(*_: object, **__: object) -> None:
    raise redis.ConnectionError("away")


def test_broker_urls() -> None:
    assert broker_url("redis://host:6379/2") == "redis://host:6379/2"
    assert broker_url("rediss://:secret@host/0") == "rediss://:secret@host/0"
    assert broker_url("unix:///run/redis.sock") == "redis+socket:///run/redis.sock"
    assert broker_url("unix:///run/redis.sock?db=3") == "redis+socket:///run/redis.sock?virtual_host=3"
