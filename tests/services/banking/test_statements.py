"""A bank's file becomes a statement with all of its lines, held against the book; or nothing of it is."""

import asyncio
from typing import Any

import asyncpg
import pytest

from events.vocabulary import today
from services.banking.mappings import of_bank
from tests.services.banking import files
from tests.services.banking.conftest import FUND, STATEMENTS, Desk

ON = "2017-10-02"


async def _line(desk: Desk, number: int, statement: str, **query: Any) -> Any:
    found = await desk.get(f"{STATEMENTS}/{statement}", **query)
    return found["lines"][number - 1]


async def test_a_dry_run_shows_what_would_be_recorded_and_matched(desk: Desk) -> None:
    before = await desk.service.positions()
    told = await desk.imported(dry_run=True)
    assert await desk.service.positions() == before
    assert (told["recorded"], told["line_count"], told["proposed"], told["unmatched"]) == (False, 3, 2, 1)
    assert (told["account"], told["opening"], told["closing"]) == (
        files.ACCOUNT,
        files.OPENING,
        files.CLOSING,
    )
    first, second, third = told["lines"]
    assert first["proposal"] == {
        "event_id": desk.entries["gift"],
        "score": 75,
        "reasons": ["amount", "near_day", "name"],
    }
    assert second["proposal"]["event_id"] == desk.entries["award"]
    assert second["proposal"]["reasons"] == ["amount", "same_day"]
    assert (third["state"], third["proposal"]) == ("unmatched", None)
    assert await desk.get(STATEMENTS) == {"fund_id": FUND, "statements": []}


async def test_recorded_whole_and_read_back_with_its_texts(desk: Desk) -> None:
    before = await desk.service.positions()
    told = await desk.imported()
    assert await desk.service.positions() == before + 4
    found = await desk.get(f"{STATEMENTS}/{told['statement_id']}")
    assert [(one["amount"], one["text"], one["reference"], one["state"]) for one in found["lines"]] == [
        (5_000_000, files.LINES[0].text, "FT17248001", "proposed"),
        (-200_000, files.LINES[1].text, "FT17255002", "proposed"),
        (-10_000, files.LINES[2].text, "PH0930", "unmatched"),
    ]
    assert [e["event_id"] for e in found["without_line"]] == [desk.entries["missing"]]
    assert found["booked"] == files.CLOSING + 10_000 + 700_000  # but for the fee, and what the bank has not
    assert found["without_line"][0]["counterparty"] == "Công ty Bắc Kạn"
    [summary] = (await desk.get(STATEMENTS))["statements"]
    assert summary == found["summary"]
    assert (summary["lines"], summary["open"], summary["matched"]) == (3, 3, 0)


async def test_what_the_bank_wrote_stands_nowhere_in_clear(desk: Desk) -> None:
    await desk.imported()
    connection = await asyncpg.connect(desk.service.addresses.database_url)
    entries = b"\n".join(r["entry"] for r in await connection.fetch("SELECT entry FROM log.events"))
    tables = await connection.fetch("SELECT t::text FROM read_banking.line t")
    tables += await connection.fetch("SELECT t::text FROM read_banking.statement t")
    await connection.close()
    for secret in ("Lan", "PHI DICH VU", "FT17248001", files.ACCOUNT):
        assert secret.encode() not in entries
        assert not any(secret in row["t"] for row in tables)


async def test_lines_are_matched_set_aside_and_opened_again(desk: Desk) -> None:
    statement = (await desk.imported())["statement_id"]
    names = {"statement_id": statement}
    matched = await desk.record("BankLineMatched", ON, **names, line=1, event_ids=[desk.entries["gift"]])
    await desk.record("BankLineSetAside", ON, **names, line=3, reason="Phí, ghi chi kỳ sau")
    await desk.service.fold()
    found = await desk.get(f"{STATEMENTS}/{statement}")
    first, second, third = found["lines"]
    assert (first["state"], first["entries"], first["settled_by"]) == (
        "matched",
        [desk.entries["gift"]],
        matched,
    )
    assert second["state"] == "proposed"
    assert (third["state"], third["reason"]) == ("set_aside", "Phí, ghi chi kỳ sau")
    assert (found["proposed"], found["unmatched"]) == (1, 0)
    undone = {"event_id": matched, "reason": "Nhầm"}
    await desk.service.recorded("RecordWithdrawn", ON, **undone)
    await desk.service.fold()
    assert (await _line(desk, 1, statement))["state"] == "proposed"


async def test_lines_by_state_and_page_by_page(desk: Desk) -> None:
    statement = (await desk.imported())["statement_id"]
    path = f"{STATEMENTS}/{statement}"
    assert [one["line"] for one in (await desk.get(path, line_state="unmatched"))["lines"]] == [3]
    assert [one["line"] for one in (await desk.get(path, days=0))["lines"] if one["proposal"]] == [2]
    first = await desk.service.client.get(path, params={"limit": 2})
    assert [one["line"] for one in first.json()["lines"]] == [1, 2]
    second = await desk.service.client.get(first.headers["link"].split(">")[0].strip("<"))
    assert [one["line"] for one in second.json()["lines"]] == [3]
    assert "link" not in second.headers
    assert (await desk.service.client.get(f"{STATEMENTS}/nowhere")).json()["code"] == "statement-not-found"


