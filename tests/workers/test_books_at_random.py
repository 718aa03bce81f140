"""Whatever is recorded in whatever order: the journal balances, in every fund and in all of them together."""

import datetime as dt
from collections import defaultdict
from typing import Any
from uuid import uuid4

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from events.log.read import Stored
from tests.events.funds import fund_state
from tests.events.random_funds import FIRST, STEP, Trial
from workers.projections.funds_book import Page

FUNDS = ("city", "ward")


def folded(trial: Trial) -> Page:
    """The trial's log, folded as the read model folds a page."""
    page, now = Page(), dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    for position, fact in enumerate(trial.given.log, 1):
        page.apply(Stored(position, now, uuid4(), fact, b"{}"))
    return page


@settings(max_examples=100, deadline=None)
@for_all(st.lists(STEP, min_size=5, max_size=40))
def test_debits_equal_credits_everywhere(steps: list[tuple[Any, ...]]) -> None:
    trial = Trial()
    for step in steps:
        trial.attempt(step)
    page = folded(trial)
    entries: dict[int, int] = defaultdict(int)
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for fund, _, position, _, _, account, amount in page.postings:
        entries[position] += amount
        sums[fund, account] += amount
    assert not any(entries.values())
    for fund in FUNDS:
        for pocket in ("cash", "bank", "goods"):
            assert sums[fund, f"assets:{pocket}"] == fund_state(trial.given, fund).balance(
                pocket, FIRST + dt.timedelta(days=30)
            )
    consolidated(trial, sums)


def consolidated(trial: Trial, sums: dict[tuple[str, str], int]) -> None:
    """Both funds together: a transfer between them leaves nothing but what is on its way, and what all
    raised less what all spent is what all hold, plus that."""
    on_its_way = {"money": 0, "goods": 0}
    for fund in FUNDS:
        state = fund_state(trial.given, fund)
        other = fund_state(trial.given, "ward" if fund == "city" else "city")
        for sent in state.standing_of(state.sent.values()):
            data: Any = sent.data
            if not other.standing_of(other.received.get((fund, data.transfer_id), ())):
                on_its_way["goods" if data.pocket == "goods" else "money"] += data.amount

    def total(*heads: str) -> int:
        return sum(amount for (_, account), amount in sums.items() if account.startswith(heads))

    for sort, assets in (("money", ("assets:cash", "assets:bank")), ("goods", ("assets:goods",))):
        assert total(f"transit:{sort}:") == on_its_way[sort]
        raised = -total(f"income:{sort}:", f"equity:opening:{sort}")
        spent = total(f"expenses:award:{sort}:", f"expenses:cost:{sort}:")
        assert raised - spent == total(*assets) + on_its_way[sort]
