"""All read models, on the history of Bắc Kạn and on an awkward one: however cut into pages, rows agree."""

from typing import Any

import pytest

from deploy.addresses import Addresses
from events.declare import Fact
from tests.events.history import History
from tests.workers.filled_log import fill
from tests.workers.given import rows_of
from workers.installed import ensure
from workers.projections import PROJECTIONS
from workers.projector import advance
from workers.rebuild import rebuild
from workers.status import parked


async def test_pages_of_any_size_and_a_rebuild_agree(
    bac_kan_ledger: Addresses, bac_kan_books: Any, bac_kan: list[Fact]
) -> None:
    for one in await rebuild(bac_kan_ledger.worker_url, page=50_000):
        assert (one.name, one.differences, one.switched) == (one.name, [], True)
        assert one.position == len(bac_kan)
    assert await parked(bac_kan_books) == []


@pytest.mark.parametrize("name", PROJECTIONS)
async def test_event_by_event_is_the_same_as_all_at_once(
    name: str, ledger: Addresses, worker_pool: Any, awkward_told: History
) -> None:
    """A history of withdrawals, reversals, approvals, transfers and endings, cut at every place."""
    projection = PROJECTIONS[name]
    await ensure(worker_pool, projections=[projection])
    await fill(ledger.owner_url, awkward_told.log)
    await advance(worker_pool, projection, page=1, budget=60)
    stepwise = await rows_of(worker_pool, projection)
    for page in (1_000, 7):
        [one] = await rebuild(ledger.worker_url, [name], page=page)
        assert one.differences == []
        assert one.switched
    assert await rows_of(worker_pool, projection) == stepwise
    assert await parked(worker_pool) == []
