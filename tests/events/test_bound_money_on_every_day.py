"""What is free and what is bound is right on every day, however late an entry comes."""

import datetime as dt
from collections import defaultdict

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from events.catalogue.fund_purposes import Movement, Purse

DAYS = [dt.date(2017, 1, 1) + dt.timedelta(days=n) for n in range(10)]
Dated = tuple[dt.date, Movement]

MOVEMENT = st.builds(
    Movement,
    pocket=st.just("cash"),
    amount=st.integers(-6, 6).filter(bool),
    purpose=st.sampled_from((None, "scholarship", "teacher_award")),
    pays=st.booleans(),
)
HISTORY = st.lists(st.tuples(st.sampled_from(DAYS), MOVEMENT), max_size=25)


def day_by_day(moves: list[Dated]) -> tuple[list[int], list[dict[str, int]]]:
    """Free money and bound money at each day's end, told forward from the first day."""
    bound: dict[str, int] = defaultdict(int)
    from_free: dict[str, int] = defaultdict(int)
    free, held, total = [], [], 0
    for day in DAYS:
        today = [m for on, m in moves if on == day]
        total += sum(m.amount for m in today)
        for purpose in ("scholarship", "teacher_award"):
            ours = [m for m in today if m.purpose == purpose]
            bound[purpose] += sum(m.amount for m in ours if not m.pays)
            paid = -sum(m.amount for m in ours if m.pays)
            back = min(from_free[purpose], max(0, -paid))
            from_free[purpose] -= back
            bound[purpose] -= paid + back
            from_free[purpose] += max(0, -bound[purpose])
            bound[purpose] = max(0, bound[purpose])
        held.append({purpose: amount for purpose, amount in bound.items() if amount})
        free.append(total - sum(bound.values()))
    return free, held


def purse_of(moves: list[Dated]) -> Purse:
    purse = Purse()
    for day, movement in moves:
        purse.take(day, movement)
    return purse


@settings(max_examples=400, deadline=None)
@for_all(HISTORY)
def test_free_and_bound_money_in_any_order_of_recording(moves: list[Dated]) -> None:
    purse = purse_of(moves)
    free, held = day_by_day(moves)
    assert [purse.free.on(day) for day in DAYS] == free
    assert [purse.bound_on(day) for day in DAYS] == held


@settings(max_examples=400, deadline=None)
@for_all(HISTORY, st.sampled_from(DAYS), MOVEMENT.filter(lambda m: m.amount < 0))
def test_what_would_be_overdrawn_is_foretold(moves: list[Dated], on: dt.date, movement: Movement) -> None:
    before, _ = day_by_day(moves)
    after, _ = day_by_day([*moves, (on, movement)])
    worse = [
        (day, was, -now)
        for day, was, now in zip(DAYS, before, after, strict=True)
        if day >= on and now < was and now < 0
    ]
    something_given = any(m.purpose and not m.pays for _, m in moves)
    expected = worse[0] if worse and something_given else None
    assert purse_of(moves).first_overdrawn(on, movement) == expected
