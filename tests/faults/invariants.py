"""What must hold after every fault, whatever it was."""

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection

from events.log.naming import identity_of
from events.proof.checkpoints import parse_checkpoint
from events.proof.merkle import CompactRange, leaf_hash
from events.proof.notes import VerifierKey, parse_note
from events.proof.outside import _NOTE as NOTE
from services.proof.sources import Service
from services.proof.verify import verify
from tests.faults.house import House, until
from tests.faults.load import PROVINCE, Load
from workers.compare import differences
from workers.installed import make_indexes, make_tables, readers
from workers.projection import schema_of
from workers.projections import PROJECTIONS

SETTLED = """
    SELECT (SELECT bool_and(checkpoint = h.position AND trouble IS NULL) FROM projections.projection)
        AND h.position = (SELECT max(size) FROM proof.checkpoint) FROM log.head h
"""


async def invariants(house: House, load: Load) -> int:
    """Everything, once workers and sealer have caught up. Returns how many events the log holds."""
    assert not load.refused, load.refused[:3]
    await until(lambda: house.ask(SETTLED), what="all workers at the head, and the head sealed", pause=0.1)
    superuser, worker = await house.connect(), await house.connect("worker")
    try:
        head = await _positions_are_dense(superuser)
        await _streams_are_whole(superuser)
        await _time_never_went_back(superuser)
        await _what_was_acknowledged_is_there_once(superuser, load)
        _atomic_batches_are_whole(load)
        await _vouchers_have_no_gaps(superuser)
        moved = await _money_moved(superuser)
        await _read_models_equal_a_fresh_fold(worker)
        await _checkpoints_are_prefixes(superuser, house)
    finally:
        await superuser.close()
        await worker.close()
    async with house.client() as http:
        check = await http.get(f"/v1/units/{PROVINCE}/accounts/check", params={"min_position": head})
        assert check.status_code == 200, check.text
        (books,) = check.json()["levels"]
        assert (books["entries"], books["debit"], books["credit"]) == (*moved, moved[1])
    await asyncio.to_thread(_verifies, house)
    return head


async def _positions_are_dense(connection: Connection) -> int:
    head = await connection.fetchval("SELECT position FROM log.head")
    found = await connection.fetchrow("SELECT count(*), min(position), max(position) FROM log.events")
    assert tuple(found) == (head, 1, head)
    return int(head)


async def _streams_are_whole(connection: Connection) -> None:
    broken = await connection.fetch(
        "SELECT stream, count(*), min(version), max(version), count(DISTINCT version) FROM log.events"
        " GROUP BY stream HAVING min(version) <> 1 OR max(version) <> count(*)"
        " OR count(DISTINCT version) <> count(*)"
    )
    assert not broken
    out_of_order = await connection.fetchval(
        "SELECT count(*) FROM (SELECT version, lag(version) OVER (PARTITION BY stream ORDER BY position) AS"
        " before FROM log.events) e WHERE version <> coalesce(before, 0) + 1"
    )
    assert out_of_order == 0


async def _time_never_went_back(connection: Connection) -> None:
    rows = await connection.fetch("SELECT recorded_at FROM log.events ORDER BY position")
    assert all(one["recorded_at"] <= other["recorded_at"] for one, other in pairwise(rows))


async def _what_was_acknowledged_is_there_once(connection: Connection, load: Load) -> None:
    """With the position, event id, stream and version that were answered; and nothing else is there."""
    rows = await connection.fetch(
        "SELECT command_id, position, event_id, stream, version, ordinal, type FROM log.events"
    )
    commands = Counter(row["command_id"] for row in rows if row["ordinal"] == 0)
    assert max(commands.values()) == 1
    assert {UUID(one) for one in load.acknowledged} <= set(commands)
    ours = {row["command_id"] for row in rows if row["stream"] != "log"}
    assert ours == {UUID(one) for one in load.acknowledged}  # no client went away without its answer
    there = {
        (row["command_id"], row["position"]): (str(row["event_id"]), row["stream"], row["version"])
        for row in rows
    }
    for command_id, answer in load.acknowledged.items():
        for said in (answer, *answer["also"]):
            found = there[UUID(command_id), said["position"]]
            assert found == (said["event_id"], said["stream"], said["version"])


