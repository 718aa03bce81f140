"""The words every event is made of: ids, money, text, levels, pockets, measures.

Each type carries its limits once; JSON validation, OpenAPI and the import columns follow from it.
Nothing here knows a rule that needs history: those stand with the events in `events/catalogue`.
"""

import datetime as dt
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from asyncpg.pgproto import pgproto
from msgspec import Meta

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""A date in this ledger is a day here; an instant is UTC."""

LOCAL_ACTOR: UUID = pgproto.UUID("00000000-0000-7000-8000-000000000001")
"""Who acts until access control knows better: whoever sits at this machine (loopback only). The driver's
subclass of `UUID`: it is compared with every command's actor."""

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}(?!\n)$", examples=["bac-kan-city"])]
"""A name for a thing, given by the client or made as UUIDv7; never an identity number or a person's name."""

EventRef = Annotated[
    str,
    Meta(
        pattern=r"^(command:)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\n)$",
        description="An earlier event: its event_id, or `command:<command_id>` of the command that made it.",
        examples=["command:0192f0c1-2b7e-7c3a-9d53-0a7a3b1c5d10"],
    ),
]

_NO_CONTROLS = r"^[^\x00-\x08\x0b-\x1f\x7f]*(?!\n)$"
Text = Annotated[str, Meta(min_length=1, max_length=300, pattern=_NO_CONTROLS)]
"""Public text: names of units, organisations, clans, titles, topics, decision numbers. NFC."""
LongText = Annotated[str, Meta(min_length=1, max_length=4000, pattern=_NO_CONTROLS)]
"""Free text about whatever its writer likes, persons included: only ever in sealed fields."""

Dong = Annotated[int, Meta(ge=1, le=10**15, description="Integer đồng")]
DongOrNone = Annotated[int, Meta(ge=0, le=10**15, description="Integer đồng, 0 allowed")]
SignedDong = Annotated[int, Meta(ge=-(10**15), le=10**15, description="Integer đồng, signed")]
Count = Annotated[int, Meta(ge=0, le=10**9)]
Positive = Annotated[int, Meta(ge=1, le=10**9)]
Year = Annotated[int, Meta(ge=1900, le=2200)]
SchoolYear = Annotated[
    str,
    Meta(
        pattern=r"^(19|20|21)\d{2}-(19|20|21)\d{2}(?!\n)$", examples=["2016-2017"], description="`2016-2017`"
    ),
]
Code = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.\-]{0,34}(?!\n)$", examples=["01843"])]
Scheme = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}(?!\n)$", examples=["gso"])]
Term = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}(?!\n)$", examples=["scholarship"])]
"""An entry of a list of terms (purposes, occasions, items …), see `events/catalogue/terms.py`."""
IndicatorName = Annotated[
    str, Meta(pattern=r"^[a-z][a-z_]*(\.[a-z_]+){1,3}(?!\n)$", max_length=64, examples=["fund.raised"])
]

Level = Literal["central", "province", "district", "commune", "chapter", "board", "clan"]
LEVELS: tuple[Level, ...] = ("central", "province", "district", "commune", "chapter", "board", "clan")
"""From the top down. `district` covers huyện, quận, thị xã and a city under a province."""

Pocket = Literal["cash", "bank", "goods"]
MoneyPocket = Literal["cash", "bank"]
Model = Literal["family", "clan", "community", "unit", "commune_community", "citizen"]
Rating = Literal["good", "fair", "average", "weak"]
AwardCategory = Literal[
    "excellent_student", "scholarship", "university_entrant", "hardship", "teacher", "member", "mixed"
]
AwardMeasure = Literal["person", "person_turn", "award"]
FigureMeasure = Literal["count", "person", "person_turn", "award", "vnd", "percent", "percentage_point"]
PartyKind = Literal["organisation", "person", "household", "collective", "anonymous"]
PaymentKind = Literal["award", "expense", "transfer"]
Qualifier = Literal["exact", "near", "over"]
Role = Literal["recorder", "approver", "auditor", "integrator", "administrator"]


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who gave or was paid. A `name` only of organisations and collectives; persons by `person_id`."""

    kind: PartyKind
    name: Text | None = None
    person_id: UUID | None = None


class PocketAmount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lay in one pocket of a fund, in đồng."""

    pocket: Pocket
    amount: Dong


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods given in kind: `what` is a term of the list `item`, `unit` of the list `item_unit`."""

    what: Term
    quantity: Positive
    unit: Term


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One successor of a split unit: `parts` are integers, so that 1 of 3 is exact."""

    unit_id: Id
    parts: Annotated[int, Meta(ge=1, le=10**6)]


class Metadata(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a record came from. A fixed list of keys, values short and never a person's."""

    source: Id | None = None
    page: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    line: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None
    file_digest: (
        Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$", description="SHA-256 of a file")] | None
    ) = None
    first_recorded_on: dt.date | None = None
    invented: bool = False
    client: Id | None = None


def day_of(instant: dt.datetime) -> dt.date:
    """The day in Vietnam on which an instant falls."""
    return instant.astimezone(VIETNAM).date()


def today() -> dt.date:
    """The day it is in Vietnam."""
    return day_of(dt.datetime.now(dt.UTC))
