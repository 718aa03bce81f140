"""Making a token, and listing them. Withdrawing one, granting and withdrawing roles are commands like any
other."""

import datetime as dt
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
import uuid_utils
from litestar import get, post

from events.catalogue.access import RoleGranted, TokenIssued
from events.deciding import Command
from events.declare import CATALOGUE, Data
from events.log.deciding import PART_OF_REFUSED
from events.log.outcome import LogUnavailableError, Recorded
from events.refusals import Refused
from events.vocabulary import today
from services.api.access import AnyRequest, actor_of, caller_of, ledger_of
from services.api.answers import Answer, answer
from services.api.checking import EVERY, faults_of, type_of
from services.api.commands.bodies import CLOSE, Body, require_size, require_type
from services.api.commands.controller import COMMAND_SECONDS, PATIENCE
from services.api.commands.diagnosis import as_told, normalised, parsed, undoubled
from services.api.documented import documented
from services.api.faults import Malformed
from services.api.ledger import not_recorded
from services.api.parameters import (
    Cursor,
    Limit,
    MinPosition,
    next_page,
    refuse_unknown,
    understood,
    written,
)
from services.api.problems import TOO_SLOW, ApiProblem
from services.api.tokens.listing import listed
from services.api.tokens.secret import digest_of, new_token
from services.api.tokens.shapes import TokenMade, Tokens, TokenWanted

LIMIT = 8_192
"""Bytes of a request."""

ADMINISTERING = frozenset({"administrator"})


@post(
    "/v1/tokens",
    operation_id="createToken",
    summary="Make a token",
    tags=["access"],
    responses=documented({201: TokenMade}, 400, 408, 409, 413, 415),
)
async def create_token(request: AnyRequest) -> Answer:
    """A token for a new actor with one role at a unit that the caller administers. It is answered this once;
    only a digest of it is kept. Further roles: `RoleGranted`; to end it: `TokenWithdrawn`."""
    wanted = await _wanted(request)
    actor_id = UUID(int=uuid_utils.uuid7().int)
    token_id, token = new_token()
    issued = TokenIssued(
        actor_id=actor_id,
        token_id=token_id,
        name=wanted.name,
        person_id=wanted.person_id,
        expires_on=wanted.expires_on,
    )
    granted = RoleGranted(actor_id=actor_id, role=wanted.role, unit_id=wanted.unit_id)
    ledger, on = ledger_of(request), today()
    try:
        with PATIENCE:
            outcomes = await ledger.log.record(
                [_command(data, actor_of(request), on) for data in (issued, granted)], atomic=True
            )
        for outcome in outcomes:
            if isinstance(outcome, Refused) and outcome.code != PART_OF_REFUSED:
                raise outcome
        await ledger.keep_token(token_id, actor_id, digest_of(token))
    except (LogUnavailableError, TimeoutError) as e:
        raise not_recorded(e) from e
    position = max(o.last_position for o in outcomes if isinstance(o, Recorded))
    return answer(TokenMade(token, token_id, actor_id), position, status=201)


async def _wanted(request: AnyRequest) -> TokenWanted:
    """Raises `ApiProblem`, `Malformed`."""
    headers, body = request.scope["headers"], Body(request.receive)
    try:
        with PATIENCE:
            await refuse_unknown(request)
            require_type(headers, ("application/json",))
            require_size(headers, LIMIT)
            return _read(await body.whole(LIMIT))
    except (ApiProblem, Malformed) as e:
        await body.hear_out(e)
        raise
    except TimeoutError:
        raise ApiProblem(TOO_SLOW, headers=CLOSE, seconds=COMMAND_SECONDS) from None


def _read(body: bytes) -> TokenWanted:
    """As a command is read: text in NFC. Raises `Malformed` with every fault there is."""
    undoubled(body)
    value = normalised(parsed(body))
    if faults := list(islice(faults_of(value, type_of(TokenWanted), ""), EVERY)):
        raise Malformed(*faults)
    try:
        return msgspec.convert(value, TokenWanted)
    except msgspec.ValidationError as e:
        raise Malformed(as_told(str(e), "")) from None


def _command(data: Data, actor: UUID, on: dt.date) -> Command:
    return Command(CATALOGUE[type(data).__name__], data, on, UUID(int=uuid_utils.uuid7().int), actor)


@get(
    "/v1/tokens",
    operation_id="listTokens",
    summary="List tokens",
    tags=["access"],
    responses=documented({200: Tokens}, 400),
)
async def list_tokens(
    request: AnyRequest, limit: Limit = 100, cursor: Cursor = None, min_position: MinPosition = None
) -> Answer:
    """Expired and withdrawn ones too: the caller's own, and those of actors whose every role lies within what
    the caller administers."""
    caller, ledger = caller_of(request), ledger_of(request)
    async with ledger.reading_log(min_position) as (connection, now):
        found = await listed(
            connection,
            ledger.master,
            reach=caller.reach(ADMINISTERING),
            own=caller.actor,
            after=understood(cursor, UUID),
            limit=limit + 1,
        )
    link = next_page(request, cursor=written(found[limit - 1].token_id)) if len(found) > limit else None
    return answer(Tokens(found[:limit]), now.position, link=link)


HANDLERS: list[Any] = [create_token, list_tokens]
