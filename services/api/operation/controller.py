"""Routes for running and exploring the service."""

import asyncio
import inspect
from functools import cache
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import PathParameter

from events.declare import CATALOGUE, Kind
from services.api.access import AnyRequest, ledger_of
from services.api.answers import ENCODER, Answer, answer
from services.api.documented import documented
from services.api.ledger import AGAIN
from services.api.operation.metrics import METRICS
from services.api.operation.shapes import (
    Catalogue,
    Health,
    KindDetail,
    KindLine,
    ProblemPage,
    Projections,
)
from services.api.problems import LOG_UNAVAILABLE, NAME_NOT_FOUND, ApiProblem, known_codes, status_of
from workers.sealing.status import sealing_status
from workers.status import ProjectionStatus, statuses

HEALTH_SECONDS = 3
"""Within which the log must answer to count as there."""

Name = Annotated[str, PathParameter(max_length=80)]


@get(
    "/health",
    operation_id="getHealth",
    summary="Whether the service can do its work",
    tags=["operation"],
    responses=documented({200: Health}, 503),
)
async def health(request: AnyRequest) -> Answer:
    """200 while the log can be read; 503 otherwise."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS), ledger_of(request).reading_log() as (_, now):
            recorded_at = now.recorded_at if now.position else None
    except TimeoutError:
        raise ApiProblem(LOG_UNAVAILABLE, headers=AGAIN) from None
    return answer(Health("ok", now.position, recorded_at), now.position)


@get(
    "/v1/projections",
    operation_id="listProjections",
    summary="How far the read models are",
    tags=["operation"],
    responses=documented({200: Projections}, 503),
)
async def projections(request: AnyRequest) -> Answer:
    """Position and lag of each, in events."""
    async with ledger_of(request).reading_log() as (connection, now):
        found = await statuses(connection)
    return answer(Projections(found), now.position)


@get(
    "/metrics",
    operation_id="getMetrics",
    summary="Metrics of this process, for Prometheus",
    tags=["operation"],
    responses=documented({200: None}),
)
async def metrics(request: AnyRequest) -> Answer:
    """In the text format 0.0.4; what cannot be asked just now is left out."""
    ledger = ledger_of(request)
    position, models, sealing = ledger.position, list[ProjectionStatus](), None
    try:
        async with ledger.reading_log() as (connection, now):
            position, models = now.position, await statuses(connection)
            sealing = await sealing_status(connection)
    except ApiProblem:
        pass  # the log is away: the counters are still worth telling
    return Answer(200, METRICS.text(position, models, sealing), b"text/plain; version=0.0.4; charset=utf-8")


@get(
    "/v1/catalogue",
    operation_id="getCatalogue",
    summary="Every kind of command",
    tags=["catalogue"],
    responses=documented({200: Catalogue}),
)
async def catalogue() -> Answer:
    """What can be recorded, with an example of each."""
    return answer(_catalogue(), None)


@get(
    "/v1/catalogue/{name:str}",
    operation_id="getKind",
    summary="One kind of command",
    tags=["catalogue"],
    responses=documented({200: KindDetail}, 400, 404),
)
async def kind(name: Name) -> Answer:
    """Its fields as JSON Schema, and an example."""
    if name not in CATALOGUE:
        raise ApiProblem(NAME_NOT_FOUND, name=name[:80])
    return answer(_kind(name), None)


@get(
    "/problems/{code:str}",
    operation_id="getProblem",
    summary="What a problem's code means",
    tags=["operation"],
    responses=documented({200: ProblemPage}, 400, 404),
)
async def problem_page(code: Name) -> Answer:
    """The page behind a problem's `type`."""
    sentences = known_codes().get(code)
    if sentences is None:
        raise ApiProblem(NAME_NOT_FOUND, name=code[:80])
    vi, en = sentences
    return answer(ProblemPage(code, status_of(code), vi, en), None)


@cache
def _catalogue() -> msgspec.Raw:
    """Written once: it is the same as long as the process runs."""
    return msgspec.Raw(ENCODER.encode(Catalogue([KindLine(**_line(k)) for k in _commands()])))


@cache
def _kind(name: str) -> msgspec.Raw:
    kind = CATALOGUE[name]
    return msgspec.Raw(ENCODER.encode(KindDetail(**_line(kind), data_schema=msgspec.json.schema(kind.data))))


def _commands() -> list[Kind]:
    return [k for _, k in sorted(CATALOGUE.items()) if not k.internal]


def _line(kind: Kind) -> dict[str, Any]:
    return {
        "type": kind.name,
        "vi": kind.vi,
        "en": kind.en,
        "stream": kind.stream,
        "description": inspect.getdoc(kind.data) or "",
        "sealed": list(kind.sealed),
        "schema": kind.schema,
        "example": dict(kind.example),
    }


HANDLERS: list[Any] = [health, projections, metrics, catalogue, kind, problem_page]
