"""A fund of up to 100,000 entries: any page of its movements, its balance on any day, both also as known."""

import random
import time
from typing import Any

import asyncpg

from services.api.app import create_app
from services.api.settings import Settings, local_token_path
from tests.benchmarks.access import ask
from tests.benchmarks.results import Ground, Latency, Result
from tests.events.funds import city_fund
from tests.events.history import History
from tests.workers.filled_log import fill
from workers.projections import PROJECTIONS
from workers.projector import advance

ENTRIES = 100_000
ASKED = 300
PAGES_A_SECOND = 50
"""Any page within 20 ms."""


async def long_fund(ground: Ground) -> list[Result]:
    """Pages begin anywhere; a tenth of the entries was recorded late. A rate is 1 / p99 of the latency."""
    told = _told(min(ENTRIES, ground.events))
    await fill(ground.addresses.owner_url, told.log)
    async with asyncpg.create_pool(ground.addresses.worker_url, min_size=0, max_size=2) as pool:
        assert await advance(pool, PROJECTIONS["funds"], page=50_000, budget=600)
        await pool.execute("ANALYZE")
    settings = Settings(
        ground.addresses.database_url,
        None,
        ground.folder / "master.key",
        None,
        local_token_path(ground.folder),
    )
    app = create_app(lambda: settings)
    async with app.lifespan():
        token = local_token_path(ground.folder).read_text().strip()
        return [
            await _asked(app, token, f"fund of {len(told.log):,} entries: {name}", paths)
            for name, paths in _questions(told).items()
        ]


def _told(count: int) -> History:
    random.seed(2017)
    told = city_fund(cash=1_000_000_000)
    gift: dict[str, Any] = {"fund_id": "city", "pocket": "cash", "donor": {"kind": "anonymous"}}
    spent: dict[str, Any] = {"fund_id": "city", "pocket": "cash", "purpose": "administration"}
    for n in range(count):
        late = random.random() < 0.1
        day = max(1, n * 3600 // count - (random.randrange(300) if late else 0))
        on = f"{2017 + day // 360}-{day % 360 // 30 + 1:02}-{day % 30 + 1:02}".replace(
            "-02-30", "-02-28"
        ).replace("-02-29", "-02-28")
        if on > "2026-11-20":
            on = "2026-11-20"
        if n % 2:
            told.record("DonationReceived", on, **gift, donation_id=f"d{n}", amount=2_000)
        else:
            told.record("ExpensePaid", on, **spent, expense_id=f"e{n}", amount=1_000)
    return told


def _questions(told: History) -> dict[str, list[str]]:
    from services.api.parameters import written

    entries = [f for f in told.log if f.type in ("DonationReceived", "ExpensePaid")]
    head = len(told.log)
    pages, known, balances, before = [], [], [], []
    for _ in range(ASKED):
        fact = random.choice(entries)
        cursor = written((fact.occurred_on, 0, 0))
        day, position = fact.occurred_on, random.randrange(head // 2, head)
        pages.append(f"/v1/funds/city/movements?cursor={cursor}")
        known.append(f"/v1/funds/city/movements?cursor={cursor}&as_known={position}")
        balances.append(f"/v1/funds/city?as_of={day}")
        before.append(f"/v1/funds/city?as_of={day}&as_known={position}")
    return {
        "movements, any page": pages,
        "movements as known at a position, any page": known,
        "balance as of any day": balances,
        "balance as of any day, as known at a position": before,
    }


async def _asked(app: Any, token: str, name: str, paths: list[str]) -> Result:
    for path in paths[:20]:
        await ask(app, path, token)
    took = []
    for path in paths:
        started = time.perf_counter()
        await ask(app, path, token)
        took.append(time.perf_counter() - started)
    latency = Latency.of(took)
    shown = (latency.p50_ms, latency.p95_ms, latency.p99_ms)
    return Result(f"{name}, by its p99", 1000 / latency.p99_ms, "/s", None, "", PAGES_A_SECOND, *shown)
