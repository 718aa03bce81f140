"""Commands that were recorded before: answered as the first time, or refused if their content differs."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from events.deciding import Command
from events.log.batch import Item
from events.log.entry import digest_of, sealed_fields, sealing_key_id
from events.log.outcome import REUSED_COMMAND_ID, AlsoRecorded, Recorded
from events.log.read import Connection
from events.refusals import Refused
from events.sealing.keys import MasterKey, SealingKey


async def find_repeats(connection: Connection, items: Sequence[Item], master: MasterKey) -> None:
    """Give an outcome to every item whose command is in the log. One query for all, one more for keys."""
    rows = await connection.fetch(
        "SELECT actor, command_id, ordinal, position, event_id, stream, version, type, recorded_at, digest,"
        " CASE ordinal WHEN 0 THEN entry END AS entry"
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
            same = _is_again(item.command, own, keys)
            item.outcome = _recorded(own, others) if same else reused(item.command)


def same_content(one: Command, other: Command) -> bool:
    """Whether both say the same: type, date and data as sent."""
    return one.kind is other.kind and one.occurred_on == other.occurred_on and one.data == other.data


def reused(command: Command) -> Refused:
    """What another command is told that comes under an id already used."""
    return Refused(REUSED_COMMAND_ID, "/command_id", command=str(command.command_id))


def _is_again(command: Command, own: Any, keys: Mapping[UUID, SealingKey]) -> bool:
    """Whether it is the command that made the event of the row `own`. Once a key of that is destroyed, its
    type and which of its fields are sealed must do, since nothing else is left to compare with."""
    kind, data, event_id = command.kind, command.data, own["event_id"]
    if kind.name != own["type"]:
        return False
    sealed = kind.sealed_in(data)
    if any(sealing_key_id(kind, f, data, event_id) not in keys for f in sealed):
        return sealed_fields(own["entry"]) == set(sealed)
    return digest_of(command, event_id, keys) == bytes(own["digest"])


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
