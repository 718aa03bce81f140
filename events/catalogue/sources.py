"""What was printed about a unit, right or wrong: the ledger sets its own figure beside it."""

from decimal import Decimal

from events.book import Book, State, state_of
from events.catalogue.decimals import CENT, require_number
from events.catalogue.years import require_begun
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import FigureMeasure, Id, IndicatorName, Level, Qualifier, Text, Year

LARGEST = 10**16

PRINTED_TWICE = code(
    "figure-already-published",
    vi="Nguồn «{source}» đã có con số {indicator} năm {year} của «{unit}»: {printed}. Nếu ghi sai, hãy "
    "rút con số đó trước.",
    en="Source '{source}' already has {indicator} for {year} of '{unit}': {printed}. If that was "
    "wrong, withdraw it first.",
)


@state_of("source")
class SourceState(State):
    """The figures one source printed."""

    def printed(self, key: tuple[object, ...]) -> Fact | None:
        found = self.standing("FigurePublished")
        return next((f for f in found if isinstance(f.data, FigurePublished) and f.data.key() == key), None)

    def undo(self, fact: Fact, book: Book) -> Effect:
        return fact.effect.undone(fact.type, fact.event_id)


@event(
    "source-{source_id}",
    vi="Số liệu đã công bố",
    en="Figure published",
    example={
        "source_id": "article-2017",
        "unit_id": "bac-kan-city",
        "year": 2017,
        "indicator": "model.family.rate",
        "measure": "percent",
        "value": 97.16,
        "step": 0.01,
        "qualifier": "exact",
        "printed": "97,16%",
    },
)
class FigurePublished(Data, frozen=True):
    """A figure as it was printed, `step` being the worth of its last digit: 1.000.000 for 42 triệu."""

    source_id: Id
    unit_id: Id
    year: Year
    indicator: IndicatorName
    measure: FigureMeasure
    value: Decimal
    step: Decimal
    qualifier: Qualifier
    printed: Text
    level: Level | None = None
    remark: Text | None = None
    note: SealedText | None = None

    def key(self) -> tuple[object, ...]:
        """What a source says only once."""
        return (self.indicator, self.level, self.measure, self.unit_id, self.year)

    def decide(self, book: Book) -> Effect:
        unit = book.known_unit(self.unit_id)
        require_begun(book, self.year)
        falls = self.indicator.endswith(".change")
        require_number(self.value, "/data/value", -LARGEST if falls else 0, LARGEST)
        require_number(self.step, "/data/step", CENT, LARGEST)
        earlier = book.own(SourceState).printed(self.key())
        if earlier is not None and isinstance(earlier.data, FigurePublished):
            raise Refused(
                PRINTED_TWICE,
                "/data/indicator",
                source=self.source_id,
                indicator=self.indicator,
                year=str(self.year),
                unit=self.unit_id,
                printed=earlier.data.printed,
            )
        return Effect(
            unit=self.unit_id, level=unit.level, year=self.year, subject=self.indicator, measure=self.measure
        )
