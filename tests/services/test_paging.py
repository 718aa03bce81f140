"""Lists go on where they stopped, by the Link header, whatever is recorded meanwhile."""

import re
from typing import Any

from tests.services.conftest import Service


async def all_pages(service: Service, path: str, items: str) -> tuple[list[Any], int]:
    """Everything a list holds, following `Link`, and how many pages that took."""
    found: list[Any] = []
    pages = 0
    while True:
        answer = await service.client.get(path)
        assert answer.status_code == 200, answer.text
        found += answer.json()[items]
        pages += 1
        link = re.fullmatch(r'<(/[^>]+)>; rel="next"', answer.headers.get("link", ""))
        if link is None:
            assert "link" not in answer.headers
            return found, pages
        path = link[1]


async def chapters(service: Service, count: int) -> None:
    for n in range(count):
        await service.recorded(
            "UnitEstablished",
            "2010-01-01",
            unit_id=f"chi-hoi-{n:02}",
            name=f"Chi hội Đức Xuân {n}",
            level="chapter",
            parent_id="bac-kan-city",
        )


async def test_the_log_page_by_page(service: Service) -> None:
    await chapters(service, 10)
    events, pages = await all_pages(service, "/v1/events?limit=5", "events")
    assert [e["position"] for e in events] == list(range(1, 13))
    assert pages == 3
    answer = await service.client.get("/v1/events?after=12")
    assert answer.json() == {"events": [], "last_position": 12}


async def test_a_history_page_by_page(service: Service) -> None:
    for n in range(7):
        await service.recorded("UnitRenamed", f"2011-01-0{n + 1}", unit_id="bac-kan-city", name=f"Tên {n}")
    lines, pages = await all_pages(service, "/v1/audit/streams/unit-bac-kan-city?limit=3", "events")
    assert [e["version"] for e in lines] == list(range(1, 9))
    assert pages == 3


async def test_units_page_by_page_and_found_by_plain_letters(service: Service) -> None:
    await chapters(service, 7)
    await service.fold()
    units, pages = await all_pages(service, "/v1/units?limit=3&q=duc%20xuan&level=chapter", "units")
    assert [u["unit_id"] for u in units] == [f"chi-hoi-{n:02}" for n in range(7)]
    assert pages == 3
    below, _ = await all_pages(service, "/v1/units?parent_id=bac-kan-city&limit=4", "units")
    assert below == units


async def test_movements_page_by_page_stay_as_they_were_known(service: Service) -> None:
    fund = {"fund_id": "quy", "unit_id": "bac-kan-city", "name": "Quỹ"}
    await service.recorded(
        "FundOpened",
        "2016-01-01",
        **fund,
        opening=[{"pocket": "cash", "amount": 1}, {"pocket": "bank", "amount": 10}],
    )
    donor = {"kind": "collective", "name": "Lớp 12A"}
    for n in range(1, 6):
        await service.recorded(
            "DonationReceived", f"2017-0{n}-01", fund_id="quy", donation_id=f"d{n}", amount=100 * n,
            pocket="cash", donor=donor,
        )  # fmt: skip
    await service.fold()
    first = await service.client.get("/v1/funds/quy/movements?limit=3")
    await service.recorded(
        "DonationReceived",
        "2016-06-01",
        fund_id="quy",
        donation_id="late",
        amount=7,
        pocket="cash",
        donor=donor,
    )
    await service.fold()
    link = re.fullmatch(r"<(.+)>; rel=\"next\"", first.headers["link"])
    assert link is not None
    rest, _ = await all_pages(service, link[1], "movements")
    seen = first.json()["movements"] + rest
    assert [(m["pocket"], m["amount"], m["balance"]) for m in seen] == [
        ("cash", 1, 1), ("bank", 10, 10), ("cash", 100, 101), ("cash", 200, 301), ("cash", 300, 601),
        ("cash", 400, 1001), ("cash", 500, 1501),
    ]  # fmt: skip
    assert seen[-1]["money"] == 1511
    anew, _ = await all_pages(service, "/v1/funds/quy/movements?limit=2", "movements")
    assert [m["amount"] for m in anew] == [1, 10, 7, 100, 200, 300, 400, 500]
    assert anew[2]["late"]
    assert anew[-1]["money"] == 1518


async def test_events_behind_a_figure_page_by_page(service: Service) -> None:
    await chapters(service, 7)
    await service.fold()
    table = (await service.client.get("/v1/units/bac-kan-city/statistics/2017")).json()
    figure = next(f for f in table["indicators"] if f["indicator"] == "unit.chapters")
    assert figure["value"] == figure["events"] == 7
    path = "/v1/units/bac-kan-city/statistics/2017/unit.chapters/events?limit=3&measure=count"
    behind, pages = await all_pages(service, path, "events")
    assert sum(e["contribution"] for e in behind) == 7
    assert pages == 3
