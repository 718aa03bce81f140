"""How every route about a unit's books is asked: one snapshot, one scope, and the problems told alike."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from events.vocabulary import today
from services.api.access import AnyRequest, ledger_of
from services.api.ledger import AGAIN
from services.api.problems import NOT_REACHED, UNIT_NOT_FOUND, ApiProblem
from services.books.scope import BooksScope, books_of
from services.statistics.scope import KnownChoice, NotYetKnownError, UnknownUnitError

MODEL = ("funds",)


@asynccontextmanager
async def books_asked(
    request: AnyRequest,
    unit_id: str,
    as_of: dt.date | None,
    as_known: KnownChoice,
    min_position: int | None,
) -> AsyncIterator[tuple[Any, BooksScope]]:
    """A snapshot to ask on, and the unit's funds (default: today, as known now). Raises `ApiProblem`."""
    try:
        async with ledger_of(request).asking(MODEL, min_position) as connection:
            yield connection, await books_of(connection, unit_id, as_of=as_of or today(), as_known=as_known)
    except UnknownUnitError as e:
        named = ", ".join(e.successors) or "–"
        raise ApiProblem(UNIT_NOT_FOUND, successors=e.successors, unit=e.unit_id, named=named) from None
    except NotYetKnownError as e:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=e.asked, reached=e.reached) from None
