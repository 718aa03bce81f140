"""`khuyenhoc statement`: tables that line up, and what the service refuses."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.addresses import Addresses
from services.cli.ledger import Ledger, RefusedError
from services.cli.statement import show
from tests.services.conftest import Service, serving

FIRST, LAST = dt.date(2020, 1, 1), dt.date(2020, 12, 31)


@pytest.fixture
async def ledger(service: Service, addresses: Addresses, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A served ledger with a fund that was given something and paid something, closed for 2020."""
    await service.recorded(
        "FundOpened", "2019-01-01", fund_id="quy", unit_id="bac-kan-city", name="Quỹ [bold]TP"
    )
    gift = {"fund_id": "quy", "donation_id": "a", "amount": 1_000_021, "pocket": "cash"}
    await service.recorded("DonationReceived", "2020-03-01", **gift, donor={"kind": "household"})
    cost = {"fund_id": "quy", "expense_id": "e", "amount": 500, "pocket": "cash", "purpose": "administration"}
    await service.recorded("ExpensePaid", "2020-03-02", **cost)
    await service.recorded("PeriodClosed", "2021-01-05", fund_id="quy", through="2020-12-31")
    await service.fold()
    with serving(addresses, tmp_path) as url:
        yield Ledger(url, addresses, tmp_path)


async def test_tables_line_up(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    show(ledger, "quy", FIRST, LAST, None, as_json=False)
    told = capsys.readouterr().out
    assert "Quỹ [bold]TP: từ 01/01/2020 đến 31/12/2020" in told
    cash, bank = (line for line in told.splitlines() if line.startswith(("│Tiền mặt", "│Tiền gửi")))
    assert [i for i, c in enumerate(cash) if c == "₫"] == [i for i, c in enumerate(bank) if c == "₫"]
    assert "999.521 ₫" in cash
    assert "Hộ gia đình" in told
    assert "Ghi muộn: 2" in told
    assert "Đã khóa sổ đến hết ngày 31/12/2020" in told
    show(ledger, "quy", FIRST, LAST, None, as_json=True)
    made = json.loads(capsys.readouterr().out)
    assert (made["money"]["closing"], made["closed"], len(made["late"])) == (999_521, True, 2)
    with pytest.raises(RefusedError, match="nowhere"):
        show(ledger, "nowhere", FIRST, LAST, None, as_json=False)
    with pytest.raises(RefusedError, match="trước ngày đầu 31/12/2020"):
        show(ledger, "quy", LAST, FIRST, None, as_json=False)
