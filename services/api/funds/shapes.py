"""What is answered about funds. Amounts are integer đồng."""

import datetime as dt
from uuid import UUID

import msgspec

from events.vocabulary import PartyKind, Pocket


class Balances(msgspec.Struct, frozen=True):
    """What lies in each pocket, in đồng."""

    cash: int
    bank: int
    goods: int
    total: int


class FundDetail(msgspec.Struct, frozen=True):
    """A fund and its balances at the end of a day. Whose it is and whether it is closed are as of today."""

    fund_id: str
    name: str
    unit_id: str
    restricted_to: list[str]
    """The purposes it may pay for; empty: any."""
    opened_on: dt.date
    closed_on: dt.date | None
    closed_through: dt.date | None
    """Nothing dated up to that day is recorded any more."""
    as_of: dt.date
    as_known: int
    """The position up to which events are counted."""
    balances: Balances


class Voucher(msgspec.Struct, frozen=True):
    """The receipt (`pt`) or payment (`pc`) voucher of an entry."""

    unit_id: str
    series: str
    year: int
    number: int


class Counterparty(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who gave or was paid; of a transfer the other fund."""

    kind: PartyKind | None = None
    name: str | None = None
    person_id: UUID | None = None
    fund_id: str | None = None


class Movement(msgspec.Struct, frozen=True):
    """What one entry did to one pocket, in đồng: what comes in is positive, what goes out negative."""

    position: int
    event_id: UUID
    type: str
    occurred_on: dt.date
    recorded_at: dt.datetime
    pocket: Pocket
    amount: int
    balance: int
    """Of that pocket after it."""
    total: int
    """Of all pockets after it."""
    late: bool
    """Something of a later day had been recorded before it."""
    counterparty: Counterparty | None
    purpose: str | None
    category: str | None
    voucher: Voucher | None
    payment_id: str | None
    approval: UUID | None
    """The event that approved the payment."""
    transfer_id: str | None
    other_half: UUID | None
    """The event at the other end of a transfer; null: in transit."""
    reversal_of: UUID | None
    reversed_by: UUID | None


class Movements(msgspec.Struct, frozen=True):
    """A page of movements by day, then by position."""

    fund_id: str
    as_of: dt.date
    as_known: int
    opening: Balances
    """Before the first of this page."""
    movements: list[Movement]
