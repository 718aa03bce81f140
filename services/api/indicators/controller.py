"""The catalogue of indicators, as the declarations say it."""

from functools import cache
from typing import Any

import msgspec
from litestar import get

from services.api.answers import ENCODER, Answer, answer
from services.api.documented import documented
from services.statistics.catalogue import IndicatorCatalogue, indicator_catalogue


@get(
    "/v1/indicators",
    operation_id="listIndicators",
    summary="What every figure counts",
    tags=["catalogue"],
    responses=documented({200: IndicatorCatalogue}),
)
async def indicators() -> Answer:
    """Every indicator of the yearly table: its words, unit and kind, the events it reads, what makes a figure
    odd, and the definitions it had before."""
    return answer(_written(), None)


@cache
def _written() -> msgspec.Raw:
    """Once: it is the same as long as the process runs."""
    return msgspec.Raw(ENCODER.encode(indicator_catalogue()))


HANDLERS: list[Any] = [indicators]
