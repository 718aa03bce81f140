"""`khuyenhoc export csv|jsonstat|datapackage`: what the service answers, written whole or not at all."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import exports
from services.cli.ledger import Ledger, RefusedError
from services.cli.main import app
from tests.services.conftest import serving
from tests.services.exports.conftest import Office


@pytest.fixture(scope="module")
def served(office: Office) -> Iterator[Ledger]:
    """The same ledger in a process of its own."""
    with serving(office.addresses, office.folder) as url:
        yield Ledger(url, office.addresses, office.folder)


async def run(served: Ledger, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    @contextmanager
    def joined(data: Path | None) -> Iterator[Ledger]:
        yield served

    monkeypatch.setattr(exports, "open_ledger", joined)
    return await asyncio.to_thread(CliRunner().invoke, app, ["export", *words])


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_files_are_what_the_service_answers(
    office: Office, served: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = ("--unit", "d", "--years", "2018-2019", "--as-known", str(office.head))
    asked = {"unit_id": "d", "from_year": 2018, "to_year": 2019, "as_known": office.head}
    out = tmp_path / "figures.csv"
    done = await run(served, monkeypatch, "csv", *known, "--bom", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == (await office.export(**asked, format="csv", bom="true")).content
    done = await run(served, monkeypatch, "jsonstat", *known, "--depth", "children")
    assert done.stdout_bytes == (await office.export(**asked, format="jsonstat", depth="children")).content
    out = tmp_path / "figures.zip"
    done = await run(served, monkeypatch, "datapackage", *known, "--out", str(out))
    assert out.read_bytes() == (await office.export(**asked, format="datapackage")).content


async def test_a_package_as_a_folder(
    office: Office, served: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("datapackage", "--unit", "a", "--years", "2018", "--out", str(tmp_path / "package"))
    done = await run(served, monkeypatch, *words, "--as-known", str(office.head), "--licence", "CC0-1.0")
    assert done.exit_code == 0, done.output
    described = json.loads((tmp_path / "package" / "datapackage.json").read_text())
    assert files_in(tmp_path / "package") == {
        "datapackage.json",
        *(resource["path"] for resource in described["resources"]),
    }
    assert described["licenses"] == [{"name": "CC0-1.0"}]
    again = await run(served, monkeypatch, *words)
    assert isinstance(again.exception, RefusedError)


async def test_what_is_refused_leaves_no_file(
    served: Ledger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "none.csv"
    done = await run(served, monkeypatch, "csv", "--unit", "nowhere", "--years", "2018", "--out", str(out))
    assert isinstance(done.exception, RefusedError)
    assert files_in(tmp_path) == set()
    for years in ("18", "2019-2018", "2018-"):
        done = await run(served, monkeypatch, "csv", "--unit", "a", "--years", years)
        assert done.exit_code == 2


async def test_the_mark_goes_with_csv_only(served: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["statistics", "a", "2018", "--bom"])
    assert done.exit_code == 2
