"""What is answered about funds. Amounts are integer đồng."""

import datetime as dt

import msgspec

from services.books.movements import Balances, Movement


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


class Movements(msgspec.Struct, frozen=True):
    """A page of movements by day, then by position."""

    fund_id: str
    as_of: dt.date
    as_known: int
    opening: Balances
    """Before the first of this page."""
    movements: list[Movement]
