"""A preview says what recording would do, figure by figure, and records nothing."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.api.units import preview
from tests.services.conftest import Service
from tests.services.test_tokens import bearing, token

P, A, B, X, Y = "p", "a", "b", "x", "y"
YEARS = (2019, 2020, 2021)
QUERY = "?from_year=2019&to_year=2021"


@pytest.fixture
async def province(service: Service) -> Service:
    """Province › district › communes a, b, x, y with members, a fund, a centre; chapters under a."""
    record = service.recorded
    await record("UnitEstablished", "2010-01-01", unit_id=P, name="Tỉnh", level="province")
    await record("UnitMoved", "2010-01-02", unit_id="bac-kan-city", parent_id=P)
    for unit, code in ((A, "00001"), (B, "00002"), (X, None), (Y, None)):
        more = {"code": code} if code else {}
        parent = {"name": f"Xã {unit}", "level": "commune", "parent_id": "bac-kan-city"}
        await record("UnitEstablished", "2010-01-01", unit_id=unit, **parent, **more)
    for n in (1, 2, 3):
        below = {"name": f"Tổ {n}", "level": "chapter", "parent_id": A}
        await record("UnitEstablished", "2010-01-01", unit_id=f"to-{n}", **below)
        await record("MembersCounted", "2019-06-01", unit_id=f"to-{n}", members=10 * n + 1)
    await record("MembersCounted", "2020-06-01", unit_id=B, members=100)
    await record("PopulationStated", "2020-06-01", unit_id=A, persons=1000, households=300)
    await record("PopulationStated", "2020-06-01", unit_id=B, persons=500, households=100)
    await record("FundOpened", "2019-01-01", fund_id="quy-a", unit_id=A, name="Quỹ a")
    wrong = await record("FundOpened", "2019-01-01", fund_id="quy-nham", unit_id=A, name="Quỹ nhầm")
    await record("RecordWithdrawn", "2019-01-02", event_id=wrong["event_id"], reason="Nhầm")
    gift = {"amount": 700, "pocket": "cash", "donor": {"kind": "anonymous"}}
    await record("DonationReceived", "2020-02-01", fund_id="quy-a", donation_id="d1", **gift)
    await record("LearningCentreOpened", "2019-01-01", centre_id="tt-a", unit_id=A, name="Trung tâm a")
    await record("ClassHeld", "2020-03-01", centre_id="tt-a", topic="nghe", participants=31, classes=2)
    await service.fold()
    return service


def said(type_: str, on: str = "2022-01-01", **data: Any) -> dict[str, Any]:
    return {"type": type_, "occurred_on": on, "data": data}


MERGER = [
    said("UnitMerged", unit_id=A, into_unit_id=B),
    said("UnitCodeAssigned", unit_id=B, code="00001"),
]
SPLIT = [
    said("UnitSplit", unit_id="to-3", into=[{"unit_id": "to-1", "parts": 2}, {"unit_id": "to-2", "parts": 1}])
]
OTHERS: list[list[dict[str, Any]]] = [
    [said("UnitMoved", unit_id="to-3", parent_id=B)],
    [said("UnitDissolved", unit_id=Y, reason="Thôi"), said("UnitDissolved", unit_id="to-1", reason="Thôi")],
    [
        said("UnitEstablished", unit_id="new", name="Xã mới", level="commune", parent_id=P),
        said("UnitMerged", unit_id=A, into_unit_id="new"),
        said("UnitMerged", unit_id=B, into_unit_id="new"),
        said("UnitRenamed", unit_id=X, name="Xã khác"),
    ],
    [
        said("FundHandedOver", on="2021-07-01", fund_id="quy-a", to_unit_id=X),
        said("UnitMerged", unit_id=A, into_unit_id=B),
    ],
    [said("FundHandedOver", on="2021-07-01", fund_id="quy-a", to_unit_id=P)],
]


async def asked(service: Service, commands: list[dict[str, Any]], **how: Any) -> httpx.Response:
    return await service.client.post("/v1/units/preview" + QUERY, json=commands, **how)


async def table(service: Service, unit: str, year: int) -> dict[tuple[str, Any, str], Any]:
    """Figures on today's tree, from the route that everybody reads."""
    answer = await service.client.get(f"/v1/units/{unit}/statistics/{year}?tree=now")
    if answer.status_code == 404:
        return {}
    figures = answer.json()["indicators"]
    return {(f["indicator"], f["level"], f["measure"]): (f["value"], f["estimated"]) for f in figures}


