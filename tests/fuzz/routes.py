"""A service with a short history, and schemathesis on every route of its OpenAPI document."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import msgspec

from deploy.embedded.places import forget
from services.cli.ledger import ledger_of, start
from services.cli.record import await_read_models, record
from services.demo.commands import Command
from services.demo.history import history

HERE = Path(__file__).parent
MODELS = 200
"""Registrations, and evaluations, kept of the demo's 17,000; of all else, everything."""
UNIT = "bac-kan-2025"
FEW_RIGHTS = "integrator"
"""The role that sees least."""
CHECKS_OF_RIGHTS = "positive_data_acceptance"
"""A check that says little of a caller who may ask next to nothing."""


@dataclass(frozen=True)
class Fuzzed:
    """A running service, who asks it, and what is there to ask for."""

    url: str
    administrator: str
    little: str
    known: dict[str, list[str]]


@contextmanager
def service(data: Path) -> Iterator[Fuzzed]:
    """On a new directory, removed afterwards with all that was recorded."""
    try:
        with start(data, own=True) as stack:
            ledger = ledger_of(stack)
            lines = [(n, msgspec.json.encode(command)) for n, command in enumerate(short_history(), 1)]
            last = max(answer.get("position", 0) for answer in record(ledger, lines))
            await_read_models(ledger, last)
            wanted = {"name": "Máy", "role": FEW_RIGHTS, "unit_id": UNIT}
            made = ledger.http.post("/v1/tokens", json=wanted)
            assert made.status_code == 201, made.text
            bearer = str(ledger.http.headers["Authorization"]).removeprefix("Bearer ")
            yield Fuzzed(ledger.url, bearer, made.json()["token"], _known(ledger.http))
    finally:
        forget(data)


@cache
def short_history() -> tuple[Command, ...]:
    """The demo's, without most of its families."""
    kept, seen = [], Counter[str]()
    for command in history():
        seen[command["type"]] += 1
        if not command["type"].startswith("Model") or seen[command["type"]] <= MODELS:
            kept.append(command)
    return tuple(kept)


def fuzz(
    fuzzed: Fuzzed,
    token: str,
    seconds: int,
    *,
    examples: int,
    without: str | None = None,
    seed: int | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Every operation with every check, within that time. What it found is in `stdout`; 0: nothing."""
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    words += ["run", f"{fuzzed.url}/schema/openapi.json", "-H", f"Authorization: Bearer {token}"]
    words += ["--max-time", str(seconds), "--max-examples", str(examples)]
    if seed is not None:
        words += ["--seed", str(seed)]
    if without:
        words += ["--exclude-checks", without]
    environment = {**os.environ, "KHUYENHOC_FUZZ_KNOWN": msgspec.json.encode(fuzzed.known).decode()}
    return subprocess.run(
        words, cwd=HERE.parents[1], env=environment, capture_output=True, text=True, check=False
    )


def _known(http: httpx.Client) -> dict[str, list[str]]:
    """Path parameters that lead somewhere."""
    events = http.get("/v1/events", params={"limit": 300, "after": 100}).json()["events"]
    funds = [c["data"]["fund_id"] for c in short_history() if c["type"] == "DonationReceived"][:5]
    persons = [c["data"]["person_id"] for c in short_history() if c["type"] == "PersonRegistered"][:3]
    return {
        "unit_id": [UNIT, "bac-kan-city", "duc-xuan"],
        "fund_id": funds,
        "event_id": [event["event_id"] for event in events[::60]],
        "stream": [event["stream"] for event in events[::60]],
        "actor_id": [events[-1]["actor"]],
        "person_id": persons,
        "year": ["2016", "2017"],
        "indicator": ["member.total", "fund.raised", "model.family.rate"],
        "series": ["pt", "pc"],
        "program": ["hledger", "beancount"],
        "name": ["DonationReceived"],
        "code": ["malformed"],
    }
