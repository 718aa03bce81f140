"""A ledger with persons in it, backed up, one of them erased, backed up again; then restored elsewhere."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from deploy.addresses import VARIABLES
from deploy.embedded.places import forget
from events.proof.checkpoints import parse_checkpoint
from events.proof.notes import parse_note
from services.cli.ledger import Ledger, ledger_of, start
from services.cli.record import await_read_models

LAN, HOA = "0192f0c1-0000-7000-8000-0000000000a1", "0192f0c1-0000-7000-8000-0000000000a2"
UNIT = "tinh-nho"
ORIGIN, NEW_ORIGIN = "so.tinh-nho.example", "so.tinh-nho.example/2"


def _run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    """A command as a user runs it."""
    env = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    env["KHUYENHOC_LANGUAGE"] = "en"
    program = [sys.executable, "-m", "services.cli.main", *words]
    return subprocess.run(program, env=env, capture_output=True, check=False, timeout=100, text=True)


def _khuyenhoc(*words: str | Path) -> str:
    done = _run(*words)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def _history(ledger: Any) -> int:
    told: list[tuple[str, dict[str, Any]]] = [
        ("UnitEstablished", {"unit_id": UNIT, "name": "Hội tỉnh", "level": "province"}),
        ("MembersCounted", {"unit_id": UNIT, "members": 123, "note": "Theo lời bà Hoa"}),
    ]
    told += [
        ("PersonRegistered", {"person_id": person, "kind": "adult", "details": {"name": "Lan"}})
        for person in (LAN, HOA)
    ]
    position = 0
    for kind, data in told:
        answer = ledger.http.post(
            "/v1/commands", json={"type": kind, "occurred_on": "2017-05-01", "data": data}
        )
        assert answer.status_code == 201, answer.text
        position = answer.json()["position"]
    await_read_models(ledger, position)
    return position


def _signed(ledger: Ledger, position: int) -> str:
    """Wait for the checkpoint of that many events at least; its note."""
    until = time.monotonic() + 20
    while True:
        answer = ledger.http.get("/log/checkpoint")
        if not answer.is_error and parse_checkpoint(parse_note(answer.content).text).size >= position:
            return answer.text
        assert time.monotonic() < until, answer.text
        time.sleep(0.1)


class Office(NamedTuple):
    """A ledger that has stopped, its backup before and after an erasure, and what it told last."""

    data: Path
    before: Path
    after: Path
    figures: Any
    last_note: str


@pytest.fixture(scope="module")
def office(workplace: Path) -> Iterator[Office]:
    data, before, after = (workplace / f"restore-{n}" for n in ("old", "before", "after"))
    with pytest.MonkeyPatch.context() as patch, start(data, own=True, new_origin=ORIGIN) as stack:
        patch.delenv("KHUYENHOC_TOKEN", raising=False)
        ledger = ledger_of(stack)
        _signed(ledger, _history(ledger))
        _khuyenhoc("backup", "--out", before, "--data", data)
        erasure = {"person_id": LAN, "ground": "request"}
        answer = ledger.http.post(
            "/v1/commands", json={"type": "PersonErased", "occurred_on": "2017-06-01", "data": erasure}
        )
        assert answer.status_code == 201, answer.text
        await_read_models(ledger, answer.json()["position"])
        figures = ledger.get(f"/v1/units/{UNIT}/statistics/2017")
        _khuyenhoc("backup", "--out", after, "--data", data)
        yield Office(data, before, after, figures, _signed(ledger, answer.json()["position"]))
    forget(data)


def _only_lan_is_erased(ledger: Ledger) -> None:
    for person, erased in ((LAN, True), (HOA, False)):
        first, *_ = ledger.get(f"/v1/audit/streams/person-{person}")["events"]
        assert first["sealed"][0]["erased"] is erased


def test_figures_are_the_same_and_the_erased_stay_erased(office: Office, workplace: Path) -> None:
    new = workplace / "restore-new"
    older_keys = office.before / "keys.dump"
    _khuyenhoc(
        "restore", office.after, "--data", new, "--secrets", office.data / "secrets", "--keys", older_keys
    )
    with start(new, own=True) as stack:
        ledger = ledger_of(stack)
        assert ledger.get(f"/v1/units/{UNIT}/statistics/2017") == office.figures
        _only_lan_is_erased(ledger)
    forget(new)


def test_an_older_backup_goes_on_under_a_new_origin_only(office: Office, workplace: Path) -> None:
    new, bundle = workplace / "restore-older", workplace / "restore-bundle"
    restore = ("restore", office.before, "--data", new, "--secrets", office.data / "secrets")
    refused = _run(*restore)
    assert refused.returncode == 1
    assert "(log-cut-off)" in refused.stderr
    assert not (new / "cluster").exists()
    assert not (new / "postgres").exists(), "nothing was restored"
    told = _run(*restore, "--new-origin", NEW_ORIGIN, "--erased", office.after / "erasures.ndjson")
    assert told.returncode == 0, told.stderr
    (vkey,) = [line for line in told.stderr.splitlines() if line.startswith(f"{NEW_ORIGIN}+")]
    with start(new, own=True) as stack:
        ledger = ledger_of(stack)
        _only_lan_is_erased(ledger)
        assert ledger.get(f"/v1/units/{UNIT}/statistics/2017")["indicators"] == office.figures["indicators"]
        counted = {"unit_id": UNIT, "members": 130}
        answer = ledger.http.post(
            "/v1/commands", json={"type": "MembersCounted", "occurred_on": "2018-05-01", "data": counted}
        )
        assert answer.status_code == 201, answer.text
        assert _signed(ledger, answer.json()["position"]).startswith(NEW_ORIGIN + "\n")
        token = (new / "secrets" / "cli.token").read_text().strip()
        by_address = _khuyenhoc(
            "verify", str(stack.service_url), "--key", vkey, "--no-tables", "--token", token
        )
        _khuyenhoc("export", "bundle", "--out", bundle, "--data", new)
    for said in (by_address, _khuyenhoc("verify", bundle, "--key", vkey, "--no-tables")):
        assert f"is named {NEW_ORIGIN}, before that {ORIGIN}, of which 1 signed entries were lost" in said
    names = [note.read_text().split("\n")[0] for note in sorted((bundle / "checkpoints").iterdir())]
    assert ORIGIN in names

    (bundle / "checkpoints" / "lost").write_text(office.last_note)
    found = _run("verify", bundle, "--key", vkey, "--no-tables")
    assert found.returncode == 1
    assert f"lost is of another log, {ORIGIN}" in found.stdout + found.stderr
    forget(new)