async def test_a_reversed_entry_is_not_looked_for_at_the_bank(desk: Desk) -> None:
    await desk.service.recorded(
        "EntryReversed", "2017-09-25", fund_id=FUND, event_id=desk.entries["missing"], reason="Nhầm"
    )
    statement = (await desk.imported())["statement_id"]
    assert (await desk.get(f"{STATEMENTS}/{statement}"))["without_line"] == []


async def test_an_entry_and_its_reversal_in_another_month_are_both_told(desk: Desk) -> None:
    september, now = (await desk.imported())["statement_id"], str(today())
    gift, missing = desk.entries["gift"], desk.entries["missing"]
    await desk.record("BankLineMatched", ON, statement_id=september, line=1, event_ids=[gift])
    await desk.record("PeriodClosed", ON, through="2017-09-30")
    later = {"from_date": "2017-10-01", "to_date": now, "opening": files.CLOSING, "closing": files.CLOSING}
    await desk.record("BankStatementRecorded", now, statement_id="sau", **later)
    undone = [await desk.record("EntryReversed", now, event_id=e, reason="Nhầm") for e in (gift, missing)]
    await desk.service.fold()
    for statement, told in ((september, [missing]), ("sau", undone)):
        found = await desk.get(f"{STATEMENTS}/{statement}")
        assert [e["event_id"] for e in found["without_line"]] == told


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_same_file_or_days_twice_are_refused_and_nothing_is_recorded(
    desk: Desk, language: str
) -> None:
    await desk.imported()
    before = await desk.service.positions()
    again = await desk.send(language=language)
    other = await desk.send(files.CAMT, language=language, format="camt")
    assert (again.status_code, again.json()["code"]) == (409, "statement-file-twice")
    assert (other.status_code, other.json()["code"]) == (409, "statement-overlaps")
    assert ("already" in again.json()["detail"]) == (language == "en")
    assert await desk.service.positions() == before
    assert (await desk.send(dry_run=True)).json()["code"] == "statement-file-twice"


async def test_another_account_than_before_is_refused_unless_it_is_asked_for(desk: Desk) -> None:
    await desk.imported()
    october = files.MT940.replace(":C1709", ":C1710").replace(":61:1709", ":61:1710")
    october = october.replace("C170831", "C170930").replace("0905C", "1005C")
    october = (
        october.replace("0912D", "1012D").replace("0930D", "1030D").replace("VND12500000,", "VND17290000,")
    )
    october = october.replace("VND17290000,00", "VND22080000,00").replace(files.ACCOUNT, "999000111222")
    refused = await desk.send(october)
    assert (refused.status_code, refused.json()["code"]) == (409, "statement-other-account")
    assert "…2345" in refused.json()["detail"]
    assert files.ACCOUNT not in refused.text
    assert (await desk.send(october, account="1")).json()["code"] == "statement-other-account"
    assert (await desk.imported(october, account="9990 0011 1222"))["from_date"] == "2017-10-01"


async def test_a_mapping_comes_by_name_or_as_ones_own(desk: Desk) -> None:
    own = 'bank = "Ngân hàng"\nnumbers = "1.234.567,00"\ndates = ["%d/%m/%Y"]\ndelimiter = ";"\n'
    own += '[columns]\ndate = ["Ngày hạch toán"]\ntext = ["Diễn giải"]\ndebit = ["Phát sinh nợ"]\n'
    own += 'credit = ["Phát sinh có"]\n[labels]\nopening = ["Số dư đầu kỳ"]\nclosing = ["Số dư cuối kỳ"]\n'
    told = await desk.imported(files.AGRIBANK, format="csv", mapping=own, dry_run=True)
    assert (told["bank"], told["line_count"]) == ("Ngân hàng", 3)
    for name in ("csv", "xlsx"):
        assert (await desk.send(format=name)).json()["code"] == "statement-needs-mapping"
    assert (await desk.send(format="csv", bank="acb")).json()["code"] == "statement-unknown-bank"
    assert (await desk.send(format="csv", mapping="bank = ")).json()["code"] == "statement-bad-mapping"
    told = await desk.imported(files.workbook(), format="xlsx", bank="bidv")
    assert told["bank"] == of_bank("bidv").bank


async def test_two_who_send_one_file_at_once_record_it_once(desk: Desk) -> None:
    before = await desk.service.positions()
    answers = await asyncio.gather(*(desk.send() for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409]
    assert {a.json()["code"] for a in answers if a.is_error} == {"statement-file-twice"}
    assert await desk.service.positions() == before + 4


async def test_a_closed_period_takes_its_statement_a_closed_fund_does_not(desk: Desk) -> None:
    await desk.record("PeriodClosed", "2017-12-31", through="2017-10-31")
    assert (await desk.send(dry_run=True)).status_code == 200
    spent = {"pocket": "bank", "purpose": "administration", "amount": 18_000_000}
    await desk.record("ExpensePaid", "2018-01-10", expense_id="het", **spent)
    await desk.record("FundClosed", "2018-01-11")
    before = await desk.service.positions()
    refused = await desk.send()
    assert (refused.status_code, refused.json()["code"]) == (409, "fund-closed")
    assert await desk.service.positions() == before


async def test_what_cannot_be_a_statement_records_nothing(desk: Desk) -> None:
    assert (await desk.service.client.post("/v1/funds/nowhere/statements?format=camt")).status_code == 404
    empty = await desk.send(b"")
    assert (empty.status_code, empty.json()["code"]) == (400, "statement-unreadable")
    assert (await desk.send(b"x" * (10 * 1024 * 1024 + 1))).status_code == 413
