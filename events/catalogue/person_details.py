"""What may be known of a person or household: one sealed field, never in clear outside its place."""

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from events.vocabulary import LongText, Text

DetailField = Literal[
    "name",
    "birth_date",
    "sex",
    "phone",
    "email",
    "address",
    "school",
    "class_name",
    "circumstances",
    "identity_number",
    "representative",
    "bank_account",
]


class PersonDetails(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known of a person or household. Sealed as one; every part optional."""

    name: Text | None = None
    birth_date: dt.date | None = None
    sex: Literal["female", "male", "other"] | None = None
    phone: Text | None = None
    email: Text | None = None
    address: Text | None = None
    school: Text | None = None
    class_name: Text | None = None
    circumstances: LongText | None = None
    identity_number: Text | None = None
    representative: Text | None = None
    bank_account: Text | None = None


SealedDetails = Annotated[
    PersonDetails, Meta(extra={"sealed": "person_id"}, description="Sealed under the person's own key")
]
