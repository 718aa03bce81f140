"""Taking a bank's file: read, held against the book, recorded whole with all of its lines or not at all."""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
import uuid_utils
from litestar import post
from litestar.params import QueryParameter

from events.deciding import Command
from events.declare import CATALOGUE
from events.log.deciding import PART_OF_REFUSED
from events.log.outcome import LogUnavailableError, Outcome
from events.permissions import RECORDING
from events.refusals import Refused
from events.vocabulary import Metadata, today
from services.api.access import BOOKS, AnyRequest, actor_of, ledger_of
from services.api.answers import Answer, answer
from services.api.banking.controller import WITH_IMPORT, Days
from services.api.banking.reach import require_fund
from services.api.banking.shapes import Imported, StatementLine
from services.api.commands.bodies import CLOSE, Body, require_size
from services.api.documented import documented
from services.api.faults import Malformed
from services.api.ledger import Ledger, not_recorded
from services.api.parameters import Identifier, MinPosition, refuse_unknown
from services.api.problems import TOO_SLOW, ApiProblem
from services.banking.mappings import LONGEST, Mapping, of_bank, parsed
from services.banking.matching import OpenLine, Proposal, around, propose
from services.banking.reading import read_statement
from services.banking.recorded import MODELS, entries_between, last_statement, matchable
from services.banking.refusals import FIELD, OTHER_ACCOUNT, UNKNOWN_ACCOUNT
from services.banking.statement import MOST_BYTES, Format, Statement
from services.persons.opening import opened, text_of

RECORDERS = BOOKS & RECORDING
SECONDS = 120
"""For the whole body to come in."""
SHOWN = 1_000
"""Lines shown in the answer."""

Kind = Annotated[Format, QueryParameter(description="What the bank gave out")]
Bank = Annotated[
    str | None,
    QueryParameter(max_length=40, description="Whose layout a CSV or XLSX has: `vietcombank`, `agribank` …"),
]
OwnMapping = Annotated[
    str | None,
    QueryParameter(max_length=LONGEST, description="A layout of your own, in TOML, instead of `bank`"),
]
Account = Annotated[
    str | None,
    QueryParameter(
        max_length=40,
        description="The account it must be of; default: that of the fund's last statement, if one was named",
    ),
]
StatementId = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", description="Default: made of the period and the file"
    ),
]
DryRun = Annotated[bool, QueryParameter(description="Read, decide and match; record nothing")]


@post(
    "/v1/funds/{fund_id:str}/statements",
    operation_id="importStatement",
    summary="Record a bank statement from the bank's file",
    tags=["funds"],
    status_code=201,
    responses=documented({201: Imported, 200: Imported}, 400, 404, 408, 409, 413, 503),
)
async def import_statement(
    request: AnyRequest,
    fund_id: Identifier,
    format: Kind,
    bank: Bank = None,
    mapping: OwnMapping = None,
    account: Account = None,
    statement_id: StatementId = None,
    days: Days = 3,
    dry_run: DryRun = False,
    min_position: MinPosition = None,
) -> Answer:
    """The body is the file as the bank gave it out. It is recorded with all of its lines or not at all; the
    answer shows which entries of the book they most likely are. A file that does not add up, is of another
    bank, account or currency, or was recorded before, is refused."""
    ledger, body = ledger_of(request), Body(request.receive)
    try:
        await refuse_unknown(request)
        require_size(request.scope["headers"], MOST_BYTES)
        async with ledger.reading_models(MODELS, min_position) as (connection, _):
            await require_fund(request, connection, fund_id, RECORDERS)
        content = await _whole(body)
    except (ApiProblem, Malformed) as e:
        await body.hear_out(e)
        raise
    statement = await asyncio.to_thread(_read, content, format, bank, mapping)
    digest = hashlib.sha256(content).hexdigest()
    period = f"{statement.from_date:%Y%m%d}-{statement.to_date:%Y%m%d}"
    name = statement_id or f"sk-{period}-{digest[:8]}"
    await _require_account(ledger, fund_id, statement, account)
    commands = _commands(fund_id, name, statement, digest, actor_of(request))
    position = await _record(ledger, commands, dry_run=dry_run)
    proposals = await _proposals(ledger, fund_id, statement, days)
    content_ = _imported(fund_id, name, statement, proposals, recorded=not dry_run)
    return answer(content_, position or ledger.position, status=200 if dry_run else 201)


async def _whole(body: Body) -> bytes:
    try:
        async with asyncio.timeout(SECONDS):
            return await body.whole(MOST_BYTES)
    except TimeoutError:
        raise ApiProblem(TOO_SLOW, headers=CLOSE, seconds=SECONDS) from None


