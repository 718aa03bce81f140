"""Reports on time are a share of the communes that ought to report, not of those that did."""

from decimal import Decimal
from typing import Any

from services.statistics.canonical import digest_of
from services.statistics.published import published_tables
from services.statistics.yearly import yearly_table
from tests.events.log.commands import command, unit
from tests.services.statistics.closing import publish
from tests.services.statistics.conftest import TODAY, SmallHistory
from workers.indicators import RETIRED


def report(unit_id: str, on: str) -> Any:
    return command("ReportSubmitted", on, unit_id=unit_id, year=2020)


async def reported(small: SmallHistory) -> None:
    """Of four communes one reports in time and one late; a chapter and the province report as well."""
    await small.record(unit("c", "p"), unit("d", "p"), unit("ch", "a", level="chapter"))
    await small.record(
        report("a", "2021-01-31"),
        report("b", "2021-02-01"),
        report("ch", "2021-01-05"),
        report("p", "2021-01-20"),
    )


async def test_who_handed_in_none_counts(small: SmallHistory) -> None:
    await reported(small)
    rate = await small.figure("p", 2020, "report.on_time_rate")
    assert (rate.numerator, rate.denominator, rate.value) == (1, 4, Decimal("25.00"))
    assert (await small.figure("a", 2020, "report.on_time_rate")).value == Decimal("100.00")
    assert (await small.figure("b", 2020, "report.on_time_rate")).value == Decimal("0.00")
    assert (await small.figure("p", 2020, "report.submitted")).value == 4


async def test_a_commune_that_ended_before_the_years_end_owes_no_report(small: SmallHistory) -> None:
    await reported(small)
    await small.record(command("UnitMerged", "2020-11-01", unit_id="d", into_unit_id="c"))
    rate = await small.figure("p", 2020, "report.on_time_rate")
    assert (rate.numerator, rate.denominator, rate.value) == (1, 3, Decimal("33.33"))


async def test_what_was_published_by_the_old_rate_still_holds(small: SmallHistory) -> None:
    await reported(small)
    old = RETIRED["report.on_time_rate", 1]
    table = await yearly_table(small.reader, "p", 2020, today=TODAY, indicators=[old])
    (line,) = table.indicators
    assert (line.numerator, line.denominator) == (3, 4)
    one = [{"name": old.name, "version": 1}]
    await publish(small, "p", 2020, definitions=one, digest=digest_of(table))
    (held,) = (await published_tables(small.reader, "p", 2020, today=TODAY)).published
    assert held.holds is True
