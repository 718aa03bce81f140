"""Which tests one process runs, and which begin first.

A file is run by one process, so that it makes what its tests share once; files that share something dear are
run by one process together. What takes long begins first, so that all processes end at the same time. There
are three for two cores, since many tests wait for what they have started.
"""

from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

HERE = Path(__file__).parent
TOGETHER = {
    "scenarios/test_bac_kan_": "the demo's history, recorded by a whole stack",
    "services/exports/": "a sealed ledger of a province",
    "workers/test_every_read_model.py": "the demo's history, folded",
    "workers/test_funds.py": "the demo's history, folded",
    "workers/test_units.py": "the demo's history, folded",
}
"""How a file's name begins → what it shares with others."""
FIRST = ("scenarios/", "deploy/", "workers/", "services/", "events/log/")
"""Where there is waiting for servers. The rest are rules, asked in memory."""


class Shares(LoadFileScheduling):
    """What pytest-xdist hands out in one piece."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        within = file.removeprefix(f"{HERE.name}/")
        return next((dear for start, dear in TOGETHER.items() if within.startswith(start)), file)


def arrange(items: list[pytest.Item]) -> None:
    """Puts the tests in their order."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    within = item.path.relative_to(HERE).as_posix()
    return next((rank for rank, start in enumerate(FIRST) if within.startswith(start)), len(FIRST))
