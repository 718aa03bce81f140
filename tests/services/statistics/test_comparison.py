"""A printed figure is held against the computed one of its own measure."""

from services.statistics.comparison import comparison
from tests.events.log.commands import command
from tests.services.statistics.conftest import TODAY, SmallHistory

RECIPIENTS = "award.scholarship.recipients"


async def test_a_change_is_of_the_measure_it_was_printed_in(small: SmallHistory) -> None:
    """Awards rose from 100 to 110, the pupils who got them from 20 to 50."""
    await small.give(1_000_000, "2019-05-01")
    counts = ((2019, "award", 100), (2020, "award", 110), (2019, "person", 20), (2020, "person", 50))
    for n, (year, measure, recipients) in enumerate(counts):
        paid = {"fund_id": "f", "award_id": f"hb-{n}", "category": "scholarship", "pocket": "cash"}
        paid |= {"recipients": recipients, "measure": measure, "amount": 1_000}
        await small.record(command("AwardGranted", f"{year}-09-01", **paid))
    for measure, rise in (("award", 10), ("person", 40)):
        said = {"source_id": "bao-cao", "unit_id": "p", "year": 2020, "indicator": f"{RECIPIENTS}.change"}
        said |= {"measure": measure, "value": rise, "step": 1, "qualifier": "exact", "printed": str(rise)}
        await small.record(command("FigurePublished", "2021-01-15", **said))
    compared, _ = await comparison(small.reader, "p", 2020, today=TODAY)
    assert [(f.measure, f.published, f.computed, f.verdict) for f in compared.figures] == [
        ("award", 10, 10, "matches"),
        ("person", 40, 30, "differs"),
    ]
