"""Routes of the accounts: what every account holds, and whether the books balance."""

import datetime as dt
from typing import Any

import msgspec
from litestar import get

from services.api.access import AnyRequest, speech_of
from services.api.accounts.asked import books_asked
from services.api.answers import Answer, answer
from services.api.documented import documented
from services.api.parameters import AsKnown, Day, Identifier, MinPosition
from services.api.problems import BOOKS_UNBALANCED, ApiProblem
from services.books.terms import purposes
from services.books.trial import Account, Balanced, accounts, faults, levels, told
from workers.accounts import label


class TrialBalance(msgspec.Struct, frozen=True):
    """Every account of a unit's books that ever moved, at the end of a day."""

    unit_id: str
    as_of: dt.date
    as_known: int
    funds: int
    accounts: list[Account]


class Check(msgspec.Struct, frozen=True):
    """The books balance: debit equals credit at every level, money and goods apart. Otherwise the answer is
    the problem `books-unbalanced`, which names the entries."""

    unit_id: str
    as_of: dt.date
    as_known: int
    funds: int
    levels: list[Balanced]


@get(
    "/v1/units/{unit_id:str}/accounts",
    operation_id="getAccounts",
    summary="The trial balance of a unit's books",
    tags=["funds"],
    responses=documented({200: TrialBalance}, 400, 404, 503),
)
async def trial_balance(
    request: AnyRequest,
    unit_id: Identifier,
    as_of: Day = None,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """Debit, credit and balance of every account of the unit's funds and all below. A transfer between two
    of them leaves nothing but what is still on its way (`transit:…`)."""
    language = speech_of(request)
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        found = await accounts(connection, scope)
        terms = await purposes(connection)
    lines = [
        Account(name, list(label(name, language, terms)), debit, credit, debit - credit)
        for name, debit, credit in found
    ]
    return answer(TrialBalance(unit_id, scope.as_of, scope.known, len(scope.funds), lines), scope.known)


@get(
    "/v1/units/{unit_id:str}/accounts/check",
    operation_id="checkAccounts",
    summary="Do the books balance?",
    tags=["funds"],
    responses=documented({200: Check}, 400, 404, 500, 503),
)
async def check_accounts(
    request: AnyRequest,
    unit_id: Identifier,
    as_of: Day = None,
    as_known: AsKnown = None,
    min_position: MinPosition = None,
) -> Answer:
    """Every entry's lines sum to nothing, goods apart from money; the journal, the sums by day and the
    balances carried along say the same of every pocket. Fails loudly, naming what does not hold."""
    async with books_asked(request, unit_id, as_of, as_known, min_position) as (connection, scope):
        wrong = await faults(connection, scope)
        found = await levels(connection, scope)
    if wrong or any(level.debit != level.credit for level in found):
        raise ApiProblem(BOOKS_UNBALANCED, unit=unit_id, count=len(wrong), found=told(wrong))
    return answer(Check(unit_id, scope.as_of, scope.known, len(scope.funds), found), scope.known)


HANDLERS: list[Any] = [trial_balance, check_accounts]
