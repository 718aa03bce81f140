"""What a benchmark works on and what it says."""

from dataclasses import dataclass
from pathlib import Path

from deploy.addresses import Addresses


@dataclass(frozen=True)
class Ground:
    """A fresh, migrated ledger, a folder to write in, and how many events to append."""

    addresses: Addresses
    folder: Path
    events: int


@dataclass(frozen=True)
class Result:
    """A rate (larger is better), and its ratio to something real in the same run."""

    name: str
    rate: float
    unit: str = "events/s"
    ratio: float | None = None
    beside: str = ""
    at_least: float | None = None
