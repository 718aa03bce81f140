"""Several commands at once: each for itself, or all or nothing; and a dry run that leaves no trace."""

import asyncio
import gc
from typing import Any
from uuid import uuid4

from events.log.batch import Item
from events.log.outcome import Accepted, Recorded
from events.log.read import head
from tests.events.log.commands import command, must, refusal, term, unit
from tests.events.log.conftest import Opens


async def test_one_bad_line_does_not_stop_the_others(open_log: Opens, service: Any) -> None:
    log = await open_log()
    outcomes = await log.record([unit("top", level="province"), unit("u", "nowhere"), unit("v", "top")])
    assert [refusal(o) for o in outcomes] == [None, "unknown-unit", None]
    assert (await head(service)).position == 3


async def test_what_is_answered_is_let_go_of(open_log: Opens) -> None:
    """Nothing holds itself: left to the collector, what lies about is what a command costs most."""
    log = await open_log()
    gc.collect()
    gc.disable()
    try:
        await log.record([unit("top", level="province"), unit("u", "top"), unit("v", "nowhere")])
        await log.record([term("a"), term("b")], atomic=True)
        await log.record([term("c"), term("a")], dry_run=True)
        await must(log, last := term("last"))
        held = [o.command for o in gc.get_objects() if isinstance(o, Item)]
        assert held in ([], [last])  # the last batch may still be at hand
    finally:
        gc.enable()


async def test_atomic_is_all_or_nothing(open_log: Opens, service: Any) -> None:
    log = await open_log()
    lines = [unit("top", level="province"), unit("u", "top"), unit("w", "nowhere")]
    outcomes = await log.record(lines, atomic=True)
    assert [refusal(o) for o in outcomes] == ["part-of-refused-batch"] * 2 + ["unknown-unit"]
    assert (await head(service)).position == 1
    assert refusal((await log.record([unit("v", "top")]))[0]) == "unknown-unit"
    assert all(isinstance(o, Recorded) for o in await log.record(lines[:2], atomic=True))


async def test_atomic_with_a_command_id_used_for_something_else_records_nothing(
    open_log: Opens, service: Any
) -> None:
    log = await open_log()
    await must(log, before := term("before"))
    other = term("other", command_id=before.command_id)
    twins = [term("one", command_id=(twin := uuid4())), term("two", command_id=twin)]
    for how in ({"atomic": True}, {"atomic": True, "dry_run": True}):
        outcomes = await log.record([other, term("new")], **how)
        assert [refusal(o) for o in outcomes] == ["command-id-reused", "part-of-refused-batch"]
        outcomes = await log.record([*twins, twins[0]], **how)
        assert [refusal(o) for o in outcomes][:2] == ["part-of-refused-batch", "command-id-reused"]
    assert (await head(service)).position == 2
    assert all(isinstance(o, Recorded) for o in await log.record([before, term("new")], atomic=True))


async def test_a_dry_run_decides_and_leaves_nothing(open_log: Opens, service: Any) -> None:
    log = await open_log()
    lines = [unit("top", level="province"), unit("u", "top"), unit("w", "nowhere"), term("a")]
    outcomes = await log.record(lines, dry_run=True)
    assert [type(o) for o in outcomes[:2]] == [Accepted, Accepted]
    assert refusal(outcomes[2]) == "unknown-unit"
    assert (await head(service)).position == 1
    assert refusal((await log.record([unit("v", "top")]))[0]) == "unknown-unit"
    await must(log, *lines[:2], lines[3])


async def test_what_a_dry_run_undid_or_named_is_as_it_was(open_log: Opens) -> None:
    """A candidate withdrawn on trial still stands; a person paid on trial was paid nothing."""
    log = await open_log()
    await must(log, unit("top", level="province"), unit("u", "top"), unit("v", "u", "chapter"))
    family = {"unit_id": "v", "model": "family", "year": 2017}
    (registered,) = await must(log, command("ModelRegistered", candidate_id=str(uuid4()), **family))
    withdrawn = command("RecordWithdrawn", event_id=str(registered.event_id), reason="nhầm")
    totals = command("ModelsCounted", registered=40, achieved=0, **family)
    assert isinstance((await log.record([withdrawn], dry_run=True))[0], Accepted)
    assert refusal((await log.record([totals]))[0]) == "candidates-registered-singly"
    await must(log, withdrawn, totals)

    await must(log, command("FundOpened", fund_id="f", unit_id="u", name="Quỹ"))
    person = str(uuid4())
    details = {"name": "Nguyễn Văn A"}
    await must(log, command("PersonRegistered", person_id=person, kind="adult", details=details))
    gift = {"fund_id": "f", "donation_id": "d", "amount": 1000, "pocket": "cash"}
    given = command("DonationReceived", donor={"kind": "person", "person_id": person}, **gift)
    erased = command("PersonErased", "2017-02-01", person_id=person, ground="request")
    assert isinstance((await log.record([given], dry_run=True))[0], Accepted)
    await must(log, erased)


async def test_dry_runs_among_writers_change_nothing(open_log: Opens, service: Any) -> None:
    log = await open_log()
    writes = [must(log, term(f"t{n}")) for n in range(50)]
    tries = [log.record([term(f"d{n}"), term(f"e{n}")], dry_run=True) for n in range(50)]
    await asyncio.gather(*(x for pair in zip(writes, tries, strict=True) for x in pair))
    assert (await head(service)).position == 51


async def test_vouchers_come_with_their_payment_in_one_append(open_log: Opens, service: Any) -> None:
    log = await open_log()
    await must(log, unit("top", level="province"), unit("u", "top"))
    await must(log, command("FundOpened", fund_id="f", unit_id="u", name="Quỹ"))
    gift = {"fund_id": "f", "amount": 1000, "pocket": "cash", "donor": {"kind": "anonymous"}}
    outcomes = await asyncio.gather(
        *(must(log, command("DonationReceived", donation_id=f"d{n}", **gift)) for n in range(40))
    )
    numbers = sorted(also.version for (o,) in outcomes for also in o.also)
    assert numbers == list(range(1, 41))
    assert all(also.position == o.position + 1 for (o,) in outcomes for also in o.also)
