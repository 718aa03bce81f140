"""`khuyenhoc vouchers`: a table that lines up, and a failure where a number is missing."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.vocabulary import today
from services.cli.ledger import Ledger, RefusedError
from services.cli.vouchers import show
from tests.databases import Databases
from tests.services.conftest import Service, serving

YEAR = today().year


@pytest.fixture
async def ledger(service: Service, addresses: Addresses, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A served ledger with two receipts, the first of them reversed."""
    await service.recorded("FundOpened", "2019-01-01", fund_id="quy", unit_id="bac-kan-city", name="Quỹ TP")
    donor = {"kind": "organisation", "name": "Công ty [bold]Hoa"}
    gift = {"fund_id": "quy", "pocket": "cash", "donor": donor}
    first = await service.recorded(
        "DonationReceived", "2020-03-01", **gift, donation_id="a", amount=1_000_021
    )
    await service.recorded("DonationReceived", "2020-03-02", **gift, donation_id="b", amount=500)
    undone = {"fund_id": "quy", "event_id": first["event_id"], "reason": "Nhầm"}
    await service.recorded("EntryReversed", "2020-03-03", **undone)
    await service.fold()
    with serving(addresses, tmp_path) as url:
        yield Ledger(url, addresses, tmp_path)


async def test_the_register_lines_up_and_a_missing_number_is_named(
    ledger: Ledger, databases: Databases, capsys: pytest.CaptureFixture[str]
) -> None:
    show(ledger, "bac-kan-city", "pt", YEAR, as_json=False)
    told = capsys.readouterr().out
    assert "2 chứng từ. Không có số nào bị bỏ trống." in told
    first, second = (line for line in told.splitlines() if "Công ty [bold]Hoa" in line)
    assert "1.000.021 ₫" in first
    assert first.index("₫") == second.index("₫")
    assert ("ĐÃ ĐẢO" in first, "ĐÃ ĐẢO" in second) == (True, False)
    show(ledger, "bac-kan-city", "pt", YEAR, as_json=True)
    assert [v["number"] for v in json.loads(capsys.readouterr().out)["vouchers"]] == [1, 2]

    connection = await asyncpg.connect(databases.superuser_url(ledger.addresses))
    await connection.execute("DELETE FROM read_funds.movement WHERE voucher_number = 1")
    await connection.close()
    with pytest.raises(RefusedError):
        show(ledger, "bac-kan-city", "pt", YEAR, as_json=False)
    assert "Thiếu: số 1 (không có bút toán)" in capsys.readouterr().out
    with pytest.raises(RefusedError, match="nowhere"):
        show(ledger, "nowhere", "pt", YEAR, as_json=False)
