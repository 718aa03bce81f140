"""What lost a race is decided again; only who asked for a version is told of the conflict."""

import asyncio
from typing import Any
from uuid import uuid4

from events.log.outcome import Recorded
from events.log.read import load_tree, read_stream
from tests.events.log.commands import command, must, refusal, term, unit
from tests.events.log.conftest import Opens


async def test_of_twenty_with_the_same_expected_version_one_wins(open_log: Opens) -> None:
    logs = [await open_log() for _ in range(4)]
    await must(logs[0], term("first"))
    outcomes = await asyncio.gather(
        *(logs[n % 4].record([term(f"t{n}", expected_version=1)]) for n in range(20))
    )
    codes = [refusal(o) for (o,) in outcomes]
    assert codes.count(None) == 1
    assert codes.count("version-conflict") == 19


async def test_twenty_without_are_all_recorded(open_log: Opens, service: Any) -> None:
    logs = [await open_log() for _ in range(4)]
    await asyncio.gather(*(must(logs[n % 4], term(f"t{n}")) for n in range(20)))
    stream = await read_stream(service, "term-purpose")
    assert [e.fact.version for e in stream] == list(range(1, 21))
    assert {e.fact.data.term for e in stream} == {f"t{n}" for n in range(20)}  # type: ignore[attr-defined]


async def test_expected_version_0_means_a_new_stream(open_log: Opens) -> None:
    log = await open_log()
    assert isinstance((await log.record([term("a", expected_version=0)]))[0], Recorded)
    assert refusal((await log.record([term("b", expected_version=0)]))[0]) == "version-conflict"


async def test_two_concurrent_moves_never_make_a_circle(open_log: Opens, service: Any) -> None:
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"))
    for n in range(10):
        a, b = f"a{n}", f"b{n}"
        await must(one, unit(a, "top", "chapter"), unit(b, "top", "chapter"))
        await must(one, unit(f"x{n}", "top", "district"), unit(f"y{n}", "top", "district"))
    for n in range(10):
        outcomes = await asyncio.gather(
            one.record([command("UnitMoved", unit_id=f"x{n}", parent_id=f"y{n}")]),
            other.record([command("UnitMoved", unit_id=f"y{n}", parent_id=f"x{n}")]),
        )
        assert sum(isinstance(o, Recorded) for (o,) in outcomes) <= 1, outcomes
    tree = await load_tree(service)
    for found in tree:
        assert found.unit_id not in list(tree.ancestors(found.unit_id, found.established_on))


async def test_no_donation_slips_into_a_unit_being_dissolved(open_log: Opens, service: Any) -> None:
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"))
    for n in range(10):
        await must(one, unit(f"u{n}", "top"))
        await must(one, command("FundOpened", "2010-01-01", fund_id=f"f{n}", unit_id=f"u{n}", name="Quỹ"))
        gift = {"amount": 1000, "pocket": "cash", "donor": {"kind": "anonymous"}}
        (ended,), (given,) = await asyncio.gather(
            one.record([command("UnitDissolved", "2016-01-01", unit_id=f"u{n}", reason="sáp nhập")]),
            other.record(
                [command("DonationReceived", "2016-06-01", fund_id=f"f{n}", donation_id=f"d{n}", **gift)]
            ),
        )
        if isinstance(ended, Recorded) and isinstance(given, Recorded):
            assert given.position < ended.position, "a gift was taken after the unit's end"


async def test_memory_of_one_process_follows_another(open_log: Opens) -> None:
    """A refusal, too, is based on what is so now, not on what this process last saw."""
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"))
    assert refusal((await other.record([unit("below", "late")]))[0]) == "unknown-unit"
    await must(one, unit("late", "top"))
    assert isinstance((await other.record([unit("below", "late", "chapter")]))[0], Recorded)


async def test_what_is_decided_again_keeps_its_order(open_log: Opens, service: Any) -> None:
    """A commune, then forty chapters of it, queued while the commune's commit waited; and before both of them
    another process shaped the tree. All of it is decided again, the commune first."""
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"))
    await must(other, term("known"))
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with service.transaction():
        await service.execute("SELECT FROM log.head FOR UPDATE")
        asked = [asyncio.create_task(must(other, unit("elsewhere", "top")))]
        await until(service, waits, 1)
        asked.append(asyncio.create_task(must(one, unit("commune", "top"))))
        await until(service, waits, 2)
        chapters = [unit(f"chapter-{n}", "commune", "chapter") for n in range(40)]
        asked.append(asyncio.create_task(must(one, *chapters)))
        await asyncio.sleep(0.3)  # they are decided meanwhile, on what the commune's commit will make so
    elsewhere, commune, below = await asyncio.gather(*asked)
    assert elsewhere[0].position < commune[0].position < below[0].position


