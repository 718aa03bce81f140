"""Many commands in one request: an answer for each line, in order; whole lines or nothing of a line."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from services.api.commands import batch as batch_module
from tests.services.conftest import Service, bearer


def line(number: int, **more: Any) -> bytes:
    """A chapter of the city, as a line of a file."""
    chapter = {"unit_id": f"chi-hoi-{number}", "name": f"Chi hội {number}", "level": "chapter"}
    data = chapter | {"parent_id": "bac-kan-city"} | more
    return msgspec.json.encode({"type": "UnitEstablished", "occurred_on": "2010-01-01", "data": data}) + b"\n"


def told(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [msgspec.json.decode(one) for one in answer.content.splitlines()]


async def test_one_bad_line_in_the_middle_leaves_the_others_recorded(service: Service) -> None:
    body = line(1) + line(2, level="village") + b"\n  \r\n" + line(3) + b"{oops\n" + line(1) + line(4)
    results = told(await service.batch(body))
    assert [(r["line"], r["status"]) for r in results] == [
        (1, 201), (2, 400), (5, 201), (6, 400), (7, 409), (8, 201)
    ]  # fmt: skip
    assert results[1]["errors"][0]["pointer"] == "/data/level"
    assert results[3]["errors"][0]["code"] == "malformed-json"
    assert [r["position"] for r in results if r["status"] == 201] == [3, 4, 5]
    assert await service.positions() == 5


async def test_a_last_line_without_a_line_break_is_a_line(service: Service) -> None:
    assert [r["status"] for r in told(await service.batch(line(1) + line(2).rstrip()))] == [201, 201]
    assert told(await service.batch(b"")) == []


async def test_sent_again_nothing_is_recorded_twice(service: Service) -> None:
    lines = [msgspec.json.decode(line(n)) | {"command_id": str(uuid4())} for n in range(50)]
    body = b"\n".join(msgspec.json.encode(one) for one in lines)
    first, again = told(await service.batch(body)), told(await service.batch(body))
    assert {r["status"] for r in first} == {201}
    assert {r["status"] for r in again} == {200}
    assert [r | {"status": 200} for r in first] == again
    assert [r["command_id"] for r in again] == [one["command_id"] for one in lines]
    assert await service.positions() == 52


async def test_an_atomic_batch_is_recorded_whole(service: Service) -> None:
    answer = await service.batch(line(1) + line(2), "?atomic=true")
    assert [r["status"] for r in told(answer)] == [201, 201]
    assert answer.headers["ledger-position"] == "4"


async def test_an_atomic_batch_with_a_refused_line_records_nothing(service: Service) -> None:
    answer = await service.batch(line(1) + line(2, parent_id="nowhere") + line(3), "?atomic=true")
    assert (answer.status_code, answer.json()["code"]) == (409, "batch-refused")
    assert [(e["line"], e["code"]) for e in answer.json()["errors"]] == [(2, "unknown-unit")]
    assert await service.positions() == 2


async def test_an_atomic_batch_with_a_malformed_line_records_nothing(service: Service) -> None:
    answer = await service.batch(line(1) + line(2, level="village"), "?atomic=true")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert [(e["line"], e["pointer"]) for e in answer.json()["errors"]] == [(2, "/data/level")]
    assert await service.positions() == 2


async def test_a_dry_run_decides_and_records_nothing(service: Service) -> None:
    body = line(1) + line(1) + line(2, parent_id="chi-hoi-1") + line(3, level="village")
    results = told(await service.batch(body, "?dry_run=true"))
    assert [r["status"] for r in results][:2] == [200, 409]
    assert results[0]["stream"] == "unit-chi-hoi-1"
    assert results[3]["status"] == 400
    assert await service.positions() == 2


async def test_a_line_too_long_is_refused_alone(service: Service) -> None:
    results = told(await service.batch(line(1) + line(2, name="a" * 200_000) + line(3)))
    assert [(r["line"], r["status"]) for r in results] == [(1, 201), (2, 400), (3, 201)]
    assert results[1]["errors"][0]["code"] == "body-too-large"


async def test_a_line_nested_too_deeply_is_refused_alone(service: Service) -> None:
    deep = b"".join(
        b'{"type":"\\u00e9","data":' + b"[" * depth + b"]" * depth + b"}\n" for depth in range(900, 1_000, 5)
    )
    results = told(await service.batch(line(1) + deep + line(2)))
    assert [r["status"] for r in results] == [201, *[400] * 20, 201]
    assert {r["errors"][0]["code"] for r in results[1:-1]} == {"nested-too-deep"}


async def test_too_many_lines(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_module, "MOST_LINES", 30)
    monkeypatch.setattr(batch_module, "MOST_LINES_AT_ONCE", 20)
    body = b"".join(line(n) for n in range(40))
    results = told(await service.batch(body))
    assert [r["status"] for r in results] == [201] * 30 + [413]
    assert (results[-1]["line"], results[-1]["code"]) == (31, "batch-too-long")
    assert await service.positions() == 32
    answer = await service.batch(b"".join(line(n) for n in range(100, 140)), "?atomic=true")
    assert (answer.status_code, answer.json()["code"]) == (413, "batch-too-long")
    assert await service.positions() == 32


async def test_other_content_and_other_parameters(service: Service) -> None:
    answer = await service.client.post(
        "/v1/commands/batch", content=line(1), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 415
    answer = await service.batch(line(1), "?atomic=perhaps")
    assert answer.json()["errors"][0]["pointer"] == "/query/atomic"
    for path in ("/v1/commands/batch?atomc=true", "/v1/commands?dry_run=true"):
        answer = await service.client.post(
            path, content=line(1), headers={"Content-Type": "application/x-ndjson"}
        )
        assert answer.json()["errors"][0]["code"] == "unknown-parameter"
    assert await service.positions() == 2


@pytest.mark.parametrize("chunked", [True, False])
async def test_cut_off_half_way_by_the_client(granian: str, tmp_path: Path, chunked: bool) -> None:
    """The lines that came whole are recorded, the unfinished one is not, and the service goes on."""
    url = httpx.URL(granian)
    root = {"unit_id": "bac-kan-city", "name": "Thành phố", "level": "district"}
    start = (
        msgspec.json.encode({"type": "UnitEstablished", "occurred_on": "2000-01-01", "data": root}) + b"\n"
    )
    sent = start + b"".join(line(n) for n in range(1_700)) + line(1_700).rstrip()
    head = b"POST /v1/commands/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    head += f"Authorization: {bearer(tmp_path)['Authorization']}\r\n".encode()
    _, writer = await asyncio.open_connection(url.host, url.port)
    if chunked:
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(sent) + sent + b"\r\n")
    else:
        writer.write(head + b"Content-Length: %d\r\n\r\n" % (len(sent) + 1_000) + sent)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with httpx.AsyncClient(base_url=granian, headers=bearer(tmp_path)) as client:
        for _ in range(200):
            health = await client.get("/health")
            if health.json()["position"] >= 1_703:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        assert (await client.get("/health")).json()["position"] == 1_703
        answer = await client.post(
            "/v1/commands/batch",
            content=line(1_700),
            headers={"Content-Type": "application/x-ndjson"},
        )
        assert [r["status"] for r in told(answer)] == [201]


async def test_too_large_is_said_before_all_has_come(granian: str, tmp_path: Path) -> None:
    async with httpx.AsyncClient(base_url=granian, headers=bearer(tmp_path), timeout=30) as client:
        for path, kind, size in (
            ("/v1/commands", "application/json", 10_000_000),
            ("/v1/commands/batch", "application/x-ndjson", 70 * 1024 * 1024),
        ):
            answer = await client.post(path, content=b"a" * size, headers={"Content-Type": kind})
            assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
        assert (await client.get("/health")).json()["position"] == 2


async def test_a_large_batch_over_the_wire(granian: str, tmp_path: Path) -> None:
    root = {"unit_id": "bac-kan-city", "name": "Thành phố", "level": "district"}
    start = (
        msgspec.json.encode({"type": "UnitEstablished", "occurred_on": "2000-01-01", "data": root}) + b"\n"
    )
    async with httpx.AsyncClient(base_url=granian, headers=bearer(tmp_path), timeout=60) as client:
        answer = await client.post(
            "/v1/commands/batch",
            content=start + b"".join(line(n) for n in range(5_000)),
            headers={"Content-Type": "application/x-ndjson"},
        )
    results = told(answer)
    assert [r["line"] for r in results] == list(range(1, 5_002))
    assert [r["position"] for r in results] == list(range(3, 5_004))
