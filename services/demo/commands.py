"""The shape of a command, and the ids that make a second run of the demo record nothing twice.

Commands are plain dicts as a client would POST them: this package must never import the ledger's own code.
"""

from datetime import date
from hashlib import sha1
from typing import Any, TypedDict
from uuid import UUID

NAMESPACE = UUID("8f1d2f0e-5c5b-5d0a-9a53-0c6b6f1e2017")

ARTICLE = "article-2017"
CITY_SITE_2016 = "city-site-2016"
CITY_SITE_2017 = "city-site-2017"

Metadata = dict[str, str | int | bool]


class Command(TypedDict):
    """One body of `POST /v1/commands`."""

    type: str
    occurred_on: str
    data: dict[str, Any]
    command_id: str
    metadata: Metadata


def stable_uuid(key: str) -> str:
    """The UUIDv5 (RFC 9562 §5.5) of a key: the same in every run, on every machine.

    Spelled out because `uuid.uuid5` took two thirds of the time of the whole history.
    """
    digest = sha1(NAMESPACE.bytes + key.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def command(
    kind: str,
    on: date,
    key: str,
    data: dict[str, Any],
    *,
    source: str | None = None,
    invented: bool = True,
    **paper: str | int,
) -> Command:
    """A command whose id follows from `kind` and `key`.

    `source` and `invented` together mean: the sum is printed there, how it divides is made up for the demo.
    Invented is the default, so that forgetting to say so never passes a detail off as printed.
    """
    if source is None and not invented:
        raise ValueError(f"{kind} {key}: what is not invented names its source")
    metadata: Metadata = dict(paper)
    if source is not None:
        metadata["source"] = source
    if invented:
        metadata["invented"] = True
    return {
        "type": kind,
        "occurred_on": on.isoformat(),
        "data": data,
        "command_id": stable_uuid(f"{kind}/{key}"),
        "metadata": metadata,
    }
