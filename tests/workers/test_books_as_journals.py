"""The books as journals: beancount itself reads them, and refuses them once an amount is altered."""

import io
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from beancount import loader
from beancount.core.data import Balance, Transaction

from deploy.addresses import Addresses
from services.books.journal import Program, journal
from services.books.journal_entries import Books
from services.proof.books import compare
from services.proof.report import WrongError
from tests.events.history import History
from workers.reading import reading

LINE = re.compile(r"^(  \S+  )(-?\d+)( [A-Z]+)$", re.MULTILINE)


async def made(books: Any, program: Program = "beancount", *, root: bytes | None = None, **which: Any) -> str:
    asked = {"funds": None, "as_of": None, "known": 10**6} | which
    async with reading(books, "funds") as (connection, _):
        return "".join([piece async for piece in journal(connection, Books(**asked), program, root=root)])


def faults_of(text: str) -> list[Any]:
    found: list[Any] = loader.load_string(text)[1]
    return found


def held(text: str) -> Counter[tuple[str, str]]:
    """(account, commodity) → balance, summed up from what beancount has read."""
    entries, faults, _ = loader.load_string(text)
    assert faults == []
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for line in entry.postings if isinstance(entry, Transaction) else ():
            sums[line.account, line.units.currency] += int(line.units.number)
    return sums


def altered(text: str, change: int, nth: int) -> str:
    """With `change` đồng more in that line of an entry."""
    line = list(LINE.finditer(text))[nth]
    return f"{text[: line.start()]}{line[1]}{int(line[2]) + change}{line[3]}{text[line.end() :]}"


async def test_the_sums_beancount_makes_are_the_balances_of_the_funds(awkward_books: Any) -> None:
    sums = held(await made(awkward_books))
    for fund in await awkward_books.fetch("SELECT fund_id, cash, bank, goods FROM read_funds.fund"):
        name = fund["fund_id"].capitalize()
        for account, commodity, pocket in (
            ("TiềnMặt", "VND", "cash"),
            ("TiềnGửiNgânHàng", "VND", "bank"),
            ("HiệnVật", "HIENVAT", "goods"),
        ):
            assert sums[f"TàiSản:{account}:{name}", commodity] == fund[pocket]
    assert sum(amount for (_, commodity), amount in sums.items() if commodity == "HIENVAT") == 0


async def test_a_transfer_is_in_transit_until_received_and_between_journals_outside(
    awkward_books: Any,
) -> None:
    assert held(await made(awkward_books))["TàiSản:ĐangChuyển:Tiền:City:Ward", "VND"] == 50_000
    ward = held(await made(awkward_books, funds=["ward"]))
    assert ward["Nguồn:ChuyểnVớiQuỹNgoàiSổNày:Tiền:City:Ward", "VND"] == -400_000
    assert not any("ĐangChuyển" in account for account, _ in ward)


async def test_every_account_is_asserted_in_each_month_it_moved_and_at_the_end(awkward_books: Any) -> None:
    entries, _, _ = loader.load_string(await made(awkward_books))
    asserted = {(e.account, e.date.year * 12 + e.date.month - 1) for e in entries if isinstance(e, Balance)}
    moved = {
        (line.account, e.date.year * 12 + e.date.month)
        for e in entries
        if isinstance(e, Transaction)
        for line in e.postings
    }
    assert moved <= asserted
    last = max(month for _, month in moved)
    assert {account for account, month in asserted if month == last} == {account for account, _ in moved}


async def test_beancount_refuses_any_one_altered_amount_and_two_that_cancel_out(awkward_books: Any) -> None:
    text = await made(awkward_books, funds=["ward"])
    for nth in range(len(LINE.findall(text))):
        assert faults_of(altered(text, 1, nth)), nth
    assert faults_of(altered(altered(text, 1, 0), -1, 1))


@pytest.mark.parametrize("table", ["posting", "movement"])
async def test_an_amount_altered_in_either_table_is_refused(
    awkward_ledger: Addresses, awkward_told: History, table: str
) -> None:
    given = next(p for p, f in enumerate(awkward_told.log, 1) if f.type == "DonationReceived")
    connection = await asyncpg.connect(awkward_ledger.worker_url)
    altering = connection.transaction()
    await altering.start()
    try:
        await connection.execute(
            f"UPDATE read_funds.{table} SET amount = amount + sign(amount) * 5 WHERE position = $1", given
        )
        text = "".join([p async for p in journal(connection, Books(None, None, 10**6), "beancount")])
        assert faults_of(text)
    finally:
        await altering.rollback()
        await connection.close()


async def test_as_known_at_any_position_the_books_hold(awkward_books: Any, awkward_told: History) -> None:
    for known in range(5, len(awkward_told.log), 6):
        text = await made(awkward_books, known=known)
        assert faults_of(text) == []
        assert all(int(position) <= known for position in re.findall(r"^  position: (\d+)$", text, re.M))


async def test_the_same_entries_line_by_line_for_hledger(awkward_books: Any) -> None:
    ours = await made(awkward_books, "hledger")
    amounts = re.findall(r"^    \S.*  (-?\d+) (VND|HIENVAT)$", ours, re.MULTILINE)
    theirs = [(amount, name.strip()) for _, amount, name in LINE.findall(await made(awkward_books))]
    assert amounts == theirs
    assert "2018-04-03 * (PC 6/2026) Trao thưởng, học bổng\n    ; event:" in ours
    assert "    Tài sản:Tiền mặt:city  0 VND == 7850000 VND\n" in ours
    assert "    Đang chuyển:Tiền:city → ward  0 VND == 50000 VND\n" in ours


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda text: text + b"; more\n", "; more"),
        (lambda text: text[:-30], "; "),
        (lambda text: text.replace(b"5000000 VND", b"5000001 VND", 1), "5000001 VND"),
    ],
)
async def test_books_folded_anew_are_compared_to_the_last_byte(
    awkward_books: Any, damage: Callable[[bytes], bytes], named: str
) -> None:
    text, root = await made(awkward_books, root=bytes(32)), bytes(32)
    await compare(awkward_books, "beancount", io.BytesIO(text.encode()), 10**6, root)
    with pytest.raises(WrongError) as wrong:
        await compare(awkward_books, "beancount", io.BytesIO(damage(text.encode())), 10**6, root)
    assert named in wrong.value.finding.values["theirs"]
