"""A city and two wards with funds of their own."""

import pytest

from tests.services.conftest import Service

DONOR = {"kind": "organisation", "name": "Công ty Bắc Kạn"}
BICYCLES = [{"what": "bicycle", "quantity": 2, "unit": "piece"}]


@pytest.fixture
async def books(service: Service) -> Service:
    """The city and two wards with a fund each: gifts, an award, a transfer received, one on its way."""
    for ward in ("duc-xuan", "song-cau"):
        await service.recorded(
            "UnitEstablished",
            "2000-01-01",
            unit_id=ward,
            name=ward,
            level="commune",
            parent_id="bac-kan-city",
        )
    for fund, unit in (("city", "bac-kan-city"), ("ward", "duc-xuan"), ("other", "song-cau")):
        opening = [{"pocket": "bank", "amount": 1_000_000}]
        await service.recorded(
            "FundOpened", "2017-01-01", fund_id=fund, unit_id=unit, name=f"Quỹ {fund}", opening=opening
        )
    gift = {"fund_id": "city", "donor": DONOR}
    await service.recorded(
        "DonationReceived", "2017-02-01", **gift, donation_id="d1", amount=5_000_000, pocket="cash"
    )
    await service.recorded(
        "DonationReceived",
        "2017-02-02",
        **gift,
        donation_id="d2",
        amount=4_000_000,
        pocket="goods",
        items=BICYCLES,
    )
    award = {"category": "scholarship", "recipients": 2, "measure": "person", "purpose": "scholarship"}
    await service.recorded(
        "AwardGranted",
        "2017-03-01",
        fund_id="city",
        award_id="a1",
        amount=1_500_000,
        pocket="cash",
        **award,
    )
    for transfer, amount in (("t1", 600_000), ("t2", 70_000)):
        half = {"transfer_id": transfer, "amount": amount, "pocket": "bank"}
        await service.recorded("TransferSent", "2017-04-01", fund_id="city", to_fund_id="ward", **half)
        if transfer == "t1":
            await service.recorded(
                "TransferReceived", "2017-04-02", fund_id="ward", from_fund_id="city", **half
            )
    await service.fold()
    return service
