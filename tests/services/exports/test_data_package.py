"""Data packages: a foreign program finds them valid, and finds out what was altered in them."""

import csv
import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from events.log.read import recorded_at
from tests.services.exports.conftest import Office
from tests.services.exports.story import FORMULA


def validated(folder: Path) -> tuple[int, Any]:
    """What `frictionless validate datapackage.json` says: its exit code and its report."""
    words = ["-m", "frictionless", "validate", "datapackage.json", "--json"]
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(params=["then", "now"])
async def package(office: Office, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    answer = await office.export(format="datapackage", tree=request.param, licence="CC-BY-4.0")
    assert answer.headers["content-type"] == "application/zip"
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    return tmp_path


async def test_frictionless_accepts_it(package: Path) -> None:
    code, report = validated(package)
    assert code == 0, report
    assert [task["name"] for task in report["tasks"]] == ["figures", "units", "codes", "indicators"]
    assert all(task["valid"] and task["stats"]["rows"] > 10 for task in report["tasks"][:2])


@pytest.mark.parametrize(
    ("file", "was", "now", "found"),
    [
        ("figures.csv", b"true", b"True", {"hash-count"}),
        ("figures.csv", b"member.total", b"member.totals", {"byte-count", "hash-count", "foreign-key"}),
        ("units.csv", b",district,", b",huyen,", {"byte-count", "hash-count", "constraint-error"}),
        ("codes.csv", b"058", b"059", {"hash-count"}),
    ],
)
async def test_it_refuses_an_altered_one(
    office: Office, tmp_path: Path, file: str, was: bytes, now: bytes, found: set[str]
) -> None:
    answer = await office.export(format="datapackage")
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    content = (tmp_path / file).read_bytes()
    assert was in content
    (tmp_path / file).write_bytes(content.replace(was, now, 1))
    code, report = validated(tmp_path)
    assert code == 1
    assert {error["type"] for task in report["tasks"] for error in task["errors"]} >= found


async def test_the_descriptor_says_where_it_is_from(office: Office, package: Path) -> None:
    descriptor = json.loads((package / "datapackage.json").read_text())
    assert descriptor["position"] == office.head
    assert descriptor["version"] == f"1.0.{office.head}"
    assert dt.datetime.fromisoformat(descriptor["created"]) == await recorded_at(office.reader, office.head)
    assert len(bytes.fromhex(descriptor["root"])) == 32
    assert descriptor["licenses"] == [{"name": "CC-BY-4.0"}]
    assert set(descriptor["trees"]) <= {str(year) for year in range(2017, 2022)}


async def test_no_licence_is_claimed_that_nobody_gave(office: Office) -> None:
    answer = await office.export("d", format="datapackage", depth="unit")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "licenses" not in json.loads(archive.read("datapackage.json"))


async def test_parents_are_in_the_table_and_names_are_those_of_the_day(package: Path) -> None:
    with (package / "units.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    there = {(row["tree"], row["unit_id"]) for row in rows}
    assert all((r["tree"], r["parent_id"]) in there for r in rows if r["parent_id"])
    names = {row["name"] for row in rows if row["unit_id"] == "c"}
    assert names <= {"Hội c", FORMULA}
