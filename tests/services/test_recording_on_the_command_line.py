"""`khuyenhoc record FILE`: a second run records nothing twice, and no request is larger than is taken."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.addresses import Addresses
from services.cli import record as recording
from services.cli.ledger import Ledger

COUNTED = '"type":"MembersCounted","occurred_on":"2018-01-01","data":{"unit_id":"xa","members":%d,"note":%s}'


@pytest.fixture
def ledger(granian: str, addresses: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setattr(recording, "await_read_models", lambda *_: None)  # nobody folds here
    return Ledger(granian, addresses, tmp_path)


def record(ledger: Ledger, file: Path, *lines: str) -> list[Any]:
    """The result of each line."""
    file.write_text("\n".join(lines))
    out = io.StringIO()
    recording.record_file(ledger, file, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_second_run_records_nothing_twice(ledger: Ledger, tmp_path: Path) -> None:
    """However a line says that it has no id."""
    lines = (
        '{"type":"UnitEstablished","occurred_on":"2000-01-01",'
        '"data":{"unit_id":"xa","name":"Xã","level":"commune"}}',
        '{"command_id":null,%s}' % (COUNTED % (1, "null")),
        '{%s, "command_id" : null}' % (COUNTED % (2, '"command_id"')),
        "{%s}" % (COUNTED % (3, r'"\"command_id\":null"')),
        '{"command_id":"0192f0c1-0000-7000-8000-000000000001",%s}' % (COUNTED % (4, "null")),
    )
    first, again = (record(ledger, tmp_path / "lines", *lines) for _ in range(2))
    assert [one["status"] for one in first] == [201] * 5, first
    assert [one | {"status": 201} for one in again] == first
    assert {one["status"] for one in again} == {200}
    assert first[-1]["command_id"] == "0192f0c1-0000-7000-8000-000000000001"


def test_what_is_no_command_is_refused_as_it_is(ledger: Ledger, tmp_path: Path) -> None:
    twice = '{"command_id":null,%s,"command_id":null}' % (COUNTED % (1, "null"))
    nested = '{%s,"metadata":{"command_id":null}}' % (COUNTED % (1, "null"))
    results = record(ledger, tmp_path / "lines", twice, "{}", "[1]", "{", nested)
    codes = [{error["code"] for error in one["errors"]} for one in results]
    assert codes == [
        {"duplicate-member"}, {"missing-field"}, {"wrong-type"}, {"malformed-json"}, {"unknown-field"}
    ]  # fmt: skip


def test_long_lines_go_in_several_requests(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "CHUNK_BYTES", 250_000)
    sizes = list[int]()
    ledger.http.event_hooks["request"] = [lambda r: sizes.append(int(r.headers["content-length"]))]
    lines = [json.dumps({"type": "x" * 100_000}), "{}", *["[%s]" % ("1" * 120_000)] * 3]
    assert [one["line"] for one in record(ledger, tmp_path / "lines", *lines)] == [1, 2, 3, 4, 5]
    assert len(sizes) == 2
    assert max(sizes) <= 250_000
