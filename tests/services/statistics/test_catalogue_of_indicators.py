"""The catalogue says what the declarations say, and nothing of its own."""

import dataclasses

import msgspec
import pytest

from services.statistics.catalogue import IndicatorDescribed, indicator_catalogue
from workers.indicators import INDICATORS, RETIRED, definitions_digest


def described(name: str) -> IndicatorDescribed:
    (found,) = [i for i in indicator_catalogue().indicators if i.name == name]
    return found


def test_every_indicator_is_in_it_in_the_order_of_the_table() -> None:
    told = indicator_catalogue()
    assert [i.name for i in told.indicators] == list(INDICATORS)
    assert told.digest == definitions_digest()
    for i in told.indicators:
        assert (i.vi, i.en, i.version) == (
            INDICATORS[i.name].vi,
            INDICATORS[i.name].en,
            INDICATORS[i.name].version,
        )
        assert (i.kind == "rate") == (i.numerator is not None) == (not i.reads), i.name
        assert {i.numerator, i.denominator} - {None} <= INDICATORS.keys()
        assert all(rule.vi and rule.en and rule.code for rule in i.rules)
        assert len(i.reads) == len(INDICATORS[i.name].terms)


def test_a_stock_tells_what_goes_in_and_out() -> None:
    goods = described("fund.balance.goods")
    assert (goods.kind, goods.measure, goods.by_level, goods.covers) == ("stock", "vnd", True, False)
    reads = {(r.kind, r.column, r.sign, r.pocket) for r in goods.reads}
    assert ("FundOpened", "extra", 1, None) in reads
    assert ("DonationReceived", "amount", 1, "goods") in reads
    assert ("AwardGranted", "amount", -1, "goods") in reads
    donation = next(r for r in goods.reads if r.kind == "DonationReceived")
    assert (donation.vi, donation.en) == ("Tiếp nhận ủng hộ", "Donation received")
    assert "below-zero" in {rule.code for rule in goods.rules}


def test_a_rate_names_its_two_counts_and_a_statement_says_that_it_covers() -> None:
    share = described("member.share")
    assert (share.numerator, share.denominator) == ("member.total", "population.persons")
    assert described("population.persons").covers
    assert not described("member.total").covers
    assert described("centre.classes").topics
    assert described("award.hardship.recipients").measure is None


def test_what_is_left_out_is_left_out_of_the_bytes() -> None:
    """A term that is not narrowed says nothing of levels or pockets."""
    told = msgspec.to_builtins(described("fund.raised"))
    assert told["reads"] == [
        {
            "kind": "DonationReceived",
            "vi": "Tiếp nhận ủng hộ",
            "en": "Donation received",
            "column": "amount",
            "sign": 1,
        }
    ]


def test_definitions_of_before_stand_beside_todays(monkeypatch: pytest.MonkeyPatch) -> None:
    now = INDICATORS["fund.raised"]
    for version in (2, 1):
        before = dataclasses.replace(now, version=version, vi=f"Bản {version}", by_level=version == 2)
        monkeypatch.setitem(RETIRED, ("fund.raised", version), before)
    told = described("fund.raised")
    assert [(r.version, r.vi, r.by_level) for r in told.retired] == [(1, "Bản 1", False), (2, "Bản 2", True)]
    assert described("fund.awarded").retired == []
