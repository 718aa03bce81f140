"""Commands that were recorded before: answered as the first time, or refused if their content differs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from events.log.batch import Item
from events.log.entry import digest_of, sealing_key_id
from events.log.outcome import REUSED_COMMAND_ID, AlsoRecorded, Outcome, Recorded
from events.log.read import Connection
from events.refusals import Refused
from events.sealing.keys import MasterKey, SealingKey


async def find_repeats(connection: Connection, items: Sequence[Item], master: MasterKey) -> None:
    """Give an outcome to every item whose command is in the log. One query for all, one more for keys."""
    rows = await connection.fetch(
        "SELECT actor, command_id, ordinal, position, event_id, stream, version, type, recorded_at, digest"
        " FROM log.events WHERE command_id = ANY($1) ORDER BY position",
        [item.command.command_id for item in items],
    )
    if not rows:
        return
    by_key = {item.key: item for item in reversed(items)}
    found: dict[tuple[UUID, UUID], list[Any]] = {}
    for row in rows:
        if (key := (row["actor"], row["command_id"])) in by_key:
            found.setdefault(key, []).append(row)
    if not found:
        return
    keys = await _keys(connection, [(by_key[k], rows[0]["event_id"]) for k, rows in found.items()], master)
    for item in items:
        if item.key in found:
            own, *others = found[item.key]
            item.outcome = repeated(item, own["event_id"], own["digest"], _recorded(own, others), keys)


def repeated(
    item: Item, event_id: UUID, digest: bytes, was: Recorded, keys: Mapping[UUID, SealingKey]
) -> Outcome:
    """The first answer again; refused where the content differs. Once a key is destroyed it answers without
    comparing, since nothing is left to compare with."""
    kind, data = item.command.kind, item.command.data
    if any(sealing_key_id(kind, f, data, event_id) not in keys for f in kind.sealed_in(data)):
        return was
    if digest_of(item.command, event_id, keys) != digest:
        return Refused(REUSED_COMMAND_ID, "/command_id", command=str(item.command.command_id))
    return was


def _recorded(own: Any, others: list[Any]) -> Recorded:
    return Recorded(
        own["position"],
        own["event_id"],
        own["stream"],
        own["version"],
        own["recorded_at"],
        [AlsoRecorded(o["type"], o["position"], o["event_id"], o["stream"], o["version"]) for o in others],
        repeated=True,
    )


async def _keys(
    connection: Connection, found: list[tuple[Item, UUID]], master: MasterKey
) -> dict[UUID, SealingKey]:
    wanted = {
        sealing_key_id(item.command.kind, field, item.command.data, event_id)
        for item, event_id in found
        for field in item.command.kind.sealed_in(item.command.data)
    }
    if not wanted:
        return {}
    rows = await connection.fetch(
        "SELECT key_id, wrapped FROM log.sealing_keys WHERE key_id = ANY($1)", list(wanted)
    )
    return {row["key_id"]: master.unwrap(row["wrapped"], row["key_id"]) for row in rows}
