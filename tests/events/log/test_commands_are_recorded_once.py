"""The same command id again: the same answer, nothing twice; with another content: refused."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from events.declare import CATALOGUE, Kind
from events.log.entry import digest_of, json
from events.log.outcome import Recorded
from events.log.read import head
from events.refusals import Refused
from tests.events.log.commands import command, must, refusal, term, unit
from tests.events.log.conftest import Opens


def _plain(outcome: Any) -> Any:
    return msgspec.structs.replace(outcome, repeated=False)


async def test_again_at_once_later_and_elsewhere(open_log: Opens, service: Any) -> None:
    log, elsewhere = await open_log(), await open_log()
    sent = term("a", command_id=uuid4())
    together = await log.record([sent, sent])
    later = await log.record([sent])
    outcomes = [*together, *later, *(await elsewhere.record([sent]))]
    assert all(_plain(o) == _plain(outcomes[0]) for o in outcomes)
    assert [o.repeated for o in outcomes if isinstance(o, Recorded)] == [False, True, True, True]
    assert (await head(service)).position == 2


async def test_twenty_at_once_over_three_processes_are_one(open_log: Opens, service: Any) -> None:
    logs = [await open_log() for _ in range(3)]
    sent = term("a", command_id=uuid4())
    outcomes = await asyncio.gather(*(logs[n % 3].record([sent]) for n in range(20)))
    assert {o.position for (o,) in outcomes if isinstance(o, Recorded)} == {2}
    assert (await head(service)).position == 2


async def test_another_content_under_the_same_id_is_refused(open_log: Opens) -> None:
    log = await open_log()
    command_id = uuid4()
    await must(log, term("a", command_id=command_id))
    assert refusal((await log.record([term("b", command_id=command_id)]))[0]) == "command-id-reused"
    both = await log.record([term("c", command_id=(two := uuid4())), term("d", command_id=two)])
    assert [refusal(o) for o in both] == [None, "command-id-reused"]


async def test_sealed_fields_take_part_in_the_comparison(open_log: Opens) -> None:
    log = await open_log()
    await must(log, unit("top", level="province"), unit("u", "top"))
    ended = {"unit_id": "u", "command_id": uuid4()}
    await must(log, command("UnitDissolved", reason="lý do một", **ended))
    (same,) = await log.record([command("UnitDissolved", reason="lý do một", **ended)])
    (other,) = await log.record([command("UnitDissolved", reason="lý do hai", **ended)])
    assert isinstance(same, Recorded)
    assert same.repeated
    assert refusal(other) == "command-id-reused"


async def test_a_repeat_with_a_sealed_field_that_the_first_had_not_is_refused(open_log: Opens) -> None:
    """The first event has no key of its own, as if it had been destroyed; nor has another kind's."""
    log, elsewhere = await open_log(), await open_log()
    await must(log, unit("top", level="province"), unit("u", "top"))
    first, second = uuid4(), uuid4()
    counted = {"unit_id": "u", "members": 10, "command_id": first}
    await must(log, command("MembersCounted", **counted))
    ended = command("UnitDissolved", "2018-01-01", unit_id="u", reason="nhầm", command_id=first)
    noted = command("MembersCounted", **{**counted, "members": 11, "note": "sửa"})
    for other in (ended, noted):
        for log_ in (log, elsewhere):
            assert refusal((await log_.record([other]))[0]) == "command-id-reused"
    together = [command("MembersCounted", **{**counted, "command_id": second, "note": n}) for n in "ab"]
    assert [refusal(o) for o in await log.record(together)] == [None, "command-id-reused"]


async def test_a_refusal_is_not_remembered(open_log: Opens) -> None:
    log = await open_log()
    sent = unit("u", "later", "chapter")
    assert refusal((await log.record([sent]))[0]) == "unknown-unit"
    await must(log, unit("later", level="province"))
    await must(log, sent)


async def test_an_earlier_command_can_be_named_instead_of_its_event(open_log: Opens, service: Any) -> None:
    log = await open_log()
    await must(log, unit("top", level="province"), unit("u", "top"))
    counted = command("MembersCounted", unit_id="u", members=10, command_id=uuid4())
    withdrawn = command("RecordWithdrawn", event_id=f"command:{counted.command_id}", reason="nhầm")
    first, second = await must(log, counted, withdrawn)
    target = await service.fetchval("SELECT target FROM log.events WHERE position = $1", second.position)
    assert (first.stream, target) == (second.stream, first.event_id)
    unknown = command("RecordWithdrawn", event_id=f"command:{uuid4()}", reason="nhầm")
    assert refusal((await log.record([unknown]))[0]) == "unknown-command-reference"


async def test_a_payment_and_the_line_it_is_at_the_bank_come_together(open_log: Opens) -> None:
    log = await open_log()
    await must(log, unit("top", level="province"), unit("u", "top"))
    fund, statement = {"fund_id": "f"}, {"fund_id": "f", "statement_id": "s"}
    january = {"from_date": "2017-01-01", "to_date": "2017-01-31", "file_digest": "a" * 64}
    sums = {"opening": 0, "closing": 500}
    await must(
        log,
        command("FundOpened", unit_id="u", name="Quỹ", **fund),
        command("BankStatementRecorded", "2017-02-01", **statement, **january, **sums),
        command(
            "BankLineRecorded", "2017-02-01", line=1, date="2017-01-05", amount=500, text="x", **statement
        ),
    )
    gift = {"donation_id": "d", "amount": 500, "pocket": "bank", "donor": {"kind": "anonymous"}}
    given = command("DonationReceived", "2017-01-05", **fund, **gift)
    ids = [f"command:{given.command_id}"]
    matched = command("BankLineMatched", "2017-02-01", line=1, event_ids=ids, **statement)
    unknown = command("BankLineMatched", "2017-02-01", line=1, event_ids=[f"command:{uuid4()}"], **statement)
    outcomes = await log.record([given, unknown, matched, matched])
    assert [refusal(o) for o in outcomes] == [None, "unknown-command-reference", None, None]
    assert isinstance(unsure := outcomes[1], Refused)
    assert unsure.field == "/data/event_ids/0"


async def test_one_in_a_hundred_repeated_costs_no_extra_transaction(open_log: Opens) -> None:
    commits = 0

    def count(_: int) -> None:
        nonlocal commits
        commits += 1

    log = await open_log(on_commit=count)
    plain = [term(f"t{n}") for n in range(1000)]
    await must(log, *plain)
    before = commits
    mixed = [term(f"u{n}") if n % 100 else plain[n] for n in range(1000)]
    outcomes = await must(log, *mixed)
    assert sum(o.repeated for o in outcomes) == 10
    assert commits - before == 1


@pytest.mark.parametrize(
    "kind", [k for k in CATALOGUE.values() if not k.sealed.keys() & k.example.keys()], ids=lambda k: k.name
)
def test_a_digest_is_of_the_members_that_are_there_by_name(kind: Kind) -> None:
    """Digests lie in the log: however they are made, they stay the same."""
    sent = command(kind.name, **kind.example)
    there = {n: v for n in sent.data.__struct_fields__ if (v := getattr(sent.data, n)) is not None}
    expected = hashlib.sha256(json.encode([kind.name, sent.occurred_on, there])).digest()
    assert digest_of(sent, uuid4(), {}) == expected
