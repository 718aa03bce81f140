"""How every route about figures is asked: one connection, and what is not there told as a problem."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Annotated, Any

from litestar.params import PathParameter

from services.api.ledger import AGAIN, Ledger
from services.api.problems import NAME_NOT_FOUND, NOT_REACHED, UNIT_NOT_FOUND, ApiProblem
from services.api.statistics.refusals import TOO_MANY_EVENTS
from services.statistics.behind import TooManyEventsError, UnknownIndicatorError
from services.statistics.scope import NotYetKnownError, UnknownUnitError

MODEL = ("statistics",)
Indicator = Annotated[str, PathParameter(pattern=r"^[a-z][a-z_]*(\.[a-z_]+){0,3}$", max_length=64)]


@asynccontextmanager
async def statistics_asked(
    ledger: Ledger, min_position: int | None, models: Collection[str] = MODEL
) -> AsyncIterator[Any]:
    """A connection to ask with, once the figures are that far; what is not there told as a problem."""
    try:
        async with ledger.asking(models, min_position) as connection:
            yield connection
    except UnknownUnitError as e:
        named = ", ".join(e.successors) or "–"
        raise ApiProblem(UNIT_NOT_FOUND, successors=e.successors, unit=e.unit_id, named=named) from None
    except UnknownIndicatorError as e:
        raise ApiProblem(NAME_NOT_FOUND, name=str(e)) from None
    except TooManyEventsError as e:
        raise ApiProblem(TOO_MANY_EVENTS, most=e.most, indicator=e.indicator, year=str(e.year)) from None
    except NotYetKnownError as e:
        raise ApiProblem(NOT_REACHED, headers=AGAIN, wanted=e.asked, reached=e.reached) from None
