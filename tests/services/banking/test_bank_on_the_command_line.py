"""`khuyenhoc bank`: a preview, then the statement, then its matches; a refusal is one sentence."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer

from deploy.addresses import Addresses
from services.cli.bank import format_of
from services.cli.ledger import Ledger, RefusedError
from services.cli.statements import bring, match, show, show_all
from tests.services.banking import files
from tests.services.banking.conftest import FUND, Desk
from tests.services.conftest import serving


@pytest.fixture
async def ledger(desk: Desk, addresses: Addresses, tmp_path: Path) -> AsyncIterator[Ledger]:
    with serving(addresses, tmp_path) as url:
        yield Ledger(url, addresses, tmp_path)


async def test_a_statement_is_previewed_recorded_shown_and_matched(
    ledger: Ledger, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    def said() -> str:
        told = capsys.readouterr()
        return told.out + told.err

    content, asked = files.MT940.encode(), {"format": "mt940", "days": 3, "dry_run": True, "bank": None}
    bring(ledger, FUND, content, asked, as_json=False)
    told = said()
    assert "Xem trước, chưa ghi gì: sao kê sk-20170901-20170930-" in told
    assert "đề nghị khớp 2, chưa khớp 1" in told
    assert desk.entries["gift"] in told
    assert "75: số tiền" in told
    assert "−200.000 ₫" in told
    bring(ledger, FUND, content, asked | {"dry_run": False}, as_json=True)
    statement = json.loads(said())["statement_id"]
    with pytest.raises(RefusedError, match="đã được ghi"):
        bring(ledger, FUND, content, asked, as_json=False)
    await desk.service.fold()
    show(ledger, FUND, statement, 3, as_json=False)
    assert f"ngân hàng: 20/09/2017 700.000 ₫ Công ty Bắc Kạn ({desk.entries['missing']})" in said()
    assert match(ledger, FUND, statement, 3, dry_run=True) is None
    assert "2 đề nghị khớp, chưa ghi gì" in said()
    assert match(ledger, FUND, statement, 3, dry_run=False)
    await desk.service.fold()
    said()
    show_all(ledger, FUND, as_json=True)
    [summary] = json.loads(said())
    assert (summary["matched"], summary["open"]) == (2, 1)
    show_all(ledger, FUND, as_json=False)
    assert "17.290.000 ₫" in said()


def test_the_format_follows_the_files_name_unless_it_is_given() -> None:
    names = {"a.CSV": "csv", "a.xlsx": "xlsx", "a.xml": "camt", "a.sta": "mt940"}
    assert {name: format_of(Path(name), None) for name in names} == names
    assert format_of(Path("a.dat"), "camt") == "camt"
    for name, asked in (("a.pdf", None), ("a.csv", "pdf")):
        with pytest.raises(typer.BadParameter):
            format_of(Path(name), asked)
