"""What is noted while the entries pass by once: what the log says of itself, of its figures and tables."""

import csv
import datetime as dt
import io
from uuid import UUID

import msgspec

from events.catalogue.log import LogKeyAdded, LogRestarted, LogStarted
from events.catalogue.reports import StatisticsPublished
from events.catalogue.sources import FigurePublished
from events.log.entry import Entry, data_of
from events.vocabulary import day_of

COLUMNS = (
    "position", "source_id", "unit_id", "year", "indicator", "level", "measure", "value", "step", "qualifier",
    "printed",
)  # fmt: skip
_REPORTING = frozenset({"ReportSubmitted", "StatisticsPublished", "FigurePublished"})


class _OfYear(msgspec.Struct):
    unit_id: str
    year: int


class _Withdrawn(msgspec.Struct):
    event_id: UUID


class Collected:
    """Fed with every entry in order."""

    def __init__(self) -> None:
        self.origin: str | None = None
        self.vkeys: list[str] = []
        """Keys named under that origin."""
        self.former_vkeys: list[str] = []
        self.origins: list[tuple[int, LogStarted | LogRestarted]] = []
        """From which position on it bore which name."""
        self.last: Entry | None = None
        self.statistics: list[tuple[int, dt.date, StatisticsPublished]] = []
        """Tables that went out: where that is recorded, on which day."""
        self._reported: set[tuple[str, int]] = set()
        self._figures: dict[UUID, tuple[int, FigurePublished]] = {}

    def take(self, position: int, entry: Entry) -> None:
        """Raises what reading the data raises."""
        self.last = entry
        name = entry.type
        if name in _REPORTING:
            told = msgspec.json.decode(entry.data, type=_OfYear)
            self._reported.add((told.unit_id, told.year))
        if name == "FigurePublished":
            figure = data_of(entry)
            assert isinstance(figure, FigurePublished)
            self._figures[entry.event_id] = position, figure
        elif name == "StatisticsPublished":
            table = data_of(entry)
            assert isinstance(table, StatisticsPublished)
            self.statistics.append((position, day_of(entry.recorded_at), table))
        elif name == "RecordWithdrawn":
            self._figures.pop(msgspec.json.decode(entry.data, type=_Withdrawn).event_id, None)
        elif name in ("LogKeyAdded", "LogStarted", "LogRestarted"):
            data = data_of(entry)
            if isinstance(data, LogKeyAdded):
                self.vkeys.append(data.vkey)
            elif isinstance(data, (LogStarted, LogRestarted)):
                self.origin = data.origin
                self.origins.append((position, data))
                self.former_vkeys += self.vkeys
                self.vkeys = []

    def tables(self) -> list[tuple[str, int]]:
        """(unit, year) of everything that was reported, published or printed."""
        return sorted(self._reported)

    def published(self) -> str:
        """The figures printed and not withdrawn, as canonical CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for position, figure in self._figures.values():
            row = [getattr(figure, name) for name in COLUMNS[1:]]
            writer.writerow([position, *("" if value is None else str(value) for value in row)])
        return out.getvalue()
