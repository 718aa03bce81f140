"""Who gave and who was paid: named in public only if no person, by `person_id` only if registered."""

from collections.abc import Iterator
from uuid import UUID

from events.book import Book
from events.catalogue.persons import require_person
from events.refusals import Refused, code
from events.vocabulary import Party

NAME_OF_PERSON = code(
    "name-not-public",
    vi="Trường {field}: chỉ tổ chức và tập thể được ghi tên; loại «{kind}» thì không"
    " (dùng person_id hoặc ghi chú riêng).",
    en="{field}: only organisations and collectives are named; '{kind}' is not (use person_id or a note).",
)
PERSON_NOT_FITTING = code(
    "person-id-not-fitting",
    vi="Trường {field}: person_id chỉ dành cho cá nhân và hộ gia đình, không cho loại «{kind}».",
    en="{field}: a person_id belongs to persons and households only, not to '{kind}'.",
)


def check_party(book: Book, party: Party | None, field: str) -> None:
    """Raises `name-not-public`, `person-id-not-fitting`, `unknown-person`, `person-erased`."""
    if party is None:
        return
    if party.name is not None and party.kind not in ("organisation", "collective"):
        raise Refused(NAME_OF_PERSON, f"/data/{field}/name", field=field, kind=party.kind)
    if party.person_id is not None:
        if party.kind not in ("person", "household"):
            raise Refused(PERSON_NOT_FITTING, f"/data/{field}/person_id", field=field, kind=party.kind)
        require_person(book, party.person_id, f"/data/{field}/person_id")


def named(party: Party | None) -> Iterator[UUID]:
    """The person a party names, if any."""
    if party is not None and party.person_id is not None:
        yield party.person_id
