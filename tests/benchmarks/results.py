"""What a benchmark works on and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from deploy.addresses import Addresses


@dataclass(frozen=True)
class Ground:
    """A fresh, migrated ledger, a folder to write in, and about how many events to record."""

    addresses: Addresses
    folder: Path
    events: int
    server: int = 0
    """Process id of its PostgreSQL."""


@dataclass(frozen=True)
class Result:
    """A rate (larger is better), and its ratio to something real in the same run.

    `at_least` is asked of the ratio; of the rate where there is none. Latencies in milliseconds, memory in
    megabytes: the highest seen, of the processes that do what is measured.
    """

    name: str
    rate: float | None
    unit: str = "events/s"
    ratio: float | None = None
    beside: str = ""
    at_least: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    memory_mb: float | None = None
    bytes_per_event: float | None = None
    note: str = ""
    benchmark: str = ""
    """Whose result it is."""
    events: int = 0
    """About how many it was measured with."""
    measured_on: str = ""

    broke_off: bool = False
    """The whole benchmark did."""

    @property
    def met(self) -> bool | None:
        """Whether it is what was asked for; None where nothing was, or nothing could be measured."""
        found = self.rate if self.ratio is None else self.ratio
        return None if found is None or self.at_least is None else found >= self.at_least


def not_measured(name: str, why: str) -> Result:
    """A row that says so, instead of a figure."""
    return Result(name, None, note=f"not measured: {why}")


@dataclass(frozen=True)
class Latency:
    """Percentiles of a latency, in milliseconds."""

    p50_ms: float
    p95_ms: float
    p99_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency":
        ranked = sorted(seconds)

        def at(percent: int) -> float:
            return ranked[min(len(ranked) - 1, len(ranked) * percent // 100)] * 1000

        return cls(at(50), at(95), at(99))


def middle(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """(our middle rate, middle ratio of ours to theirs), each pair measured one right after the other: the
    machine may be slow for a while, and is then slow for both."""
    return median(ours), median(a / b for a, b in zip(ours, theirs, strict=True))