def _atomic_batches_are_whole(load: Load) -> None:
    """Each was recorded in one append, which has one instant; not a part before the fault, the rest after."""
    assert load.atomic
    for batch in load.atomic:
        assert len({load.acknowledged[one]["recorded_at"] for one in batch}) == 1


async def _vouchers_have_no_gaps(connection: Connection) -> None:
    """Each number is its stream's version, and each receipt and payment has exactly one."""
    rows = await connection.fetch(
        "SELECT stream, version, convert_from(entry, 'UTF8') AS entry FROM log.events"
        " WHERE type = 'VoucherIssued' ORDER BY stream, version"
    )
    vouched: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    for row in rows:
        data = msgspec.json.decode(row["entry"])["data"]
        expected[row["stream"]] += 1
        assert data["number"] == row["version"] == expected[row["stream"]]
        vouched[data["event_id"]] += 1
    moved = await connection.fetch(
        "SELECT event_id FROM log.events WHERE type IN ('DonationReceived', 'AwardGranted', 'ExpensePaid')"
    )
    assert vouched == Counter(str(row["event_id"]) for row in moved)


async def _money_moved(connection: Connection) -> tuple[int, int]:
    """Entries and đồng: what both sides of the books must come to, summed from the entries themselves."""
    rows = await connection.fetch(
        "SELECT convert_from(entry, 'UTF8') AS entry FROM log.events WHERE type IN"
        " ('FundOpened', 'DonationReceived', 'AwardGranted', 'ExpensePaid')"
    )
    told = [msgspec.json.decode(row["entry"])["data"] for row in rows]
    return len(told), sum(part["amount"] for data in told for part in data.get("opening", [data]))


async def _read_models_equal_a_fresh_fold(connection: Connection) -> None:
    """Each is folded anew from the first event, beside the live one; then compared row by row."""
    for projection in PROJECTIONS.values():
        transaction = connection.transaction()
        await transaction.start()
        at = await connection.fetchval(
            "SELECT checkpoint FROM projections.projection WHERE name = $1 FOR UPDATE", projection.name
        )
        fresh, live = f"fresh_{projection.name}", schema_of(projection.name)
        await make_tables(connection, projection, fresh, readers("khuyenhoc_service"))
        await make_indexes(connection, projection)
        await projection.fold(connection, 0, at, ())
        assert await differences(connection, live, fresh) == []
        await transaction.rollback()
    assert await connection.fetchval("SELECT count(*) FROM projections.parked") == 0


async def _checkpoints_are_prefixes(connection: Connection, house: House) -> None:
    """Every note, in the database and in the file outside, is signed and over the entries there are."""
    identity = await identity_of(connection)
    assert identity is not None
    keys = [VerifierKey.parse(one) for one in identity.vkeys]
    raw = [row["note"].encode() for row in await connection.fetch("SELECT note FROM proof.checkpoint")]
    outside = NOTE.findall((house.data / "checkpoints.log").read_bytes())
    assert len(outside) == len(set(outside))
    roots: dict[int, bytes] = {}
    tree = CompactRange()
    for row in await connection.fetch("SELECT entry FROM log.events ORDER BY position"):
        tree.push(leaf_hash(row["entry"]))
        roots[tree.size] = tree.root()
    sizes = []
    for one in [*outside, *raw]:
        note = parse_note(one)
        checkpoint = parse_checkpoint(note.text)
        assert any(note.signed_by(key) for key in keys)
        assert (checkpoint.origin, checkpoint.root) == (identity.origin, roots[checkpoint.size])
        sizes.append(checkpoint.size)
    assert sizes[: len(outside)] == sorted(sizes[: len(outside)])
    assert set(raw) <= set(outside)


def _verifies(house: House) -> None:
    """As an auditor does it, over HTTP."""
    import httpx

    from services.api.settings import local_token_path

    token = local_token_path(house.data).read_text("ascii").strip()
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        service = Service(http, house.service_url or "")
        vkey = msgspec.json.decode(http.get(f"{house.service_url}/v1/events", params={"limit": 5}).content)
        report = verify(service, _key_of(vkey), tables=False)
    assert report.wrong is None, report.wrong


def _key_of(answer: Any) -> VerifierKey:
    named = [one["data"]["vkey"] for one in answer["events"] if one["type"] == "LogKeyAdded"]
    return VerifierKey.parse(named[0])
