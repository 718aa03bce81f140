"""A city's fund with a month of bank entries, and its bank's file of that month."""

from typing import Any

import httpx
import pytest

from tests.services.banking import files
from tests.services.conftest import Service

FUND = "quy-tp"
STATEMENTS = f"/v1/funds/{FUND}/statements"


class Desk:
    """What the officer at the fund's desk does."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.entries: dict[str, str] = {}

    async def send(
        self, content: bytes | str = files.MT940, language: str = "vi", **query: Any
    ) -> httpx.Response:
        body = content.encode() if isinstance(content, str) else content
        headers = {"Accept-Language": language}
        params = {"format": "mt940"} | query
        return await self.service.client.post(STATEMENTS, content=body, params=params, headers=headers)

    async def imported(self, content: bytes | str = files.MT940, **query: Any) -> Any:
        answer = await self.send(content, **query)
        assert answer.status_code == (200 if query.get("dry_run") else 201), answer.text
        await self.service.fold()
        return answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.service.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def record(self, type_: str, on: str, **data: Any) -> str:
        recorded = await self.service.recorded(type_, on, fund_id=FUND, **data)
        event_id: str = recorded["event_id"]
        return event_id


@pytest.fixture
async def desk(service: Service) -> Desk:
    """12.500.000 at the bank; in September a gift, an award, and a gift that the bank has not."""
    desk = Desk(service)
    opening = [{"pocket": "bank", "amount": files.OPENING}]
    await desk.record(
        "FundOpened", "2017-01-01", unit_id="bac-kan-city", name="Quỹ thành phố", opening=opening
    )
    gift = {"pocket": "bank", "donor": {"kind": "organisation", "name": "Công ty Bắc Kạn"}}
    desk.entries["gift"] = await desk.record(
        "DonationReceived", "2017-09-04", donation_id="ung-ho-1", amount=5_000_000, **gift
    )
    award = {"category": "scholarship", "recipients": 1, "measure": "person", "pocket": "bank"}
    desk.entries["award"] = await desk.record(
        "AwardGranted", "2017-09-12", award_id="hb-1", amount=200_000, **award
    )
    desk.entries["missing"] = await desk.record(
        "DonationReceived", "2017-09-20", donation_id="ung-ho-2", amount=700_000, **gift
    )
    await service.fold()
    return desk
