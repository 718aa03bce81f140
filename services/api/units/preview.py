"""Trying out what changes units, before it is recorded: `POST /v1/units/preview`."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import QueryParameter

from events.deciding import Command
from events.log.outcome import Accepted, LogUnavailableError, Outcome
from events.log.read import head
from events.permissions import RECORDING
from events.refusals import Refused
from events.vocabulary import today
from services.api.access import AnyRequest, actor_of, caller_of, ledger_of
from services.api.answers import Answer, answer
from services.api.commands.batch import on_line, whole_refused
from services.api.commands.bodies import CLOSE, Body, Lines, require_size, require_type
from services.api.commands.controller import BATCH_TYPES, COMMAND_SECONDS
from services.api.commands.reading import COMMAND_LIMIT, read_command
from services.api.documented import documented
from services.api.faults import (
    MALFORMED_JSON,
    NOT_ONE_OF,
    OUT_OF_RANGE,
    TOO_DEEP,
    TOO_FEW_ITEMS,
    Fault,
    Malformed,
)
from services.api.ledger import AGAIN, Ledger, not_recorded
from services.api.parameters import refuse_unknown
from services.api.problems import BATCH_TOO_LONG, BODY_TOO_LARGE, LOG_UNAVAILABLE, TOO_SLOW, ApiProblem
from services.preview.preview import KINDS, preview
from services.preview.shapes import Preview

MODELS = ("statistics", "funds", "models")
MOST_COMMANDS = 200
MOST_YEARS = 10
BODY_LIMIT = 2 * 1024 * 1024
"""Bytes."""
SECONDS = 60
"""For the whole body to come in."""
TRIES = 5
"""How often it is decided anew where somebody else is changing units at the same time."""

FromYear = Annotated[
    int | None,
    QueryParameter(ge=1900, le=2200, description="First year compared; default: two before the last"),
]
ToYear = Annotated[
    int | None, QueryParameter(ge=1900, le=2200, description="Last year compared; default: this year")
]


@post(
    "/v1/units/preview",
    operation_id="previewUnits",
    summary="What a merger, split, move or end would do to every figure",
    tags=["units"],
    status_code=200,
    responses=documented({200: Preview}, 400, 408, 409, 413, 415, 503),
)
async def preview_units(request: AnyRequest, from_year: FromYear = None, to_year: ToYear = None) -> Answer:
    """Commands as they would be recorded (a JSON list, or one a line), decided in their order as a dry run
    and refused as recording would refuse them. Then every figure of the units they touch, on today's tree and
    on the tree after; which units end, and who succeeds; whether totals are conserved; what is left behind.
    At most 200 commands and 10 years. Nothing is recorded."""
    body = Body(request.receive)
    try:
        await refuse_unknown(request)
        years = _years(from_year, to_year)
        commands = await _commands(request, body)
    except (ApiProblem, Malformed) as e:
        await body.hear_out(e)
        raise
    reach = caller_of(request).reach(RECORDING)
    ledger, least = ledger_of(request), None
    for _ in range(TRIES):
        async with ledger.reading_log() as (_, before):
            pass
        outcomes = await _decided(ledger, commands)
        least = max(before.position, least or 0)
        async with ledger.reading_models(MODELS, least) as (connection, known):
            now = await head(connection)
            if now.tree_position == before.tree_position and known >= now.tree_position:
                accepted = [o for o in outcomes if isinstance(o, Accepted)]
                found = await preview(
                    connection,
                    [fact for o in accepted for fact in o.facts],
                    known=known,
                    years=years,
                    today=today(),
                    reach=reach,
                    commands=len(commands),
                    recorded_before=len(outcomes) - len(accepted),
                )
                return answer(found, known)
            least = now.position
    raise ApiProblem(LOG_UNAVAILABLE, headers=AGAIN)


def _years(first: int | None, last: int | None) -> range:
    """Raises `Malformed` for years that are none or too many."""
    last = last or (max(first, today().year) if first else today().year)
    first = first or last - 2
    if not first <= last < first + MOST_YEARS:
        limits = f"{first} … {first + MOST_YEARS - 1}"
        raise Malformed(Fault("/query/to_year", OUT_OF_RANGE, "maximum", limits, str(last)))
    return range(first, last + 1)


async def _commands(request: AnyRequest, body: Body) -> list[Command]:
    """Raises `Malformed` with every fault of every line, `ApiProblem`."""
    headers = request.scope["headers"]
    require_type(headers, ("application/json", *BATCH_TYPES))
    require_size(headers, BODY_LIMIT)
    try:
        async with asyncio.timeout(SECONDS):
            sent = await body.whole(BODY_LIMIT)
    except TimeoutError:
        raise ApiProblem(TOO_SLOW, headers=CLOSE, seconds=SECONDS) from None
    lines = _listed(sent) if sent.lstrip()[:1] == b"[" else _lines(sent)
    if not lines:
        raise Malformed(Fault("", TOO_FEW_ITEMS, "minItems", "1", "0", {"length": 0}))
    if len(lines) > MOST_COMMANDS:
        raise ApiProblem(BATCH_TOO_LONG, limit=MOST_COMMANDS)
    commands, faults = list[Command](), list[Fault]()
    for number, line in lines:
        try:
            commands.append(_command(line, request))
        except Malformed as e:
            faults += [on_line(number, fault) for fault in e.faults]
    if faults:
        raise Malformed(*faults[:MOST_COMMANDS])
    return commands


def _listed(sent: bytes) -> list[tuple[int, bytes | None]]:
    try:
        items = msgspec.json.decode(sent, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Malformed(Fault("", MALFORMED_JSON, values={"line": 1, "column": 1})) from None
    except RecursionError:
        raise Malformed(Fault("", TOO_DEEP, "type")) from None
    return [(n, raw if len(raw := bytes(item)) <= COMMAND_LIMIT else None) for n, item in enumerate(items, 1)]


def _lines(sent: bytes) -> list[tuple[int, bytes | None]]:
    lines = Lines(COMMAND_LIMIT)
    return lines.feed(sent) + lines.last()


def _command(line: bytes | None, request: AnyRequest) -> Command:
    if line is None:
        values = {"limit": COMMAND_LIMIT}
        raise Malformed(Fault("", BODY_TOO_LARGE, "maxLength", str(COMMAND_LIMIT), values=values))
    command = read_command(line, actor_of(request))
    if command.kind.name not in KINDS:
        raise Malformed(Fault("/type", NOT_ONE_OF, "enum", ", ".join(KINDS), command.kind.name))
    return command


async def _decided(ledger: Ledger, commands: list[Command]) -> list[Outcome]:
    """Raises `ApiProblem` with every refusal, as recording them as a whole would."""
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            outcomes = await ledger.log.record(commands, atomic=True, dry_run=True)
    except (LogUnavailableError, TimeoutError) as e:
        raise not_recorded(e) from e
    if any(isinstance(outcome, Refused) for outcome in outcomes):
        raise whole_refused(range(1, len(commands) + 1), outcomes)
    return outcomes


HANDLERS: list[Any] = [preview_units]
