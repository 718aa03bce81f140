"""Statistics that were published are computed anew from the events before, by the definitions named."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from events.proof.merkle import leaf_hashes, root_of
from events.proof.notes import SignerKey
from services.proof import findings as f
from services.proof.report import Report
from services.proof.sources import Directory
from services.proof.verify import verify
from tests.written_log import Told, write_log

AT = 304
"""The position the tables are published of: past a whole tile of hashes."""
CSV = """\
indicator,level,measure,value,previous,change,numerator,denominator,events
fund.raised,district,vnd,300000,,,,,300
"""


@pytest.fixture
def key() -> SignerKey:
    return SignerKey.generate("published.example/log")


class Town:
    """A unit with a fund and three hundred donations of a thousand đồng; then tables are published."""

    def __init__(self, key: SignerKey) -> None:
        self.key, self.told = key, Told(key)
        self.entries = list(self._before())
        assert len(self.entries) == AT
        self.right = {
            "unit_id": "thi-xa",
            "year": 2017,
            "position": AT,
            "tree": "then",
            "definitions": [{"name": "fund.raised", "version": 1}],
            "root": root_of(leaf_hashes(self.entries)).hex(),
            "digest": hashlib.sha256(CSV.encode()).hexdigest(),
        }

    def _before(self) -> Iterator[bytes]:
        tell = self.told.tell
        yield from self.told.begin()
        yield from tell("UnitEstablished", "2000-01-01", unit_id="thi-xa", name="Thị xã", level="district")
        yield from tell("FundOpened", "2010-01-01", fund_id="quy", unit_id="thi-xa", name="Quỹ")
        for n in range(300):
            yield from self._donated(n, "2017-05-01")

    def _donated(self, n: int, on: str) -> Iterable[bytes]:
        donated = {"fund_id": "quy", "donation_id": f"d{n}", "amount": 1000, "pocket": "goods"}
        given = {"donor": {"kind": "anonymous"}, "items": [{"what": "book", "quantity": 1, "unit": "piece"}]}
        return self.told.tell("DonationReceived", on, **donated, **given)

    def publish(self, **other: Any) -> int:
        """Returns the position. A late donation comes before it, which the table does not know."""
        self.entries += self._donated(len(self.entries), "2017-06-01")
        self.entries += self.told.tell("StatisticsPublished", "2026-01-05", **(self.right | other))
        return len(self.entries)

    def checked(self, folder: Path, *, tables: bool) -> Report:
        write_log(folder, self.key, self.entries)
        return verify(Directory(folder), self.key.verifier, tables=tables)


def test_digests_are_those_of_the_tables_then(key: SignerKey, tmp_path: Path) -> None:
    town = Town(key)
    town.publish()
    town.publish(tree="now")
    definitions = [{"name": "fund.raised", "version": 7}, {"name": "fund.spent_twice", "version": 1}]
    unknown = town.publish(definitions=definitions)
    report = town.checked(tmp_path, tables=True)
    assert report.wrong is None, report.wrong
    held = {one.code: one.values for one in report.held}
    assert held[f.PUBLISHED_ROOTS_HOLD] == {"count": 3}
    assert held[f.PUBLISHED_HOLD] == {"count": 2}
    left = next(one for one in report.unchecked if one.code == f.UNKNOWN_DEFINITIONS)
    assert left.position == unknown
    assert left.values["names"] == ["fund.raised v7", "fund.spent_twice v1"]


def test_another_digest_is_named_with_its_position(key: SignerKey, tmp_path: Path) -> None:
    town = Town(key)
    town.publish()
    altered = CSV.replace("300000", "310000").encode()
    wrong_at = town.publish(digest=hashlib.sha256(altered).hexdigest())
    wrong = town.checked(tmp_path, tables=True).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (f.PUBLISHED_DIGEST, wrong_at)
    assert wrong.finding.values["ours"] == town.right["digest"]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"position": AT - 1}, f.PUBLISHED_ROOT),
        ({"position": 256}, f.PUBLISHED_ROOT),
        ({"root": "0" * 64}, f.PUBLISHED_ROOT),
        ({"position": 10_000}, f.PUBLISHED_AHEAD),
    ],
)
def test_another_root_is_named_without_folding(
    key: SignerKey, tmp_path: Path, other: dict[str, Any], code: str
) -> None:
    town = Town(key)
    town.publish()
    wrong_at = town.publish(**other)
    wrong = town.checked(tmp_path, tables=False).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (code, wrong_at)
