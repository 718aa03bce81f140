"""What a check tells: every sentence in both languages, and entries that do not follow are named as such."""

import re
from pathlib import Path
from typing import Any

import pytest

from events.proof.notes import SignerKey
from services.proof import findings as f
from services.proof.report import Finding
from services.proof.sources import Directory
from services.proof.verify import verify
from tests.written_log import Told, write_log

WORDS = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("code", f.all_findings())
def test_both_languages_tell_the_same_values(code: str) -> None:
    vi, en = f.sentences(code)
    assert vi != en
    assert sorted(WORDS.findall(vi)) == sorted(WORDS.findall(en))


def test_numbers_and_positions_read_as_people_write_them() -> None:
    found = Finding(f.CHECKPOINTS_HOLD, None, {"count": 12345})
    assert "12.345 dấu niêm" in found.sentence("vi")
    wrong = Finding(f.NOT_IN_TREE, 1234)
    assert wrong.sentence("vi").startswith("vị trí 1234: ")
    assert wrong.sentence("en").startswith("position 1234: ")


def _renumbered(entries: list[bytes]) -> list[bytes]:
    return [e.replace(b'"donation_id":"d2"', b'"donation_id":"d1"') for e in entries]


def _too_much(entries: list[bytes]) -> list[bytes]:
    return [e.replace(b'"amount":900', b'"amount":9000') for e in entries]


def _other_actor(entries: list[bytes]) -> list[bytes]:
    actor = re.compile(rb'"actor":"[0-9a-f-]{36}"')
    other = b'"actor":"00000000-0000-4000-8000-00000000002a"'
    return [actor.sub(other, e) if b'"type":"VoucherIssued"' in e else e for e in entries]


def _skipped(entries: list[bytes]) -> list[bytes]:
    """The second donation with its voucher."""
    return entries[:6] + entries[8:]


ALTERED: dict[str, tuple[Any, str, int]] = {
    "an id given twice": (_renumbered, f.DOES_NOT_FOLLOW, 7),
    "a voucher by somebody else": (_other_actor, f.DOES_NOT_FOLLOW, 6),
    "a payment beyond the balance": (_too_much, f.DOES_NOT_FOLLOW, 9),
    "a command left out": (_skipped, f.VERSION_GAP, 7),
}


@pytest.mark.parametrize("what", ALTERED)
def test_signed_entries_that_do_not_follow_are_named(what: str, tmp_path: Path) -> None:
    """The keeper of the log itself wrote and signed them: every hash is right, the rules are not kept."""
    key = SignerKey.generate("findings.example/log")
    told = Told(key)
    given = {"fund_id": "quy", "amount": 500, "pocket": "cash", "donor": {"kind": "anonymous"}}
    paid = {
        "fund_id": "quy",
        "expense_id": "e1",
        "amount": 900,
        "pocket": "cash",
        "purpose": "administration",
    }
    entries = [
        *told.begin(),
        *told.tell("UnitEstablished", "2000-01-01", unit_id="thi-xa", name="Thị xã", level="district"),
        *told.tell("FundOpened", "2010-01-01", fund_id="quy", unit_id="thi-xa", name="Quỹ"),
        *told.tell("DonationReceived", "2017-05-01", donation_id="d1", **given),
        *told.tell("DonationReceived", "2017-05-02", donation_id="d2", **given),
        *told.tell("ExpensePaid", "2017-06-01", **paid),
    ]
    alter, code, position = ALTERED[what]
    write_log(tmp_path, key, alter(entries))
    wrong = verify(Directory(tmp_path), key.verifier).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (code, position)
