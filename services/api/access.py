"""Who asks, and what they may see: for handlers, after `admission.py` has let the request in."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection

from events.refusals import Language
from services.api.asking import ASKING, CHALLENGE, Asking
from services.api.callers import Caller
from services.api.languages import language_of
from services.api.ledger import Ledger
from services.api.problems import FORBIDDEN, UNAUTHORISED, ApiProblem

AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]

READING = frozenset({"recorder", "approver", "auditor", "integrator", "administrator"})
BOOKS = READING - {"integrator"}
AUDIT = frozenset({"auditor", "administrator"})
FEED = AUDIT | {"integrator"}


def caller_of(request: AnyConnection) -> Caller:
    """Who asks. Raises `token-required` on a route that is open to all."""
    asking = asking_of(request)
    if asking is None:
        raise ApiProblem(UNAUTHORISED, headers=CHALLENGE)
    return asking.caller


def asking_of(request: AnyConnection) -> Asking | None:
    """The request's standing; None on a route that is open to all."""
    scope: Any = request.scope
    asking: Asking | None = scope.get(ASKING)
    return asking


def actor_of(request: AnyConnection) -> UUID:
    """Under whose name commands of this request are recorded."""
    return caller_of(request).actor


def readable_units(request: AnyConnection, roles: frozenset[str]) -> list[str] | None:
    """The units whose records the caller may see in one of these roles; None: the whole log."""
    reach = caller_of(request).reach(roles)
    return None if reach is None else sorted(reach)


def require_reach(request: AnyConnection, roles: frozenset[str], units: Collection[str | None]) -> None:
    """Raises `out-of-reach` unless the caller's roles reach one of the units (None: of no unit)."""
    reach = caller_of(request).reach(roles)
    if reach is not None and not any(unit in reach for unit in units):
        raise ApiProblem(FORBIDDEN)


def require_whole_log_auditor(request: AnyConnection) -> None:
    """Raises `out-of-reach` unless the caller may audit everything: a role on every root of the tree."""
    require_reach(request, AUDIT, ())


def ledger_of(request: AnyConnection) -> Ledger:
    """The process's ledger, open since startup, as this request may ask it."""
    return recording_in(request).asked_by(asking_of(request))


def recording_in(request: AnyConnection) -> Ledger:
    """The process's ledger, for who only records: nothing is asked of it for the request."""
    ledger: Ledger = request.scope["litestar_app"].state["ledger"]
    return ledger


def speech_of(request: AnyConnection) -> Language:
    """The language this request is answered in."""
    return language_of(request.scope["headers"])
