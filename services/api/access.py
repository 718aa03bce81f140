"""Who asks. Until access control comes there is one local actor, so the service answers this machine only."""

from typing import Any
from uuid import UUID

from litestar import Request

from events.refusals import Language
from events.vocabulary import LOCAL_ACTOR
from services.api.languages import language_of
from services.api.ledger import Ledger

AnyRequest = Request[Any, Any, Any]


def actor_of(request: AnyRequest) -> UUID:
    """Under whose name commands of this request are recorded."""
    return LOCAL_ACTOR


def ledger_of(request: AnyRequest) -> Ledger:
    """The process's ledger, open since startup."""
    ledger: Ledger = request.scope["litestar_app"].state["ledger"]
    return ledger


def speech_of(request: AnyRequest) -> Language:
    """The language this request is answered in."""
    return language_of(request.scope["headers"])
