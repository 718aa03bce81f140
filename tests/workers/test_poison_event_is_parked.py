"""An event that cannot be folded parks its stream for that read model, visibly; the rest goes on."""

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from deploy.addresses import Addresses
from tests.workers.filled_log import fill
from tests.workers.given import checkpoint, counted, tally_of, terms
from tests.workers.tally import Tally
from workers.installed import ensure
from workers.projection import CannotFoldError
from workers.projector import advance, fold_page
from workers.status import parked, statuses


class Choosy(Tally):
    """Refuses some positions, with words that hold a secret."""

    poison: ClassVar[set[int]] = {41}

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        streams = await connection.fetch(
            "SELECT stream FROM log.events WHERE position > $1 AND position <= $2 AND position = ANY($3)",
            after,
            through,
            list(self.poison),
        )
        if any(row["stream"] not in parked for row in streams):
            raise KeyError("Nguyễn Văn A, 0912345678")
        await super().fold(connection, after, through, parked)


class Careful(Choosy):
    """Refuses them in words made to be shown."""

    async def fold(self, connection: Any, after: int, through: int, parked: Sequence[str]) -> None:
        try:
            await super().fold(connection, after, through, parked)
        except KeyError as e:
            raise CannotFoldError(f"an entry between {after} and {through} that is not there") from e


async def test_its_stream_is_left_out_from_there_on_and_the_rest_is_folded(
    ledger: Addresses, worker_pool: Any
) -> None:
    choosy = Choosy()
    await ensure(worker_pool, projections=[choosy])
    facts = terms(100, lists=("occasion", "item", "activity"))
    await fill(ledger.owner_url, facts)

    await advance(worker_pool, choosy)

    bad = facts[40].stream
    expected = await counted(worker_pool)
    expected[bad] = sum(f.stream == bad for f in facts[:40])
    assert await tally_of(worker_pool) == expected
    assert await checkpoint(worker_pool) == 100

    [stream] = await parked(worker_pool)
    assert (stream.name, stream.stream, stream.position) == ("tally", bad, 41)
    [status] = await statuses(worker_pool)
    assert status.parked == 1


async def test_a_parked_stream_stays_out_in_later_pages(ledger: Addresses, worker_pool: Any) -> None:
    choosy = Choosy()
    await ensure(worker_pool, projections=[choosy])
    facts = terms(90, lists=("occasion", "item", "activity"))
    await fill(ledger.owner_url, facts[:60])
    await advance(worker_pool, choosy)
    before = (await tally_of(worker_pool))[facts[40].stream]
    await fill(ledger.owner_url, facts[60:])
    await advance(worker_pool, choosy, page=7)
    assert (await tally_of(worker_pool))[facts[40].stream] == before
    assert len(await parked(worker_pool)) == 1


async def test_what_is_shown_of_the_error_holds_no_value(ledger: Addresses, worker_pool: Any) -> None:
    choosy = Choosy()
    await ensure(worker_pool, projections=[choosy])
    await fill(ledger.owner_url, terms(50))
    await advance(worker_pool, choosy)
    [stream] = await parked(worker_pool)
    assert stream.error.startswith("KeyError in test_poison_event_is_parked.py:")
    assert "0912345678" not in stream.error


async def test_words_made_to_be_shown_are_shown(ledger: Addresses, worker_pool: Any) -> None:
    careful = Careful()
    await ensure(worker_pool, projections=[careful])
    await fill(ledger.owner_url, terms(50))
    await advance(worker_pool, careful)
    [stream] = await parked(worker_pool)
    assert stream.error == "an entry between 40 and 41 that is not there"


async def test_a_fault_of_the_fold_itself_stops_it_visibly_instead_of_parking_everything(
    ledger: Addresses, worker_pool: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Choosy):
        poison: ClassVar[set[int]] = set(range(1, 1000))

    monkeypatch.setattr("workers.poison.PARKED_LIMIT", 3)
    broken = Broken()
    await ensure(worker_pool, projections=[broken])
    await fill(ledger.owner_url, terms(12, lists=("occasion", "item", "activity", "audience", "purpose")))
    assert await fold_page(worker_pool, broken) is False
    [status] = await statuses(worker_pool)
    assert (status.position, status.parked) == (0, 0)
    assert status.trouble is not None
    assert "more than 3 streams" in status.trouble


async def test_a_database_without_the_tables_blames_nobodys_stream(
    ledger: Addresses, worker_pool: Any
) -> None:
    choosy = Choosy()
    await ensure(worker_pool, projections=[choosy])
    await fill(ledger.owner_url, terms(5))
    await worker_pool.execute("DROP TABLE read_tally.tally")
    with pytest.raises(Exception, match='relation "tally" does not exist'):
        await advance(worker_pool, choosy)
    assert await parked(worker_pool) == []
