"""The demo's books, exported, in two accounting programs that have nothing to do with this ledger: hledger
(Debian's) and beancount (`bean-check`). Both accept them, reckon the figures of 2017 from them, and refuse
them once one amount is altered."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction

from deploy.embedded.places import forget
from services.cli.ledger import start

PROGRAMS = Path(sys.executable).parent
UTF8 = {**os.environ, "LC_ALL": "C.UTF-8"}
FIGURES = {
    "district": (47_850_000, 42_000_000),
    "commune": (107_000_000, 54_000_000),
    "chapter": (368_000_000, 274_000_000),
}
"""Received and spent in 2017 at each level, đồng, goods at appraised value included."""

Sums = Counter[tuple[str, str]]


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False, env=UTF8)


def _accepted(file: Path) -> bool:
    """What the program's own check says. Asserts that it says why, where it refuses."""
    if file.suffix == ".journal":
        program = shutil.which("hledger")
        if program is None:
            pytest.fail("hledger is missing: apt-get install hledger", pytrace=False)
        checked = _run(program, "-f", file, "check", "--strict", "ordereddates")
    else:
        checked = _run(PROGRAMS / "bean-check", file)
    assert (checked.returncode == 0) == (not checked.stderr)
    return checked.returncode == 0


@pytest.fixture(scope="module")
def demo(workplace: Path) -> Iterator[Path]:
    """A data directory with the demo's history in it; its stack runs, and the commands join it."""
    data = workplace / "demo-books"
    done = _run(PROGRAMS / "khuyenhoc", "demo", "--no-serve", "--data", data)
    assert done.returncode == 0, done.stderr
    with start(data, own=True):
        yield data
    forget(data)


@pytest.fixture(scope="module")
def hledger(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _exported(demo, "hledger", tmp_path_factory.mktemp("books") / "bac-kan.journal")


@pytest.fixture(scope="module")
def beancount(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _exported(demo, "beancount", tmp_path_factory.mktemp("books") / "bac-kan.beancount")


def _exported(data: Path, program: str, file: Path) -> Path:
    done = _run(PROGRAMS / "khuyenhoc", "export", program, "--data", data, "--out", file)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^; Gốc cây Merkle của chúng: [0-9a-f]{64}\.$", file.read_text(), re.MULTILINE)
    return file


@pytest.fixture(params=["hledger", "beancount"])
def exported(request: pytest.FixtureRequest) -> Path:
    file: Path = request.getfixturevalue(request.param)
    return file


@pytest.mark.timeout(300)
def test_the_program_accepts_the_demo(exported: Path) -> None:
    assert _accepted(exported)


def _one_amount(text: str) -> str:
    """One đồng more in one line of an entry."""
    line = re.compile(r"^( +\S.*  )(\d+)( VND)$", re.MULTILINE)
    return line.sub(lambda m: f"{m[1]}{int(m[2]) + 1}{m[3]}", text, count=1)


def _a_whole_entry(text: str) -> str:
    """Both lines of an entry alike: it still balances."""
    lines = re.compile(r"^( +\S.*  )(\d+)( VND\n +\S.*  -)\2( VND)$", re.MULTILINE)
    return lines.sub(lambda m: f"{m[1]}{int(m[2]) + 1}{m[3]}{int(m[2]) + 1}{m[4]}", text, count=1)


def _one_assertion(text: str) -> str:
    line = re.compile(r"^(.*(?:==|balance \S+) +)(\d+)( VND)$", re.MULTILINE)
    return line.sub(lambda m: f"{m[1]}{int(m[2]) + 1}{m[3]}", text, count=1)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("alter", [_one_amount, _a_whole_entry, _one_assertion])
def test_the_program_refuses_an_altered_amount(
    exported: Path, tmp_path: Path, alter: Callable[[str], str]
) -> None:
    text = exported.read_text()
    altered = tmp_path / exported.name
    altered.write_text(alter(text))
    assert altered.read_text() != text
    assert not _accepted(altered)


@pytest.mark.timeout(300)
def test_hledger_reckons_the_figures_of_2017(hledger: Path) -> None:
    for level, figures in FIGURES.items():
        words = ("bal", "-p", "2017", "^Thu:", "^Chi:", f"tag:level=^{level}$", "--depth", "1", "-O", "csv")
        rows = list(csv.reader(io.StringIO(_run("hledger", "-f", hledger, *words).stdout)))
        sums = {row[0]: sum(int(n) for n in re.findall(r"-?\d+", row[1])) for row in rows[1:]}
        assert (-sums["Thu"], sums["Chi"]) == figures


@pytest.mark.timeout(300)
def test_beancount_reckons_the_figures_of_2017(beancount: Path) -> None:
    entries, faults, _ = loader.load_file(str(beancount))
    assert faults == []
    sums: Sums = Counter()
    for entry in entries:
        if isinstance(entry, Transaction) and entry.date.year == 2017:
            for line in entry.postings:
                sums[entry.meta["level"], line.account.partition(":")[0]] += int(line.units.number)
    for level, figures in FIGURES.items():
        assert (-sums[level, "Thu"], sums[level, "Chi"]) == figures


@pytest.mark.timeout(300)
def test_the_same_bytes_again_on_standard_output(demo: Path, hledger: Path) -> None:
    done = _run(PROGRAMS / "khuyenhoc", "export", "hledger", "--data", demo)
    assert done.stdout == hledger.read_text()


@pytest.mark.timeout(300)
def test_a_ward_by_itself(demo: Path, tmp_path: Path) -> None:
    for program, suffix in (("hledger", "journal"), ("beancount", "beancount")):
        file = tmp_path / f"duc-xuan.{suffix}"
        words = ("export", program, "--unit", "duc-xuan", "--as-of", "2017-12-31", "--out", file)
        done = _run(PROGRAMS / "khuyenhoc", *words, "--data", demo)
        assert done.returncode == 0, done.stderr
        assert _accepted(file)


@pytest.mark.timeout(300)
def test_a_unit_that_is_not_there_leaves_no_file(demo: Path, tmp_path: Path) -> None:
    words = ("export", "beancount", "--data", demo, "--out", tmp_path / "books", "--unit")
    ended = _run(PROGRAMS / "khuyenhoc", *words, "bac-kan-city")
    assert ended.returncode == 1
    assert "bac-kan-city" in ended.stderr
    assert list(tmp_path.iterdir()) == []
