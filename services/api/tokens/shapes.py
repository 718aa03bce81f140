"""What is asked and answered about tokens."""

import datetime as dt
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from events.vocabulary import Id, Role, Text


class TokenWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token for a new actor, with one role at one unit."""

    name: Annotated[
        Text, Meta(extra={"sealed": "event"}, description="For those who administer; kept sealed")
    ]
    role: Role
    unit_id: Id
    expires_on: dt.date | None = None
    """The last day on which it opens anything."""
    person_id: UUID | None = None
    """Whose it is: maker and checker are compared as persons."""


class TokenMade(msgspec.Struct, frozen=True):
    """The token, shown this once and kept nowhere."""

    token: str
    token_id: UUID
    actor_id: UUID


class RoleAt(msgspec.Struct, frozen=True):
    """A role, and the unit below which it is held."""

    role: Role
    unit_id: str


class TokenLine(msgspec.Struct, frozen=True):
    """A token in a list. What it opens is told by its actor's roles."""

    token_id: UUID
    actor_id: UUID
    name: str | None
    """Null once erased."""
    roles: list[RoleAt]
    """The actor's, as they stand now."""
    issued_at: dt.datetime
    expires_on: dt.date | None
    """The last day on which it opens anything."""
    last_used_at: dt.datetime | None
    """To the minute."""
    withdrawn_at: dt.datetime | None


class Tokens(msgspec.Struct, frozen=True):
    """A page of tokens, in the order in which they were made."""

    tokens: list[TokenLine]
