"""The books of a bundle, as hledger and beancount read them: folded anew from the entries, and compared."""

from typing import IO, Any, get_args

from services.books.journal import Program, journal
from services.books.journal_entries import Books
from services.proof.tables import require_same
from workers.reading import reading

PROGRAMS: tuple[Program, ...] = get_args(Program)

STREAMS = ("fund", "voucher", "term", "log")
"""What the books are made of, by the beginnings of their streams' names."""


def path_of(program: Program) -> str:
    """All books in one file, since transfers between two units are in both."""
    return f"books/all.{program}"


async def compare(pool: Any, program: Program, theirs: IO[bytes], size: int, root: bytes) -> None:
    """On a ledger that holds the first `size` events. Raises `WrongError` at the first line that differs."""
    async with reading(pool, "funds") as (connection, _):
        async for piece in journal(connection, Books(None, None, size), program, root=root):
            ours = piece.encode()
            there = theirs.read(len(ours))
            if there != ours:
                require_same(path_of(program), there + theirs.readline(), ours)
        require_same(path_of(program), theirs.readline(), b"")
