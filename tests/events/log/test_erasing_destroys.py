"""What is erased is gone: key and ciphertext, in the very append that says so. Nothing else is."""

from typing import Any
from uuid import UUID, uuid4

from events.log.append import Log
from events.log.erasing import erase_again
from events.log.outcome import Recorded
from tests.events.log.commands import command, must, refusal, unit

LAN = {"name": "Nguyễn Thị Lan", "school": "THCS Nông Thượng"}


async def _kept(service: Any, key_id: UUID) -> tuple[int, int]:
    """How many ciphertexts lie under a key, and whether the key is there."""
    sealed = await service.fetchval("SELECT count(*) FROM log.sealed WHERE key_id = $1", key_id)
    return sealed, await service.fetchval("SELECT count(*) FROM log.sealing_keys WHERE key_id = $1", key_id)


async def test_an_erased_persons_details_and_key_are_gone(log: Log, service: Any) -> None:
    lan, hoa = uuid4(), uuid4()
    for person in (lan, hoa):
        told = {"person_id": str(person), "details": LAN}
        await must(
            log, command("PersonRegistered", kind="child", **told), command("PersonDetailsChanged", **told)
        )
    assert await _kept(service, lan) == (2, 1)
    await must(log, command("PersonErased", person_id=str(lan), ground="request"))
    assert await _kept(service, lan) == (0, 0)
    assert await _kept(service, hoa) == (2, 1)


async def test_one_append_may_register_and_erase(log: Log, service: Any) -> None:
    lan = uuid4()
    await log.record(
        [
            command("PersonRegistered", person_id=str(lan), kind="child", details=LAN),
            command("PersonErased", person_id=str(lan), ground="request"),
        ],
        atomic=True,
    )
    assert await _kept(service, lan) == (0, 0)


async def test_a_command_sent_again_after_the_erasure_is_answered_as_before(log: Log) -> None:
    lan = uuid4()
    registered = command("PersonRegistered", person_id=str(lan), kind="child", details=LAN)
    (first,) = await must(log, registered)
    await must(log, command("PersonErased", person_id=str(lan), ground="request"))
    (again,) = await must(log, registered)
    assert (again.event_id, again.repeated) == (first.event_id, True)
    anew = command("PersonRegistered", person_id=str(lan), kind="child", details=LAN)
    (outcome,) = await log.record([anew])
    assert refusal(outcome) == "person-erased"


async def test_only_the_named_note_goes(log: Log, service: Any) -> None:
    await must(log, unit("u", level="province"), unit("v", level="province"))
    (one,) = await must(log, command("UnitDissolved", unit_id="u", reason="Bà Hoa xin nghỉ"))
    (other,) = await must(log, command("UnitDissolved", unit_id="v", reason="Ông Nam xin nghỉ"))
    (gone,) = await must(
        log, command("NoteErased", event_id=str(one.event_id), field="reason", ground="request")
    )
    assert isinstance(gone, Recorded)
    assert await _kept(service, one.event_id) == (0, 0)
    assert await _kept(service, other.event_id) == (1, 1)


async def test_a_note_is_not_destroyed_through_a_person_of_the_same_id(log: Log, service: Any) -> None:
    await must(log, unit("u", level="province"))
    (ended,) = await must(log, command("UnitDissolved", unit_id="u", reason="Bà Hoa xin nghỉ"))
    posing = str(ended.event_id)
    await must(log, command("PersonRegistered", person_id=posing, kind="adult", details=LAN))
    await must(log, command("PersonErased", person_id=posing, ground="request"))
    assert await _kept(service, ended.event_id) == (1, 1)


async def test_a_key_brought_back_by_a_backup_is_destroyed_again(log: Log, service: Any) -> None:
    lan = uuid4()
    await must(log, command("PersonRegistered", person_id=str(lan), kind="child", details=LAN))
    key = await service.fetchrow("SELECT * FROM log.sealing_keys WHERE key_id = $1", lan)
    sealed = await service.fetchrow("SELECT * FROM log.sealed WHERE key_id = $1", lan)
    await must(log, command("PersonErased", person_id=str(lan), ground="request"))
    await service.execute("INSERT INTO log.sealing_keys VALUES ($1, $2)", *key)
    await service.execute("INSERT INTO log.sealed VALUES ($1, $2, $3, $4)", *sealed)
    assert await erase_again(service) == 1
    assert await _kept(service, lan) == (0, 0)


async def test_what_is_sealed_does_not_stay_in_memory(log: Log) -> None:
    lan = uuid4()
    await must(
        log,
        command("PersonRegistered", person_id=str(lan), kind="child", details=LAN),
        unit("u", level="province"),
        command("UnitDissolved", unit_id="u", reason="Bà Hoa xin nghỉ"),
    )
    memory: Any = log._pipeline._decider._memory
    held = [f.data for s in (f"person-{lan}", "unit-u") for f in memory.state(s).facts.values()]
    assert len(held) >= 2
    assert not any(secret in repr(held) for secret in ("Nguyễn", "Nông Thượng", "Hoa"))
