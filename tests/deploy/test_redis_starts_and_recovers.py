"""The embedded Redis as root and as an ordinary user, on paths as people have them."""

import os
import stat
from pathlib import Path

import kombu.transport.redis  # noqa: F401 (found by name, at a moment when it can no longer be read)
import psutil
import pytest
import redis
from kombu.connection import Connection

from deploy.addresses import Addresses
from deploy.embedded import binaries
from deploy.embedded.processes import StartError
from deploy.embedded.redis import Redis
from tests.deploy.conftest import Person
from tests.deploy.test_postgres_is_private_and_durable import kill_and_wait


def addresses(server: Redis) -> Addresses:
    return Addresses(database_url="", worker_url="", owner_url="", redis_url=server.url)


@pytest.mark.parametrize("folder", ["dữ liệu khuyến học", "/".join(["một-thư-mục-rất-dài" * 3] * 4)])
def test_it_speaks_through_a_socket_that_only_its_owner_reaches(person: Person, folder: str) -> None:
    def story(data: Path) -> None:
        with Redis(data) as server:
            client = redis.Redis.from_url(server.url)
            assert client.ping()
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
            assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
            assert not psutil.Process(server.pid).net_connections("inet")
            with Connection(addresses(server).broker_url) as broker:  # type: ignore[no-untyped-call]
                queue = broker.SimpleQueue("lời nhắn")
                queue.put({"đến": 7})
                assert queue.get(timeout=5).payload == {"đến": 7}

    person.does(story, folder)


def test_a_start_meanwhile_joins_and_a_second_start_finds_what_was_kept(person: Person) -> None:
    def story(data: Path) -> None:
        with Redis(data) as server:
            redis.Redis.from_url(server.url).set("hint", 7)
            assert Redis(data).start().pid == server.pid
        assert not server.socket.exists()
        with Redis(data) as server:
            client = redis.Redis.from_url(server.url)
            assert client.get("hint") == b"7"
            client.flushall()
        with Redis(data) as server:
            assert redis.Redis.from_url(server.url).dbsize() == 0

    person.does(story)


def test_after_kill_9_and_with_a_stale_socket_it_starts(person: Person) -> None:
    def story(data: Path) -> None:
        with Redis(data) as server:
            kill_and_wait(server.pid)
            assert server.socket.exists()
            server.start()
            assert redis.Redis.from_url(server.url).ping()

    person.does(story)


def test_a_process_that_got_the_dead_servers_id_is_not_taken_for_it(person: Person) -> None:
    def story(data: Path) -> None:
        with Redis(data) as server:
            pass
        (data / "redis" / "redis.pid").write_text(str(os.getpid()))
        with Redis(data) as server:
            assert server.pid != os.getpid()
            assert redis.Redis.from_url(server.url).ping()

    person.does(story)


def test_without_the_wheel_the_installed_server_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda package: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartError, match="There is no redis-server"):
        binaries.redis_server()
    (tmp_path / "redis-server").touch(mode=0o755)
    assert binaries.redis_server() == tmp_path / "redis-server"
