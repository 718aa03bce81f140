"""Whatever is tried in whatever order: what is accepted breaks no rule, what is refused would have.

Judged by recomputing everything from the plain list of movements after every command.
"""

import datetime as dt
from collections import defaultdict
from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.events.funds import fund_state
from tests.events.random_funds import FIRST, STEP, Trial


@settings(max_examples=150, deadline=None)
@for_all(st.lists(STEP, min_size=5, max_size=40))
def test_no_pocket_falls_below_zero_and_no_purpose_is_betrayed(steps: list[tuple[Any, ...]]) -> None:
    trial = Trial()
    for step in steps:
        trial.attempt(step)
    for fund in ("city", "ward"):
        state = fund_state(trial.given, fund)
        for pocket in ("cash", "bank", "goods"):
            for day in range(15):
                on = FIRST + dt.timedelta(days=day)
                ours = [m.amount for m in trial.moves if (m.fund, m.pocket) == (fund, pocket) and m.on <= on]
                assert state.balance(pocket, on) == sum(ours)


@settings(max_examples=50, deadline=None)
@for_all(st.lists(STEP, min_size=5, max_size=40))
def test_voucher_numbers_have_no_gaps(steps: list[tuple[Any, ...]]) -> None:
    trial = Trial()
    for step in steps:
        trial.attempt(step)
    issued: dict[str, list[int]] = defaultdict(list)
    for fact in trial.given.log:
        if fact.type == "VoucherIssued":
            issued[fact.stream].append(fact.data.number)  # type: ignore[attr-defined]
            assert fact.version == fact.data.number  # type: ignore[attr-defined]
    for numbers in issued.values():
        assert numbers == list(range(1, len(numbers) + 1))
    with_voucher = [
        f
        for f in trial.given.log
        if f.type in ("DonationReceived", "AwardGranted", "TransferSent", "TransferReceived")
        and f.effect.pocket != "goods"
    ]
    targets = [f.effect.target for f in trial.given.log if f.type == "VoucherIssued"]
    assert targets == [f.event_id for f in with_voucher]
