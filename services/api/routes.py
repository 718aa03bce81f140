"""Every route there is, by area."""

from typing import Any

from litestar import Router

from services.api.accounts import controller as accounts
from services.api.accounts import payments, together
from services.api.audit import controller as audit
from services.api.banking import controller as banking
from services.api.banking import importing
from services.api.books import controller as books
from services.api.commands import controller as commands
from services.api.disclosure import controller as disclosure
from services.api.feed import controller as feed
from services.api.funds import controller as funds
from services.api.indicators import controller as indicators
from services.api.log import controller as log
from services.api.operation import controller as operation
from services.api.parameters import refuse_unknown
from services.api.persons import controller as persons
from services.api.pledges import controller as pledges
from services.api.report import controller as report
from services.api.statements import controller as statements
from services.api.statistics import controller as statistics
from services.api.statistics import exported, revisited, told
from services.api.tokens import controller as tokens
from services.api.units import controller as units
from services.api.units import preview
from services.api.vouchers import controller as vouchers

_READING = (
    statistics,
    exported,
    revisited,
    report,
    told,
    indicators,
    units,
    funds,
    accounts,
    together,
    payments,
    pledges,
    statements,
    disclosure,
    banking,
    books,
    vouchers,
    persons,
    audit,
    log,
    feed,
    operation,
)

_QUERIES: list[Any] = [handler for area in _READING for handler in area.HANDLERS]

ROUTES: list[Any] = [
    *commands.HANDLERS,
    *tokens.HANDLERS,
    *importing.HANDLERS,
    *preview.HANDLERS,
    Router("/", before_request=refuse_unknown, route_handlers=_QUERIES),
]