@pytest.mark.parametrize("commands", [MERGER, SPLIT, *OTHERS])
async def test_what_it_says_comes_true_once_recorded(province: Service, commands: Any) -> None:
    head = await province.positions()
    answer = await asked(province, commands)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert await province.positions() == head  # nothing was recorded
    assert answer.headers["ledger-position"] == str(head)
    shown = {u["unit_id"]: u for u in told["units"]}
    everybody = {P, "bac-kan-city", A, B, X, Y, "to-1", "to-2", "to-3", *shown}
    before = {(u, y): await table(province, u, y) for u in everybody for y in YEARS}
    for command in commands:
        await province.recorded(command["type"], command["occurred_on"], **command["data"])
    await province.fold()
    for unit in everybody:
        found = shown.get(unit, {"series": [], "fate": "stays"})
        cells = {(s["indicator"], s["level"], s["measure"]): s for s in found["series"]}
        for n, year in enumerate(YEARS):
            was, now = before[unit, year], await table(province, unit, year)
            if unit not in shown:
                assert was == now, unit
            for cell, line in cells.items():
                assert line["before"][n] == was.get(cell, (None,))[0], (unit, cell, year)
                assert line["after"][n] == now.get(cell, (None,))[0], (unit, cell, year)
            unknown = {cell for cell, (value, _) in [*was.items(), *now.items()] if value is not None} - set(
                cells
            )
            assert not unknown or unit not in shown
        gone = (await province.client.get(f"/v1/units/{unit}")).json()["ended_on"] is not None
        assert (found["fate"] == "ends") == gone
    assert told["totals"] or {c["type"] for c in commands} == {"FundHandedOver"}
    assert all(total["conserved"] for total in told["totals"])


async def test_a_merger_is_told_whole(province: Service) -> None:
    told = (await asked(province, MERGER)).json()
    (end,) = told["ends"]
    assert (end["unit_id"], end["ending"]) == (A, "merged")
    assert [h["unit_id"] for h in end["successors"]] == [u["unit_id"] for u in end["rolls_up_to"]] == [B]
    moved = {(m["unit_id"], m["from_unit_id"], m["to_unit_id"]) for m in told["moves"]}
    assert moved == {(f"to-{n}", A, B) for n in (1, 2, 3)}
    codes = {
        c["code"]: (c["after"] and c["after"]["unit_id"], c["before"][0]["unit_id"]) for c in told["codes"]
    }
    assert codes == {"00001": (B, A), "00002": (None, B)}
    (fund,) = told["funds"]
    assert (fund["fund_id"], fund["cash"], fund["handed_over_to"]) == ("quy-a", 700, None)
    (centre,) = told["centres"]
    assert (centre["centre_id"], centre["goes_on_at"]) == ("tt-a", B)
    (total,) = told["totals"]
    assert total["units"] == ["bac-kan-city"]
    assert total["compared"] > 5
    assert total["differences"] == []
    members = next(
        s for u in told["units"] if u["unit_id"] == B for s in u["series"] if s["indicator"] == "member.total"
    )
    assert (members["before"], members["after"]) == ([None, 100, 100], [63, 163, 163])


async def test_a_split_estimates_and_a_chapter_fewer_is_the_commands_own_doing(province: Service) -> None:
    told = (await asked(province, [said("UnitSplit", "2021-01-01", **SPLIT[0]["data"])])).json()
    estimated = {
        u["unit_id"]: {s["indicator"] for s in u["series"] if s["becomes_estimated"]} for u in told["units"]
    }
    assert "member.total" in estimated["to-1"] & estimated["to-2"]
    assert "member.total" in estimated[A]  # as a whole it is the same
    (total,) = told["totals"]
    assert total["units"] == [A]
    assert total["conserved"]
    assert [(d["indicator"], d["year"], d["difference"], d["why"]) for d in total["differences"]] == [
        ("unit.chapters", 2021, -1, "recorded")
    ]


