"""`khuyenhoc preview FILE` and `khuyenhoc rebuild [--accept|--back|--drop-old]`, as typed."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from typer.testing import CliRunner

from deploy.addresses import DATA_VARIABLE, Addresses
from services.cli.ledger import Ledger, RefusedError
from services.cli.main import app
from services.cli.projections import rebuild_outdated
from tests.databases import Databases
from tests.services.conftest import bearer, serving
from workers import projector
from workers.projections import PROJECTIONS

P, A, B = "p", "a", "b"


def said(type_: str, on: str, **data: Any) -> dict[str, Any]:
    return {"type": type_, "occurred_on": on, "data": data}


RECORDED = [
    said("UnitEstablished", "2010-01-01", unit_id=P, name="Tỉnh", level="province"),
    said("UnitEstablished", "2010-01-01", unit_id=A, name="Xã a", level="commune", parent_id=P),
    said("UnitEstablished", "2010-01-01", unit_id=B, name="Xã b", level="commune", parent_id=P),
    said("MembersCounted", "2020-06-01", unit_id=A, members=30),
    said("MembersCounted", "2020-06-01", unit_id=B, members=100),
]
MERGER = said("UnitMerged", "2022-01-01", unit_id=A, into_unit_id=B)


@pytest.fixture(scope="module")
async def ledger(
    databases: Databases, migrated: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Ledger]:
    """A served ledger of a province with two communes, all of it folded."""
    addresses, folder = await databases.create(migrated), tmp_path_factory.mktemp("served")
    with serving(addresses, folder) as url:
        ledger = Ledger(url, addresses, folder)
        ledger.http.headers.update(bearer(folder))
        for command in RECORDED:
            assert ledger.http.post("/v1/commands", json=command).status_code == 201
        async with asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=2) as pool:
            for projection in PROJECTIONS.values():
                await projector.advance(pool, projection)
        yield ledger
    await databases.drop(addresses)


@pytest.fixture(autouse=True)
def environment(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line is told where that ledger is, as on many hosts."""
    names = ("database_url", "worker_url", "owner_url", "redis_url")
    told = ledger.addresses.environment(*names) | {"KHUYENHOC_URL": ledger.url}
    for name, value in (told | {DATA_VARIABLE: str(ledger.data)}).items():
        monkeypatch.setenv(name, value)


async def khuyenhoc(*words: str | Path) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, [str(word) for word in words])


async def done(*words: str | Path) -> str:
    """What a command said that must succeed."""
    result = await khuyenhoc(*words)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.output)


async def refused(*words: str | Path) -> str:
    """Why a command was refused."""
    result = await khuyenhoc(*words)
    assert isinstance(result.exception, RefusedError), (result.output, result.exception)
    return str(result.exception)


def head(ledger: Ledger) -> int:
    return int(ledger.get("/v1/projections")["projections"][0]["head"])


async def test_a_preview_is_told_and_records_nothing(ledger: Ledger, tmp_path: Path) -> None:
    before, file = head(ledger), tmp_path / "merger.ndjson"
    file.write_bytes(msgspec.json.encode(MERGER) + b"\n")
    told = await done("preview", file, "--from", "2020", "--to", "2021")
    assert "Xã a kết thúc ngày 01/01/2022: nhập vào Xã b" in told
    assert "Chưa ghi gì vào sổ" in told
    result = await khuyenhoc("preview", file, "--from", "2020", "--to", "2021", "--json")
    found = json.loads(result.stdout)
    assert [ending["unit_id"] for ending in found["ends"]] == [A]
    assert found["years"] == [2020, 2021]
    (into,) = [unit for unit in found["units"] if unit["unit_id"] == B]
    (members,) = [one for one in into["series"] if one["indicator"] == "member.total"]
    assert members["before"] == [100, 100]
    assert members["after"] == [130, 130]

    file.write_bytes(msgspec.json.encode(said("UnitMerged", "2022-01-01", unit_id=A, into_unit_id="nowhere")))
    assert "nowhere" in await refused("preview", file)
    assert (await khuyenhoc("preview", tmp_path / "missing.ndjson")).exit_code == 2
    assert (await khuyenhoc("preview", file, "--from", "1")).exit_code == 2
    assert head(ledger) == before


async def test_a_rebuild_that_differs_is_accepted_undone_and_its_predecessor_dropped(
    ledger: Ledger, databases: Databases
) -> None:
    assert f"units: dựng lại đến vị trí {head(ledger)}, đã chuyển" in await done("rebuild", "units")
    superuser = await asyncpg.connect(databases.superuser_url(ledger.addresses))
    try:
        await superuser.execute("UPDATE read_units.unit_name SET name = 'Xã khác' WHERE unit_id = 'a'")
        assert "--accept" in await refused("rebuild", "units")
        name = "SELECT name FROM read_units.unit_name WHERE unit_id = 'a'"
        assert await superuser.fetchval(name) == "Xã khác"
        told = await done("rebuild", "units", "--accept")
        assert "đã chuyển" in told
        assert await superuser.fetchval(name) == "Xã a"
        assert "units: đã quay lại bản trước" in await done("rebuild", "units", "--back")
        assert await superuser.fetchval(name) == "Xã khác"
        await done("rebuild", "units", "--back")
        assert await superuser.fetchval(name) == "Xã a"
        assert "units: đã bỏ bản trước." in await done("rebuild", "--drop-old")
    finally:
        await superuser.close()
    assert "không có bản trước nào được giữ" in await refused("rebuild", "units", "--back")
    assert "Hãy nêu tên" in await refused("rebuild", "--back")
    assert "Không có bảng đọc nowhere" in await refused("rebuild", "nowhere")
    assert (await khuyenhoc("rebuild", "--accept", "--back")).exit_code == 2


async def test_models_of_an_older_definition_are_named_and_the_demo_rebuilds_its_own(
    ledger: Ledger, databases: Databases
) -> None:
    superuser = await asyncpg.connect(databases.superuser_url(ledger.addresses))
    try:
        await superuser.execute("UPDATE projections.projection SET version = 0 WHERE name = 'units'")
    finally:
        await superuser.close()
    told = " ".join((await done("projections")).split())
    assert f"khuyenhoc rebuild units --accept --data {ledger.data}" in told
    await asyncio.to_thread(rebuild_outdated, ledger)  # what `khuyenhoc demo` does before it records
    assert "--accept" not in await done("projections")
