"""All books as one plain-text journal, for accounting programs that know nothing of this ledger.

Every account's balance is asserted at the end of each month in which it moved, and of all accounts at the end
of the last: a program that sums the lines up by itself finds an amount that was altered.
"""

import calendar
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Literal, Protocol

from events.catalogue.funds import FundOpened
from events.catalogue.log import LogRestarted, LogStarted
from events.log.entry import data_of, read_entry
from events.log.read import read_stream
from services.books.journal_accounts import Account, Chart
from services.books.journal_beancount import Beancount
from services.books.journal_entries import Books, Entry, Lines, entries
from services.books.journal_hledger import Hledger
from services.books.terms import purposes
from services.writing import day, number
from workers.sealing.tree import root_at

Program = Literal["hledger", "beancount"]

_OPENINGS = """
    SELECT e.entry FROM read_funds.fund_owner o JOIN log.events e ON e.position = o.position
    WHERE e.type = 'FundOpened' AND o.position <= $1 AND ($2::text[] IS NULL OR o.fund_id = ANY($2))
    ORDER BY e.position
"""
_SEALED = "SELECT coalesce(max(size), 0) FROM proof.checkpoint"


class Language(Protocol):
    """What a program wants to read."""

    def head(self, title: Iterable[str]) -> str: ...
    def opened(self, account: Account, on: dt.date) -> str: ...
    def entry(self, one: Entry) -> str: ...
    def assertions(self, last: dt.date, held: Lines) -> str: ...
    def tail(self, words: Iterable[str]) -> str: ...


LANGUAGES: dict[Program, Callable[[Chart], Language]] = {"hledger": Hledger, "beancount": Beancount}


async def journal(
    connection: Any, books: Books, program: Program, *, unit_id: str | None = None, root: bytes | None = None
) -> AsyncIterator[str]:
    """The journal piece by piece. `unit_id`: whose funds and those below, named at the top; `root`: of the
    log's Merkle tree at that position, named at the end.

    To be read inside a snapshot of `funds` (workers/reading.py). The same bytes whenever it is made at one
    position, once that position is sealed.
    """
    write = LANGUAGES[program](await _chart(connection, books))
    source = await _source(connection, books.known)
    yield write.head(_title(books, unit_id, source))
    held, moved, month, count = dict[Account, int](), set[Account](), None, 0
    async for one in entries(connection, books):
        if month is not None and one.occurred_on > month:
            yield write.assertions(month, _balances(held, moved))
            moved.clear()
        month = _last_of_month(one.occurred_on)
        for account, _ in one.lines:
            if account not in held:
                held[account] = 0
                yield write.opened(account, one.occurred_on)
        yield write.entry(one)
        for account, amount in one.moved:
            held[account] = held.get(account, 0) + amount
            moved.add(account)
        count += 1
    if month is not None:
        yield write.assertions(month, _balances(held, held))
    sealed = f"Gốc cây Merkle của chúng: {root.hex()}." if root else "Các sự kiện cuối chưa được niêm."
    yield write.tail([f"Hết sổ: {number(count)} bút toán.", source, sealed])


async def sealed_root(connection: Any, known: int) -> bytes | None:
    """The root of the log's Merkle tree over so many entries; None while the last of them are not sealed."""
    if not known or known > await connection.fetchval(_SEALED):
        return None
    return await root_at(connection, known)


def _title(books: Books, unit_id: str | None, source: str) -> list[str]:
    whose = "mọi quỹ" if unit_id is None else f"các quỹ của đơn vị {unit_id} và mọi đơn vị dưới"
    until = f", đến hết ngày {day(books.as_of)}" if books.as_of else ""
    return [
        f"Sổ quỹ khuyến học: {whose}{until}.",
        source,
        "VND: tiền. HIENVAT: hiện vật theo giá trị quy ra đồng, không cộng chung với tiền.",
    ]


async def _source(connection: Any, known: int) -> str:
    """How many events it was made from, and of which log."""
    names = [
        one.fact.data.origin
        for one in await read_stream(connection, "log")
        if isinstance(one.fact.data, (LogStarted, LogRestarted)) and one.position <= known
    ]
    return f"Theo {number(known)} sự kiện đầu của sổ {names[-1] if names else '–'}."


async def _chart(connection: Any, books: Books) -> Chart:
    names = {}
    for row in await connection.fetch(_OPENINGS, books.known, books.funds):
        opened = data_of(read_entry(row["entry"]))
        assert isinstance(opened, FundOpened)
        names[opened.fund_id] = opened.name
    inside = None if books.funds is None else frozenset(books.funds)
    return Chart(await purposes(connection, books.known), names, inside)


def _balances(held: dict[Account, int], accounts: Iterable[Account]) -> Lines:
    ordered = sorted(accounts, key=lambda account: (account.path, account.fund_id or ""))
    return [(account, held[account]) for account in ordered]


def _last_of_month(on: dt.date) -> dt.date:
    return on.replace(day=calendar.monthrange(on.year, on.month)[1])
