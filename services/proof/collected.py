"""What is noted while the entries pass by once: what the log says of itself, of its figures and tables."""

import csv
import io
from uuid import UUID

import msgspec

from events.catalogue.log import LogKeyAdded, LogStarted
from events.catalogue.sources import FigurePublished
from events.log.entry import Entry, data_of

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
        self.last: Entry | None = None
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
        elif name == "RecordWithdrawn":
            self._figures.pop(msgspec.json.decode(entry.data, type=_Withdrawn).event_id, None)
        elif name in ("LogKeyAdded", "LogStarted"):
            data = data_of(entry)
            if isinstance(data, LogKeyAdded):
                self.vkeys.append(data.vkey)
            elif isinstance(data, LogStarted):
                self.origin = data.origin

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
