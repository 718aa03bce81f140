"""Programmes in force: in their own years, and not in those after, whenever their end was recorded."""

from deploy.addresses import Addresses
from services.statistics.behind import events_behind
from tests.events.log.commands import command
from tests.services.statistics.conftest import TODAY, SmallHistory
from workers.rebuild import rebuild


async def test_a_programme_ended_after_its_last_year_does_not_count_again(
    small: SmallHistory, database: Addresses
) -> None:
    programme = {"programme_id": "mttq", "unit_id": "a", "title": "Phối hợp", "partners": ["Ủy ban MTTQ"]}
    signed = command("ProgrammeSigned", "2016-03-10", **programme, from_year=2016, to_year=2020)
    ended = command("ProgrammeEnded", "2023-05-01", programme_id="mttq", reason="Đã hết thời hạn")
    before = (await small.record(signed)).last_position
    recorded = await small.record(ended)

    async def in_force(year: int, **how: int) -> list[int]:
        """That year and the year before; the events that make up the former; what those contribute."""
        found = await small.figure("p", year, "programme.active", **how)
        behind = await events_behind(small.reader, "p", year, "programme.active", today=TODAY, **how)
        return [found.value, found.previous, found.events, sum(e.contribution for e in behind.events)]

    after = [[1, 1, 1, 1], *[[0, before, 0, 0] for before in (1, 0, 0, 0)]]
    years = range(2020, 2025)
    assert [await in_force(year) for year in years] == after
    assert [await in_force(year, as_known=before) for year in years] == after
    withdrawn = command("RecordWithdrawn", "2024-01-02", event_id=str(recorded.event_id), reason="Ghi nhầm")
    await small.record(withdrawn)
    assert [await in_force(year) for year in years] == after
    [one] = await rebuild(database.worker_url, ["statistics"])
    assert (one.differences, one.switched) == ([], True)
    assert [await in_force(year) for year in years] == after
