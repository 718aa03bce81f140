"""Which tests one process runs, and which begin first.

A file is run by one process (`--dist loadgroup`), so that it makes what its tests share once. Files that
share something dear are run by one process together. What takes long begins first, so that both processes
end at the same time.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOGETHER = {
    "scenarios": "bac_kan",
    "services/exports": "office",
}
"""Folder → the fixture that is dear: a stack that has recorded the whole demo; a sealed ledger."""
FIRST = ("scenarios", "deploy", "workers", "services", "events/log")
"""Folders with whatever waits for servers; the rest are rules, asked in memory."""


def arrange(items: list[pytest.Item]) -> None:
    """Puts the tests in their order and each into its group."""
    items.sort(key=_rank)
    together = _files_sharing(items)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(together.get(item.path, str(item.path.relative_to(HERE)))))


def _rank(item: pytest.Item) -> int:
    return next((n for n, folder in enumerate(FIRST) if item.path.is_relative_to(HERE / folder)), len(FIRST))


def _files_sharing(items: list[pytest.Item]) -> dict[Path, str]:
    return {
        item.path: folder
        for item in items
        for folder, fixture in TOGETHER.items()
        if item.path.is_relative_to(HERE / folder) and fixture in getattr(item, "fixturenames", ())
    }
