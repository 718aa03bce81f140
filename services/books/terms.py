"""Words for the terms that entries use: the built-in ones and those that `TermDefined` added."""

from typing import Any

import msgspec

from events.catalogue.terms import BUILT_IN, TermList

_ADDED = """
    SELECT entry FROM log.events
    WHERE stream = 'term-' || $1 AND ($2::bigint IS NULL OR position <= $2) ORDER BY version
"""


class _Data(msgspec.Struct):
    term: str = ""
    label: str = ""
    event_id: str | None = None  # of a withdrawal: the event that no longer counts


class _Entry(msgspec.Struct):
    event_id: str
    data: _Data


async def labels(connection: Any, list_: TermList, known: int | None = None) -> dict[str, str]:
    """term → Vietnamese label of one list, such as `purpose`. `known`: from so many events only."""
    added: dict[str, _Data] = {}
    for row in await connection.fetch(_ADDED, list_, known):
        entry = msgspec.json.decode(row["entry"], type=_Entry)
        if entry.data.event_id is not None:
            added.pop(entry.data.event_id, None)
        else:
            added[entry.event_id] = entry.data
    return BUILT_IN[list_] | {data.term: data.label for data in added.values()}


async def purposes(connection: Any, known: int | None = None) -> dict[str, str]:
    return await labels(connection, "purpose", known)
