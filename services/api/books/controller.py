"""Routes that give the books to accounting programs which know nothing of this ledger."""

import tempfile
from typing import IO, Annotated, Any

from litestar import get
from litestar.params import QueryParameter

from services.api.access import AnyRequest, ledger_of
from services.api.accounts.asked import MODEL, books_asked
from services.api.answers import Answer, Streamed
from services.api.documented import documented
from services.api.ledger import AGAIN
from services.api.parameters import AsKnown, Day, Identifier, MinPosition
from services.api.problems import NOT_REACHED, ApiProblem
from services.books.journal import Program, journal, sealed_root
from services.books.journal_entries import Books
from services.statistics.scope import NotYetKnownError, position_meant

PROGRAM = Annotated[Program, QueryParameter(description="For which program")]
TEXT = b"text/plain; charset=utf-8"
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a journal held in memory; more go to a temporary file."""


@get(
    "/v1/books/{program:str}",
    operation_id="getBooks",
    summary="All books, for hledger or beancount",
    tags=["funds"],
    responses=documented({200: None}, 400, 503),
)
async def all_books(
    request: AnyRequest,
    program: PROGRAM,
    as_of: Day = None,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every entry of every fund, up to a day (default: all), as known at a position or on a day; with a
    balance assertion for each account and month. For auditors of the whole log."""
    try:
        async with ledger_of(request).asking(MODEL, min_position) as connection:
            known, _ = await position_meant(connection, "funds", as_known)
            return await _answer(connection, Books(None, as_of, known), program)
    except NotYetKnownError as e:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=e.asked, reached=e.reached) from None


@get(
    "/v1/units/{unit_id:str}/books/{program:str}",
    operation_id="getUnitBooks",
    summary="The books of a unit and all below it, for hledger or beancount",
    tags=["funds"],
    responses=documented({200: None}, 400, 404, 503),
)
async def unit_books(
    request: AnyRequest,
    unit_id: Identifier,
    program: PROGRAM,
    as_of: Day = None,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """The funds that belong to these units on that day (default: today), from their opening up to it; with a
    balance assertion for each account and month. Ask for a unit that has ended as of a day of its life."""
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        books = Books(scope.fund_ids, as_of, scope.known)
        return await _answer(connection, books, program, unit_id)


async def _answer(connection: Any, books: Books, program: Program, unit_id: str | None = None) -> Answer:
    """Written out before it is sent, so that no slow reader holds the database's snapshot."""
    root = await sealed_root(connection, books.known)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when sent
    try:
        async for piece in journal(connection, books, program, unit_id=unit_id, root=root):
            file.write(piece.encode())
    except BaseException:
        file.close()
        raise
    return Streamed(file, TEXT, [(b"ledger-position", b"%d" % books.known)])


HANDLERS: list[Any] = [all_books, unit_books]
