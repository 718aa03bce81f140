"""Who may act: tokens and roles of an actor. Actors are opaque; whose an actor is may be known.

The token itself is never recorded, only that one was issued.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from events.book import Book, State, state_of
from events.catalogue.persons import require_person
from events.declare import Data, Effect, Fact, SealedText, event
from events.refusals import Refused, code
from events.vocabulary import Id, Role

TOKEN_KNOWN = code(
    "token-already-issued",
    vi="Thẻ truy cập {token} đã được cấp.",
    en="Token {token} was already issued.",
)
UNKNOWN_TOKEN = code(
    "unknown-token",
    vi="Người dùng này không có thẻ truy cập {token} còn hiệu lực.",
    en="This actor has no standing token {token}.",
)
EXPIRES_AT_ONCE = code(
    "token-expired-at-issue",
    vi="Thẻ truy cập hết hạn ngày {expires}, trước ngày cấp {day}.",
    en="The token expires on {expires}, before the day it is issued, {day}.",
)
OTHER_PERSON = code(
    "actor-is-another-person",
    vi="Người dùng {actor} đã gắn với một người khác; mỗi người dùng chỉ là một người.",
    en="Actor {actor} already belongs to another person; an actor is one person.",
)
ROLE_HELD = code(
    "role-already-held",
    vi="Người dùng đã có vai trò «{role}» tại đơn vị «{unit}».",
    en="The actor already holds the role '{role}' at unit '{unit}'.",
)
ROLE_NOT_HELD = code(
    "role-not-held",
    vi="Người dùng không có vai trò «{role}» tại đơn vị «{unit}».",
    en="The actor does not hold the role '{role}' at unit '{unit}'.",
)
_ACTOR: dict[str, Any] = {"actor_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d12"}
_TOKEN: dict[str, Any] = _ACTOR | {"token_id": "0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d13"}
_ROLE: dict[str, Any] = _ACTOR | {"role": "recorder", "unit_id": "bac-kan-city"}


@state_of("access")
class AccessState(State):
    """One actor's tokens and roles."""

    def __init__(self) -> None:
        super().__init__()
        self.person_id: UUID | None = None
        self.tokens: dict[UUID, TokenIssued] = {}  # standing
        self.issued: set[UUID] = set()
        self.roles: frozenset[tuple[str, str]] = frozenset()  # (role, unit)

    def apply(self, fact: Fact) -> None:
        data = fact.data
        if isinstance(data, TokenIssued):
            self.tokens[data.token_id] = data
            self.issued.add(data.token_id)
            self.person_id = data.person_id or self.person_id
        elif isinstance(data, TokenWithdrawn):
            self.tokens.pop(data.token_id, None)
        elif isinstance(data, RoleGranted):
            self.roles |= {(data.role, data.unit_id)}
        elif isinstance(data, RoleWithdrawn):
            self.roles -= {(data.role, data.unit_id)}


def person_of(book: Book, actor: UUID) -> UUID:
    """Whose an actor is: a person, if known, else the actor itself. Maker and checker compare by this."""
    return book.state(f"access-{actor}", AccessState).person_id or actor


@event(
    "access-{actor_id}",
    vi="Cấp thẻ truy cập",
    en="Token issued",
    example=_TOKEN | {"name": "Máy tính văn phòng", "expires_on": "2027-12-31"},
)
class TokenIssued(Data, frozen=True):
    """An actor got a token; `name` is for those who administer, sealed."""

    actor_id: UUID
    token_id: UUID
    name: SealedText
    person_id: UUID | None = None
    expires_on: dt.date | None = None

    def decide(self, book: Book) -> Effect:
        access = book.own(AccessState)
        if self.token_id in access.issued:
            raise Refused(TOKEN_KNOWN, "/data/token_id", token=str(self.token_id))
        if self.person_id is not None:
            if access.person_id not in (None, self.person_id):
                raise Refused(OTHER_PERSON, "/data/person_id", actor=str(self.actor_id))
            require_person(book, self.person_id, "/data/person_id")
        if self.expires_on is not None and self.expires_on < book.occurred_on:
            raise Refused(EXPIRES_AT_ONCE, "/data/expires_on", expires=self.expires_on, day=book.occurred_on)
        return Effect()


@event("access-{actor_id}", vi="Thu hồi thẻ truy cập", en="Token withdrawn", example=_TOKEN)
class TokenWithdrawn(Data, frozen=True):
    """The token opens nothing any more."""

    actor_id: UUID
    token_id: UUID

    def decide(self, book: Book) -> Effect:
        if self.token_id not in book.own(AccessState).tokens:
            raise Refused(UNKNOWN_TOKEN, "/data/token_id", token=str(self.token_id))
        return Effect()


@event("access-{actor_id}", vi="Giao vai trò", en="Role granted", example=_ROLE)
class RoleGranted(Data, frozen=True):
    """The actor may act in that role for the unit and those below it."""

    actor_id: UUID
    role: Role
    unit_id: Id

    def decide(self, book: Book) -> Effect:
        unit = book.unit(self.unit_id)
        if (self.role, self.unit_id) in book.own(AccessState).roles:
            raise Refused(ROLE_HELD, "/data/role", role=self.role, unit=self.unit_id)
        return Effect(unit=self.unit_id, level=unit.level, subject=self.role)


@event("access-{actor_id}", vi="Thu hồi vai trò", en="Role withdrawn", example=_ROLE)
class RoleWithdrawn(Data, frozen=True):
    """The actor may no longer act so; possible after the unit's end too."""

    actor_id: UUID
    role: Role
    unit_id: Id

    def decide(self, book: Book) -> Effect:
        unit = book.known_unit(self.unit_id)
        if (self.role, self.unit_id) not in book.own(AccessState).roles:
            raise Refused(ROLE_NOT_HELD, "/data/role", role=self.role, unit=self.unit_id)
        return Effect(unit=self.unit_id, level=unit.level, subject=self.role)
