"""Taking commands: `POST /v1/commands`, and `…/batch` for many at once."""

from typing import Annotated, Any

from litestar import post
from litestar.params import QueryParameter

from events.deciding import Command
from events.log.outcome import LogUnavailableError
from services.api.access import AnyRequest, actor_of, recording_in, speech_of
from services.api.answers import Answer, language_header, problem_answer
from services.api.commands.batch import Batch, record_as_it_comes, record_at_once
from services.api.commands.bodies import CLOSE, Body, require_size, require_type
from services.api.commands.reading import COMMAND_LIMIT, read_command
from services.api.commands.telling import RecordedAnswer, told
from services.api.documented import documented
from services.api.faults import Malformed
from services.api.ledger import RETRY_AFTER, not_recorded
from services.api.operation.metrics import METRICS
from services.api.parameters import refuse_unknown
from services.api.patience import Patience
from services.api.problems import PROBLEM, TOO_SLOW, ApiProblem

COMMAND_SECONDS = 30
"""After which a client is told to ask again, with the same command id."""
PATIENCE = Patience(COMMAND_SECONDS)
BATCH_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
BATCH_LIMIT = 64 * 1024 * 1024
"""Bytes."""


@post(
    "/v1/commands",
    operation_id="recordCommand",
    summary="Record one event",
    tags=["commands"],
    responses=documented({201: RecordedAnswer, 200: RecordedAnswer}, 400, 408, 409, 413, 415, 503),
)
async def record_command(request: AnyRequest) -> Answer:
    """The rules of its kind accept the command or refuse it. Sent again with the same `command_id` it is
    answered as the first time (200) and recorded once."""
    ledger, language, body = recording_in(request), speech_of(request), Body(request.receive)
    command: Command | None = None
    try:
        with PATIENCE:
            command = await _read(request, body)
            outcome = (await ledger.log.record([command]))[0]
    except (ApiProblem, Malformed) as e:
        await body.hear_out(e)
        METRICS.commands.add("400")
        raise
    except (LogUnavailableError, TimeoutError) as e:
        if command is None:
            raise ApiProblem(TOO_SLOW, headers=CLOSE, seconds=COMMAND_SECONDS) from None
        METRICS.commands.add("503")
        problem = not_recorded(e).told(language)
        return problem_answer(problem, language, [_named(command), (b"retry-after", RETRY_AFTER.encode())])
    status, content = told(outcome, language)
    METRICS.commands.add(str(status))
    more = [_named(command), (b"ledger-position", b"%d" % ledger.position)]
    if status >= 400:
        return Answer(status, content, PROBLEM.encode(), [*more, *language_header(language)])
    return Answer(status, content, headers=more)


@post(
    "/v1/commands/batch",
    operation_id="recordCommands",
    summary="Record many events, one JSON command a line",
    tags=["commands"],
    status_code=200,
    responses=documented({200: None}, 400, 408, 409, 413, 415, 503),
)
async def record_commands(
    request: AnyRequest,
    atomic: Annotated[
        bool, QueryParameter(description="All lines are recorded or none; at most 10,000 lines")
    ] = False,
    dry_run: Annotated[
        bool, QueryParameter(description="Decide only, record nothing; at most 10,000 lines")
    ] = False,
) -> Answer:
    """Lines are recorded in their order while they come in; each has a line in the answer, which begins when
    all have come. A line that is malformed or refused leaves the others recorded, unless `atomic`. If the
    request breaks off, the lines that came whole are recorded; sending all again records nothing twice."""
    headers = request.scope["headers"]
    body = Body(request.receive)
    try:
        await refuse_unknown(request)
        require_type(headers, BATCH_TYPES)
        require_size(headers, BATCH_LIMIT)
    except (ApiProblem, Malformed) as e:
        await body.hear_out(e)
        raise
    batch = Batch(recording_in(request), actor_of(request), speech_of(request), BATCH_LIMIT)
    if atomic or dry_run:
        return await record_at_once(batch, body, atomic=atomic, dry_run=dry_run)
    return await record_as_it_comes(batch, body)


async def _read(request: AnyRequest, body: Body) -> Command:
    headers = request.scope["headers"]
    await refuse_unknown(request)
    require_type(headers, ("application/json",))
    require_size(headers, COMMAND_LIMIT)
    return read_command(await body.whole(COMMAND_LIMIT), actor_of(request))


def _named(command: Command) -> tuple[bytes, bytes]:
    return b"command-id", str(command.command_id).encode()


HANDLERS: list[Any] = [record_command, record_commands]