async def test_totals_go_with_the_withdrawal_they_rest_on(open_log: Opens, service: Any) -> None:
    """A candidate is withdrawn and counted in a total instead, while another process evaluates it."""
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"), unit("u", "top"), unit("v", "u", "chapter"))
    family = {"unit_id": "v", "model": "family", "year": 2017}
    (registered,) = await must(one, command("ModelRegistered", candidate_id=(who := str(uuid4())), **family))
    scores = {"children": 28, "adults": 26, "conditions": 18, "effect": 16}
    judged = {"rule_set": "qd-448-2015", "scores": scores, "total": 88, "achieved": True}
    await must(other, term("known"))
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    async with service.transaction():
        await service.execute("SELECT FROM log.head FOR UPDATE")
        evaluating = asyncio.create_task(
            other.record([command("ModelEvaluated", "2017-12-01", candidate_id=who, year=2017, **judged)])
        )
        await until(service, waits, 1)
        withdrawn = command("RecordWithdrawn", event_id=str(registered.event_id), reason="nhầm")
        totals = command("ModelsCounted", registered=40, achieved=0, **family)
        counting = asyncio.create_task(one.record([withdrawn, totals]))
        await until(service, waits, 2)
    assert isinstance((await evaluating)[0], Recorded)
    assert [refusal(o) for o in await counting] == ["record-stood-on", "candidates-registered-singly"]


async def test_no_unit_is_withdrawn_from_under_what_was_begun_there(open_log: Opens, service: Any) -> None:
    """A fund there would belong to nobody. Opened a moment ago, in this process or another, it counts."""
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"))
    fund = {"name": "Quỹ", "unit_id": "u"}
    for n, who in enumerate((one, other)):
        (unit_u,) = await must(one, unit("u", "top"))
        undo = command("RecordWithdrawn", event_id=str(unit_u.event_id), reason="nhầm")
        opening = command("FundOpened", fund_id=f"f{n}", **fund)
        if who is one:
            (opened,), (undone,) = await asyncio.gather(one.record([opening]), one.record([undo]))
        else:
            await must(other, term("known"))
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            async with service.transaction():
                await service.execute("SELECT FROM log.head FOR UPDATE")
                opens = asyncio.create_task(other.record([opening]))
                await until(service, waits, 1)
                undoes = asyncio.create_task(one.record([undo]))
                await until(service, waits, 2)
            (opened,), (undone,) = await opens, await undoes
        assert isinstance(opened, Recorded)
        assert refusal(undone) == "record-stood-on"
        away = command("RecordWithdrawn", event_id=str(opened.event_id), reason="nhầm")
        await must(one, away, undo)


async def until(connection: Any, count: str, wanted: int) -> None:
    for _ in range(500):
        if await connection.fetchval(count) == wanted:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(count)


async def test_nobody_is_erased_while_a_payment_names_them(open_log: Opens) -> None:
    """Money entries are kept for ten years, also those that another process is just recording."""
    one, other = await open_log(), await open_log()
    await must(one, unit("top", level="province"))
    await must(one, command("FundOpened", "2017-01-01", fund_id="f", unit_id="top", name="Quỹ"))
    for n in range(8):
        person = str(uuid4())
        who = {"kind": "person", "person_id": person}
        await must(
            one,
            command("PersonRegistered", "2017-01-01", person_id=person, kind="adult", details={"name": "A"}),
        )
        gift = command(
            "DonationReceived",
            "2026-01-05",
            fund_id="f",
            donation_id=f"d{n}",
            amount=1,
            pocket="cash",
            donor=who,
        )
        erased = command("PersonErased", "2026-11-01", person_id=person, ground="request")
        outcomes = await asyncio.gather(one.record([gift]), other.record([erased]))
        assert sum(isinstance(o, Recorded) for (o,) in outcomes) == 1, outcomes
        (again,) = await other.record(
            [command("PersonErased", "2026-11-01", person_id=person, ground="request")]
        )
        assert refusal(again) is not None