def _read(content: bytes, format: Format, bank: str | None, mapping: str | None) -> Statement:
    """Raises `Refused`."""
    chosen: Mapping | None = parsed(mapping) if mapping is not None else of_bank(bank) if bank else None
    return read_statement(content, format, chosen)


async def _require_account(ledger: Ledger, fund_id: str, statement: Statement, asked: str | None) -> None:
    """Raises `statement-other-account`, `statement-account-not-named`. What is shown of an account is its
    last four figures."""
    expected = asked or await _last_account(ledger, fund_id)
    if expected is None:
        return
    if statement.account is None:
        if asked:
            raise Refused(UNKNOWN_ACCOUNT, FIELD)
    elif _bare(statement.account) != _bare(expected):
        raise Refused(OTHER_ACCOUNT, FIELD, fund=fund_id, expected="…" + _bare(expected)[-4:])


async def _last_account(ledger: Ledger, fund_id: str) -> str | None:
    async with ledger.reading_models(MODELS, None) as (connection, _):
        event_id = await last_statement(connection, fund_id)
        if event_id is None:
            return None
        texts = await opened(connection, ledger.master, [event_id])
    account: str | None = text_of(texts.get((event_id, "account")))
    return account


def _bare(account: str) -> str:
    return re.sub(r"\W", "", account).upper()


def _commands(fund_id: str, name: str, statement: Statement, digest: str, actor: UUID) -> list[Command]:
    """The statement, then its lines, all of today: the period may be closed, and nothing is moved."""
    head = {
        "fund_id": fund_id,
        "statement_id": name,
        "from_date": statement.from_date,
        "to_date": statement.to_date,
        "opening": statement.opening,
        "closing": statement.closing,
        "account": statement.account,
        "file_digest": digest,
    }
    lines = [
        {
            "fund_id": fund_id,
            "statement_id": name,
            "line": line.line,
            "date": line.date,
            "amount": line.amount,
            "text": line.text,
            "reference": line.reference,
        }
        for line in statement.lines
    ]
    return [
        _command("BankStatementRecorded", head, Metadata(file_digest=digest), actor),
        *(
            _command("BankLineRecorded", line, Metadata(file_digest=digest, line=number), actor)
            for number, line in enumerate(lines, 1)
        ),
    ]


def _command(type_: str, data: dict[str, Any], metadata: Metadata, actor: UUID) -> Command:
    kind = CATALOGUE[type_]
    made = msgspec.convert(data, kind.data)
    return Command(kind, made, today(), UUID(int=uuid_utils.uuid7().int), actor, metadata=metadata)


async def _record(ledger: Ledger, commands: Sequence[Command], *, dry_run: bool) -> int | None:
    """The last position, None if nothing was to be recorded. Raises the refusal that stopped it."""
    try:
        outcomes = await ledger.log.record(commands, atomic=True, dry_run=dry_run)
    except LogUnavailableError as e:
        raise not_recorded(e) from e
    for outcome in outcomes:
        if isinstance(outcome, Refused) and outcome.code != PART_OF_REFUSED:
            raise outcome
    return max((p for o in outcomes if (p := _position(o)) is not None), default=None)


def _position(outcome: Outcome) -> int | None:
    return getattr(outcome, "last_position", None)


async def _proposals(ledger: Ledger, fund_id: str, statement: Statement, days: int) -> dict[int, Proposal]:
    lines = [OpenLine(line.line, line.date, line.amount, line.text) for line in statement.lines]
    near = around(statement.from_date, statement.to_date, days)
    async with ledger.reading_models(MODELS, None) as (connection, _):
        entries = await matchable(connection, await entries_between(connection, fund_id, *near))
    return await asyncio.to_thread(propose, lines, entries, days)


def _imported(
    fund_id: str, name: str, statement: Statement, proposals: dict[int, Proposal], *, recorded: bool
) -> Imported:
    return Imported(
        fund_id=fund_id,
        statement_id=name,
        recorded=recorded,
        bank=statement.bank,
        account=statement.account,
        from_date=statement.from_date,
        to_date=statement.to_date,
        opening=statement.opening,
        closing=statement.closing,
        line_count=len(statement.lines),
        proposed=len(proposals),
        unmatched=len(statement.lines) - len(proposals),
        lines=[
            StatementLine(
                line=line.line,
                date=line.date,
                amount=line.amount,
                text=line.text,
                reference=line.reference,
                state="proposed" if line.line in proposals else "unmatched",
                entries=[],
                settled_by=None,
                reason=None,
                proposal=proposals.get(line.line),
            )
            for line in statement.lines[:SHOWN]
        ],
    )


HANDLERS: list[Any] = [import_statement, *WITH_IMPORT]
