"""What was exported once can be exported again, to the byte: by another process, after a rebuild, on
whatever day."""

import datetime as dt

import httpx

from events.log.read import recorded_at
from events.vocabulary import day_of
from tests.services.conftest import bearer, serving
from tests.services.exports.conftest import Office
from workers.rebuild import rebuild

FORMATS = ("csv", "jsonstat", "datapackage", "json")


async def all_formats(office: Office, **query: object) -> dict[str, bytes]:
    return {name: (await office.export(format=name, **query)).content for name in FORMATS}


async def test_after_a_rebuild_and_from_another_process(office: Office) -> None:
    positions = {"tree": "then", "as_known": office.head}, {"tree": "now", "as_known": office.before_late}
    before = [await all_formats(office, **asked) for asked in positions]
    assert before[0]["csv"] != before[1]["csv"]
    (rebuilt,) = await rebuild(office.addresses.worker_url, ["statistics"])
    assert rebuilt.switched
    assert [await all_formats(office, **asked) for asked in positions] == before
    with serving(office.addresses, office.folder) as url:
        async with httpx.AsyncClient(base_url=url, headers=bearer(office.folder)) as client:
            other = Office(client, office.reader, office.addresses, office.folder)
            assert [await all_formats(other, **asked) for asked in positions] == before


async def test_as_known_before_the_late_ones_is_without_them(office: Office) -> None:
    async def raised(known: int) -> int:
        answer = await office.export(
            "a", format="json", depth="unit", from_year=2017, to_year=2017, as_known=known
        )
        rows = answer.json()["figures"]
        return int(next(r["value"] for r in rows if r["indicator"] == "fund.raised"))

    assert await raised(office.head) - await raised(office.before_late) == 7_000_000


async def test_today_is_the_day_of_the_last_event(office: Office) -> None:
    """The tree has not changed since, as known; the clock is not asked."""
    for known in (office.before_late, office.head):
        found = (await office.export(format="json", tree="now", as_known=known)).json()
        day = day_of(await recorded_at(office.reader, known))
        assert {one["tree"] for one in found["years"]} == {str(day)}
        assert day < dt.date(2026, 2, 1)


async def test_it_was_made_when_its_last_event_was_recorded(office: Office) -> None:
    found = (await office.export(format="json", as_known=office.before_late)).json()
    at = await recorded_at(office.reader, office.before_late)
    assert dt.datetime.fromisoformat(found["recorded_at"]) == at
    stat = (await office.export(format="jsonstat", as_known=office.before_late)).json()
    assert dt.datetime.fromisoformat(stat["updated"]) == at
    assert stat["extension"]["root"] == found["root"] is not None
