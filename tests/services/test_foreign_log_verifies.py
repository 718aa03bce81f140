"""`khuyenhoc verify` on a log that Tessera wrote: what is right about it holds, what is altered is named."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from events.proof.notes import VerifierKey
from events.proof.tiles import WIDTH, bundle
from services.proof import findings as f
from services.proof.report import Report, ToldReport
from services.proof.sources import Directory
from services.proof.verify import verify
from tests.services.tessera_log import ENTRIES, HASHES, VKEY, checkpoint

SIZE = 15


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """As Tessera lays it out, its earlier checkpoints where we look for them."""
    for folder in ("tile/entries/000.p", "tile/0/000.p", "checkpoints"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tile/entries/000.p/15").write_bytes(ENTRIES)
    (tmp_path / "tile/0/000.p/15").write_bytes(HASHES)
    (tmp_path / "checkpoint").write_bytes(checkpoint(SIZE))
    for size in range(SIZE):
        (tmp_path / "checkpoints" / str(size)).write_bytes(checkpoint(size))
    return tmp_path


def check(log: Path) -> Report:
    return verify(Directory(log), VerifierKey.parse(VKEY))


def test_it_holds_with_every_earlier_checkpoint(log: Path) -> None:
    report = check(log)
    assert report.wrong is None, report.wrong
    assert [one.code for one in report.held] == [f.SIGNED, f.TREE_HOLDS, f.CHECKPOINTS_HOLD]
    assert report.held[-1].values == {"count": SIZE}
    assert f.FOREIGN in [one.code for one in report.unchecked]


def test_an_altered_entry_is_named(log: Path) -> None:
    (log / "tile/entries/000.p/15").write_bytes(ENTRIES.replace(b"seven", b"Seven"))
    wrong = check(log).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (f.NOT_IN_TREE, 7)


def test_an_entry_behind_the_last_signed_one_is_named(log: Path) -> None:
    (log / "tile/entries/000.p/15").write_bytes(ENTRIES + bundle([b"sixteen"]))
    wrong = check(log).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (f.NOT_IN_TREE, 16)


def test_of_the_full_bundle_that_has_taken_its_place_the_signed_entries_are_read(log: Path) -> None:
    (log / "tile/entries/000.p/15").unlink()
    (log / "tile/entries/000").write_bytes(ENTRIES + bundle([b"later"] * (WIDTH - SIZE)))
    assert check(log).wrong is None


def test_altered_with_its_hash_it_lies_behind_the_last_checkpoint_that_holds(log: Path) -> None:
    from events.proof.merkle import leaf_hash

    (log / "tile/entries/000.p/15").write_bytes(ENTRIES.replace(b"seven", b"Seven"))
    (log / "tile/0/000.p/15").write_bytes(HASHES.replace(leaf_hash(b"seven"), leaf_hash(b"Seven")))
    wrong = check(log).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (f.NOT_A_PREFIX, 7)


def test_a_checkpoint_of_a_later_size_is_a_log_cut_short(log: Path) -> None:
    (log / "checkpoint").write_bytes(checkpoint(SIZE - 1))
    (log / "checkpoints/15").write_bytes(checkpoint(SIZE))
    wrong = check(log).wrong
    assert wrong
    assert (wrong.finding.code, wrong.position) == (f.SHORTER, SIZE)


def test_the_command_says_so_in_the_language_asked_for(log: Path) -> None:
    def run(language: str, *more: str) -> tuple[int, str, str]:
        words = [sys.executable, "-m", "services.cli.main", "verify", str(log), "--key", VKEY, *more]
        told = {"KHUYENHOC_LANGUAGE": language, "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(words, env=told, capture_output=True, timeout=60, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    code, said, _ = run("vi")
    assert code == 0
    assert "✓ dấu niêm của 15 sự kiện có chữ ký đúng" in said
    assert said.endswith("ĐÚNG\n")
    (log / "tile/entries/000.p/15").write_bytes(ENTRIES.replace(b"seven", b"Seven"))
    code, said, complained = run("en", "--json")
    told = msgspec.json.decode(said, type=ToldReport)
    assert code == 1
    assert told.wrong
    assert (told.wrong.code, told.wrong.position) == ("entry-not-in-tree", 7)
    assert "position 7: the entry is not the one whose hash is in the tree" in told.wrong.text
    assert "WRONG" in complained
