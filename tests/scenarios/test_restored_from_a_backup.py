"""A ledger with persons in it, backed up, one of them erased, restored elsewhere with the older keys."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.addresses import VARIABLES
from deploy.embedded.places import forget
from services.cli.ledger import ledger_of, start
from services.cli.record import await_read_models

LAN, HOA = "0192f0c1-0000-7000-8000-0000000000a1", "0192f0c1-0000-7000-8000-0000000000a2"
UNIT = "tinh-nho"


def _khuyenhoc(*words: str | Path) -> str:
    """The command as a user runs it."""
    env = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    done = subprocess.run(
        [sys.executable, "-m", "services.cli.main", *words],
        env=env,
        capture_output=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


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


def test_figures_are_the_same_and_the_erased_stay_erased(workplace: Path) -> None:
    old, new, before, after = (workplace / f"restore-{n}" for n in ("old", "new", "before", "after"))
    with start(old, own=True) as stack:
        ledger = ledger_of(stack)
        _history(ledger)
        _khuyenhoc("backup", "--out", before, "--data", old)
        erasure = {"person_id": LAN, "ground": "request"}
        answer = ledger.http.post(
            "/v1/commands", json={"type": "PersonErased", "occurred_on": "2017-06-01", "data": erasure}
        )
        assert answer.status_code == 201, answer.text
        await_read_models(ledger, answer.json()["position"])
        figures = ledger.get(f"/v1/units/{UNIT}/statistics/2017")
        _khuyenhoc("backup", "--out", after, "--data", old)
    older_keys = before / "keys.dump"
    _khuyenhoc("restore", after, "--data", new, "--secrets", old / "secrets", "--keys", older_keys)
    with start(new, own=True) as stack:
        ledger = ledger_of(stack)
        assert ledger.get(f"/v1/units/{UNIT}/statistics/2017") == figures
        for person, erased in ((LAN, True), (HOA, False)):
            first, *_ = ledger.get(f"/v1/audit/streams/person-{person}")["events"]
            assert first["sealed"][0]["erased"] is erased
    forget(old)
    forget(new)
