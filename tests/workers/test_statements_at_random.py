"""Whatever was recorded: over any period, of one fund and of both together, opening + received − spent is the
closing, and both are what the rules say lay in the fund."""

import datetime as dt
import random
from typing import Any, get_args

import asyncpg
import pytest

from deploy.addresses import Addresses
from events.vocabulary import Pocket
from services.books.flows import Flows, flows
from services.books.known import known_up_to
from tests.events.funds import fund_state
from tests.events.random_funds import FIRST, PURPOSES, Trial
from tests.workers.filled_log import fill
from workers.installed import ensure
from workers.projections import PROJECTIONS
from workers.projector import advance
from workers.reading import reading

KINDS = ("give", "give", "give", "pay", "pay", "send", "receive", "move", "reverse", "reverse")
STEPS = 150


def told_at_random(seed: int) -> Trial:
    """Gifts, payments, transfers, moves and reversals of two funds; a period closed halfway."""
    drawn, trial = random.Random(seed), Trial()
    for number in range(STEPS):
        trial.attempt(
            (
                "close" if number == STEPS // 2 else drawn.choice(KINDS),
                drawn.choice(("city", "ward")),
                drawn.randint(0, 12) if number != STEPS // 2 else 4,
                drawn.choice(get_args(Pocket)),
                drawn.randint(1, 50),
                drawn.choice(PURPOSES),
                drawn.randint(0, STEPS),
            )
        )
    return trial


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_period_adds_up(seed: int, ledger: Addresses, worker_pool: Any) -> None:
    trial = told_at_random(seed)
    await ensure(worker_pool, projections=[PROJECTIONS["funds"]])
    head = await fill(ledger.owner_url, trial.given.log)
    await advance(worker_pool, PROJECTIONS["funds"], page=37, budget=60)
    async with (
        asyncpg.create_pool(ledger.database_url, min_size=0, max_size=1) as pool,
        reading(pool, "funds") as (connection, reached),
    ):
        for funds in (["city"], ["ward"], ["city", "ward"]):
            for start, end in ((0, 40), (0, 3), (2, 2), (4, 9), (13, 40)):
                first, last = (FIRST + dt.timedelta(days=n) for n in (start, end))
                known = await known_up_to(connection, reached, reached)
                made = await flows(connection, funds, first, last, known, language="vi", purposes={})
                agrees(made, trial, funds, first, last)
        for position in (head // 3, head // 2, head - 1):  # raises where it does not add up
            known = await known_up_to(connection, position, reached)
            await flows(
                connection,
                ["city", "ward"],
                FIRST,
                FIRST + dt.timedelta(6),
                known,
                language="vi",
                purposes={},
            )


def agrees(made: Flows, trial: Trial, funds: list[str], first: dt.date, last: dt.date) -> None:
    """With the rules' own balances, and with the plain list of what was accepted."""
    before = first - dt.timedelta(days=1)
    for line in made.places:
        if line.place in get_args(Pocket):
            states = [fund_state(trial.given, fund) for fund in funds]
            assert line.opening == sum(state.balance(line.place, before) for state in states)
            assert line.closing == sum(state.balance(line.place, last) for state in states)
        assert line.opening + line.received - line.spent + line.moved == line.closing
    for total, pockets in ((made.money, ("cash", "bank")), (made.goods, ("goods",))):
        assert total.opening + total.received - total.spent == total.closing
        moves = [m for m in trial.moves if m.fund in funds and m.pocket in pockets and first <= m.on <= last]
        transit = closing_transit(made, pockets) - opening_transit(made, pockets)
        assert total.received - total.spent == sum(m.amount for m in moves) + transit
    assert made.money.received == sum(f.money for f in made.sources)
    assert made.goods.spent == sum(f.goods for f in made.uses)


def closing_transit(made: Flows, pockets: tuple[str, ...]) -> int:
    return next(p.closing for p in made.places if p.place == transit_of(pockets))


def opening_transit(made: Flows, pockets: tuple[str, ...]) -> int:
    return next(p.opening for p in made.places if p.place == transit_of(pockets))


def transit_of(pockets: tuple[str, ...]) -> str:
    return "goods_in_transit" if pockets == ("goods",) else "money_in_transit"
