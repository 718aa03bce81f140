"""Many commands in one request. Its lines are recorded while they come in; the answer is written when all
have come, since ordinary clients read nothing before they have sent everything. Until then it lies in a
temporary file, so that a batch takes little memory whatever its length.
"""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from typing import IO
from uuid import UUID

from events.deciding import Command
from events.log.batch import Course
from events.log.deciding import PART_OF_REFUSED
from events.log.outcome import LogUnavailableError, Outcome, Recorded
from events.refusals import Language, Refused
from services.api.answers import ENCODER, Answer, Streamed, language_header
from services.api.commands.bodies import Body, CutOff, Lines
from services.api.commands.reading import COMMAND_LIMIT, read_command
from services.api.commands.telling import line_told, recorded_line, told
from services.api.faults import Fault, Malformed
from services.api.ledger import Ledger, not_recorded
from services.api.operation.metrics import METRICS
from services.api.problems import (
    BATCH_REFUSED,
    BATCH_TOO_LONG,
    BODY_TOO_LARGE,
    LOG_UNAVAILABLE,
    NOT_ATTEMPTED,
    ApiProblem,
    malformed,
)

NDJSON = b"application/x-ndjson"
MOST_LINES = 100_000
MOST_LINES_AT_ONCE = 10_000
"""Of a batch that is decided as a whole."""
CHUNK = 500
"""Lines given to the log together, at most."""
CHUNK_SECONDS = 60
"""After which the log counts as away."""
FAULTS_A_LINE = 20
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of results held in memory; more go to a temporary file."""

Read = tuple[int, Command | Malformed]
"""A line's number, and what it says."""


class Batch:
    """One batch on its way: who sends it, and the results so far."""

    def __init__(self, ledger: Ledger, actor: UUID, language: Language, limit: int) -> None:
        self.ledger = ledger
        self.language = language
        self.limit = limit
        self.results: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed when sent
        self.last_position = 0
        self.away = False
        """Whether the log became unavailable at an earlier line."""
        self._told: list[bytes] = []  # not written yet
        self._course = Course()  # of its chunks, of which the next is given before the last is recorded
        self._actor = actor
        self._why = ApiProblem(LOG_UNAVAILABLE)

    def read(self, lines: Sequence[tuple[int, bytes | None]]) -> list[Read]:
        return [(number, self._read(line)) for number, line in lines]

    def _read(self, line: bytes | None) -> Command | Malformed:
        if line is None:
            return _too_large()
        try:
            return read_command(line, self._actor)
        except Malformed as e:
            return e

    async def record(self, lines: Sequence[Read]) -> list[Outcome] | None:
        """The outcomes of the commands among them; None if the log is not available."""
        commands = [c for _, c in lines if isinstance(c, Command)]
        if self.away:
            return None
        try:
            async with asyncio.timeout(CHUNK_SECONDS):
                return await self.ledger.log.record(commands, course=self._course)
        except (LogUnavailableError, TimeoutError) as e:
            self._why = not_recorded(e)
            return None

    def tell(self, lines: Sequence[Read], outcomes: Sequence[Outcome] | None) -> None:
        """Write a result line for each."""
        following = iter(outcomes or ())
        recorded = again = 0
        unavailable = (ApiProblem(NOT_ATTEMPTED) if self.away else self._why).told(self.language)
        for number, said in lines:
            if isinstance(said, Malformed):
                self.problem(number, said)
            elif outcomes is None:
                self._tell(number, unavailable.status, said.command_id, ENCODER.encode(unavailable))
            elif isinstance(outcome := next(following), Recorded):
                self.last_position = max(self.last_position, outcome.last_position)
                self._told.append(recorded_line(number, said.command_id, outcome))
                again += outcome.repeated
                recorded += 1
            else:
                self._tell(number, *_with_id(told(outcome, self.language), said.command_id))
        self.away = self.away or outcomes is None
        for status, count in (("201", recorded - again), ("200", again)):
            if count:
                METRICS.commands.add(status, count)
        self._write()

    def problem(self, number: int, what: Malformed | ApiProblem) -> None:
        if isinstance(what, Malformed):
            told_ = malformed(what.faults[:FAULTS_A_LINE], self.language)
        else:
            told_ = what.told(self.language)
        self._tell(number, told_.status, None, ENCODER.encode(told_))

    def _tell(self, number: int, status: int, command_id: UUID | None, body: bytes) -> None:
        METRICS.commands.add(str(status))
        self._told.append(line_told(number, status, command_id, body))

    def _write(self) -> None:
        self.results.write(b"".join(self._told))
        self._told.clear()

    def answer(self) -> Streamed:
        self._write()
        position = max(self.last_position, self.ledger.position)
        headers = [(b"ledger-position", b"%d" % position), *language_header(self.language)]
        return Streamed(self.results, NDJSON, headers)


