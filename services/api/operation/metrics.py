"""Every metric of this service, each with its meaning and unit, in the text format of Prometheus (0.0.4).

They are of one process; a scraper adds up. Counting must cost next to nothing, so this is all there is to it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

from workers.sealing.status import SealingStatus


class Counter:
    """Counts things by one label; only ever grows."""

    def __init__(self, name: str, meaning: str, label: str) -> None:
        self.name, self.meaning, self.label = name, meaning, label
        self._counts: dict[str, int] = {}

    def add(self, value: str, count: int = 1) -> None:
        self._counts[value] = self._counts.get(value, 0) + count

    def lines(self) -> Iterator[str]:
        yield from _head(self.name, "counter", self.meaning)
        for value, count in sorted(self._counts.items()):
            yield f'{self.name}{{{self.label}="{value}"}} {count}'


class Histogram:
    """How long things took, in seconds."""

    BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

    def __init__(self, name: str, meaning: str) -> None:
        self.name, self.meaning = name, meaning
        self._counts = [0] * (len(self.BOUNDS) + 1)
        self._sum = 0.0

    def took(self, seconds: float) -> None:
        self._counts[bisect_left(self.BOUNDS, seconds)] += 1
        self._sum += seconds

    def lines(self) -> Iterator[str]:
        yield from _head(self.name, "histogram", self.meaning)
        total = 0
        for bound, count in zip((*self.BOUNDS, "+Inf"), self._counts, strict=True):
            total += count
            yield f'{self.name}_bucket{{le="{bound}"}} {total}'
        yield f"{self.name}_sum {self._sum:.6f}"
        yield f"{self.name}_count {total}"


class Gauge:
    """A value as it is when asked."""

    def __init__(self, name: str, meaning: str, label: str | None = None) -> None:
        self.name, self.meaning, self.label = name, meaning, label

    def lines(self, values: Iterable[tuple[str, float]]) -> Iterator[str]:
        """`values`: by label; of a gauge without one, a single value with any."""
        yield from _head(self.name, "gauge", self.meaning)
        for label, value in values:
            yield f'{self.name}{{{self.label}="{label}"}} {value}' if self.label else f"{self.name} {value}"


class Metrics:
    """All of them. A new one is a line here."""

    def __init__(self) -> None:
        self.commands = Counter(
            "khuyenhoc_commands_total",
            "Commands answered, by HTTP status: 201 recorded, 200 again, 409 refused, 400 malformed",
            "status",
        )
        self.requests = Counter("khuyenhoc_requests_total", "HTTP requests answered, by status", "status")
        self.seconds = Histogram(
            "khuyenhoc_request_seconds", "Seconds from a request's headers to the end of its answer"
        )
        self.position = Gauge("khuyenhoc_log_position", "Last position of the log, in events")
        self.signed = Gauge("khuyenhoc_log_signed_position", "Last position that is signed, in events")
        self.refuses = Gauge(
            "khuyenhoc_sealing_refuses", "1 while the sealer refuses to sign; proof.sealing says why"
        )
        self.lag = Gauge(
            "khuyenhoc_projection_lag_events", "Events a read model has not folded yet", "projection"
        )
        self.parked = Gauge(
            "khuyenhoc_projection_parked_streams", "Streams a read model leaves out", "projection"
        )

    def text(self, position: int, projections: Iterable[Any], sealing: SealingStatus | None = None) -> bytes:
        """As Prometheus scrapes them. `projections`: `workers.status.ProjectionStatus` of each."""
        models = list(projections)
        lines = [
            *self.commands.lines(),
            *self.requests.lines(),
            *self.seconds.lines(),
            *self.position.lines([("", position)]),
            *self.signed.lines([("", sealing.signed)] if sealing else []),
            *self.refuses.lines([("", int(sealing.trouble is not None))] if sealing else []),
            *self.lag.lines((p.name, p.lag) for p in models),
            *self.parked.lines((p.name, p.parked) for p in models),
        ]
        return ("\n".join(lines) + "\n").encode()


METRICS = Metrics()
"""Those of this process."""


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