async def test_refusals_are_those_of_recording(province: Service) -> None:
    wrong = [
        said("UnitMerged", unit_id=A, into_unit_id=A),
        said("UnitDissolved", unit_id=B, reason="Thôi"),
        said("UnitMoved", unit_id=P, parent_id=A),
        said("UnitMerged", "2999-01-01", unit_id=X, into_unit_id=Y),
    ]
    problem = (await asked(province, wrong)).json()
    assert (problem["status"], problem["code"]) == (409, "batch-refused")
    told = {(e["line"], e["code"], e["pointer"]) for e in problem["errors"]}
    singly = set()
    for line, command in enumerate(wrong, 1):
        answer = await province.record(command["type"], command["occurred_on"], **command["data"])
        if answer.status_code == 409:
            singly.add((line, answer.json()["code"], answer.json()["errors"][0]["pointer"]))
        else:
            assert line == 2  # recorded: it is the only one that can be
    assert told == singly
    assert len(told) == 3


async def test_what_is_no_territory_command_or_too_much_is_refused(province: Service) -> None:
    counted = said("MembersCounted", unit_id=A, members=3)
    for body, status, code in (
        ([counted], 400, "malformed"),
        ([], 400, "malformed"),
        ([said("UnitMerged", unit_id=A)], 400, "malformed"),
        ([said("UnitRenamed", unit_id=A, name="x")] * 201, 413, "batch-too-long"),
    ):
        problem = (await asked(province, body)).json()
        assert (problem["status"], problem["code"]) == (status, code), problem
    for query in ("?from_year=2000&to_year=2010", "?from_year=2010&to_year=2009", "?years=3"):
        answer = await province.client.post("/v1/units/preview" + query, json=MERGER)
        assert answer.status_code == 400, query
    deep = b"[" * 900_000 + b"]" * 900_000
    answer = await province.client.post(
        "/v1/units/preview", content=deep, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "nested-too-deep")
    lines = b'{"type":"UnitRenamed","occurred_on":"2020-01-01","data":{"unit_id":"a","name":"A"}}\n'
    kind = {"Content-Type": "application/x-ndjson"}
    answer = await province.client.post("/v1/units/preview", content=lines * 2, headers=kind)
    assert answer.status_code == 200
    this_year = dt.datetime.now(dt.UTC).year
    assert answer.json()["years"][-1] in (this_year, this_year + 1)


async def test_who_sends_it_too_slowly_is_not_waited_for(
    province: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.sleep(5)
        yield b"]"

    monkeypatch.setattr(preview, "SECONDS", 0.1)
    sent = {"content": slowly(), "headers": {"Content-Type": "application/json"}}
    answer = await province.client.post("/v1/units/preview", **sent)
    assert (answer.status_code, answer.json()["code"]) == (408, "too-slow")


async def test_who_reaches_all_that_is_touched_may_and_nobody_else(province: Service) -> None:
    merger = [said("UnitMerged", unit_id=A, into_unit_id=B)]
    at_a = await token(province, "recorder", A)
    problem = (await asked(province, merger, headers=bearing(at_a))).json()
    assert [e["code"] for e in problem["errors"]] == ["not-permitted"]
    auditor = await token(province, "auditor", P)
    assert (await asked(province, merger, headers=bearing(auditor))).status_code == 403
    city = await token(province, "recorder", "bac-kan-city")
    chapter = await token(province, "recorder", "to-3")
    await province.fold()
    answer = await asked(province, merger, headers=bearing(city))
    assert answer.status_code == 200, answer.text
    assert {r["role"] for r in answer.json()["roles"]} == {"recorder"}
    # Moving one's own chapter changes the figures of its parent, which one does not reach: they stay hidden.
    answer = await asked(
        province, [said("UnitRenamed", unit_id="to-3", name="Tổ ba")], headers=bearing(chapter)
    )
    assert [u["unit_id"] for u in answer.json()["units"] if u["series"] is not None] == ["to-3"]


async def test_a_command_recorded_before_changes_nothing_more(province: Service) -> None:
    (merger,) = [
        dict(said("UnitMerged", unit_id=X, into_unit_id=Y), command_id="0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10")
    ]
    assert (await province.client.post("/v1/commands", json=merger)).status_code == 201
    await province.fold()
    told = (await asked(province, [merger])).json()
    assert (told["recorded_before"], told["units"], told["ends"]) == (1, [], [])