async def record_as_it_comes(batch: Batch, body: Body) -> Answer:
    """Line by line; while one chunk is on its way into the log the next is read."""
    lines, waiting = Lines(COMMAND_LIMIT), _Waiting(batch)
    taken = size = stopped_at = 0
    stopped: ApiProblem | None = None
    whole = False
    try:
        async for piece in body.pieces():
            size += len(piece)
            if size > batch.limit:
                stopped = ApiProblem(BODY_TOO_LARGE, limit=batch.limit)
                break
            found = lines.feed(piece)
            for chunk in _chunks(found[: MOST_LINES - taken]):
                await waiting.add(batch.read(chunk))
            taken += len(found)
            if taken > MOST_LINES:
                stopped, stopped_at = (
                    ApiProblem(BATCH_TOO_LONG, limit=MOST_LINES),
                    found[MOST_LINES - taken][0],
                )
                break
        else:
            whole = True
    except CutOff:
        pass
    except ApiProblem as e:
        stopped = e
    if whole:
        await waiting.add(batch.read(lines.last()))
    await waiting.done()
    if stopped:
        await body.drain()
        batch.problem(stopped_at or lines.number + 1, stopped)
    return batch.answer()


async def record_at_once(batch: Batch, body: Body, *, atomic: bool, dry_run: bool) -> Answer:
    """All lines are decided together. Raises `ApiProblem` where nothing of an atomic batch was recorded."""
    try:
        read = await _all_lines(batch, body)
    except CutOff:
        return batch.answer()
    except ApiProblem as e:
        await body.hear_out(e)
        raise
    wrong = [on_line(n, f) for n, said in read if isinstance(said, Malformed) for f in said.faults]
    if atomic and wrong:
        raise Malformed(*wrong[: FAULTS_A_LINE * 10])
    commands = [said for _, said in read if isinstance(said, Command)]
    try:
        outcomes = await batch.ledger.log.record(commands, atomic=atomic, dry_run=dry_run)
    except LogUnavailableError as e:
        raise not_recorded(e) from e
    if atomic and any(isinstance(o, Refused) for o in outcomes):
        raise whole_refused([n for n, _ in read], outcomes)
    batch.tell(read, outcomes)
    return batch.answer()


async def _all_lines(batch: Batch, body: Body) -> list[Read]:
    lines, read, size = Lines(COMMAND_LIMIT), list[Read](), 0
    async for piece in body.pieces():
        size += len(piece)
        if size > batch.limit:
            raise ApiProblem(BODY_TOO_LARGE, limit=batch.limit)
        read += batch.read(lines.feed(piece))
        if len(read) > MOST_LINES_AT_ONCE:
            raise ApiProblem(BATCH_TOO_LONG, limit=MOST_LINES_AT_ONCE)
        await asyncio.sleep(0)
    return read + batch.read(lines.last())


class _Waiting:
    """The chunk on its way into the log: its results are written before those of the next."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._before: tuple[list[Read], asyncio.Task[list[Outcome] | None]] | None = None

    async def add(self, lines: list[Read]) -> None:
        if lines:
            task = asyncio.create_task(self._batch.record(lines))
            await asyncio.sleep(0)  # it queues with the log before anything else is read
            await self.done()
            self._before = lines, task

    async def done(self) -> None:
        if self._before is not None:
            (lines, task), self._before = self._before, None
            self._batch.tell(lines, await task)


def _chunks(lines: list[tuple[int, bytes | None]]) -> Iterator[list[tuple[int, bytes | None]]]:
    for start in range(0, len(lines), CHUNK):
        yield lines[start : start + CHUNK]


def whole_refused(numbers: Sequence[int], outcomes: Sequence[Outcome]) -> ApiProblem:
    refusals = [
        (number, o)
        for number, o in zip(numbers, outcomes, strict=True)
        if isinstance(o, Refused) and o.code != PART_OF_REFUSED
    ]
    faults = [Fault(o.field or "", o.code, values=o.values, line=n) for n, o in refusals]
    return ApiProblem(BATCH_REFUSED, faults=faults, count=len(refusals))


def on_line(number: int, fault: Fault) -> Fault:
    return Fault(fault.pointer, fault.code, fault.rule, fault.expected, fault.got, fault.values, line=number)


def _with_id(answer: tuple[int, bytes], command_id: UUID) -> tuple[int, UUID, bytes]:
    return answer[0], command_id, answer[1]


def _too_large() -> Malformed:
    return Malformed(
        Fault("", BODY_TOO_LARGE, "maxLength", str(COMMAND_LIMIT), values={"limit": COMMAND_LIMIT})
    )
