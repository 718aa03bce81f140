"""A clock for single processes, set by a test while they run: libfaketime, told by a file.

Only the time of day is faked; what counts seconds (timeouts, intervals) goes on as before.
"""

import os
from pathlib import Path

import pytest

from deploy.children import python_environment

LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
SEEN = 1.5
"""Seconds after which every process has seen a change. Until then each of the database's, one for each
connection, goes by a clock of its own."""
CLOCKED = Path(__file__).with_name("clocked")


class Clock:
    """The time of day as one or several processes see it."""

    def __init__(self, file: Path) -> None:
        found = sorted(Path("/").glob(LIBRARY.lstrip("/")))
        if not found:
            pytest.fail("libfaketime is missing: apt-get install libfaketime", pytrace=False)
        self._file = file
        self.set(0)
        self.environment = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "0",  # the file is read when a second has begun, not with every look
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": os.pathsep.join([str(CLOCKED), python_environment()["PYTHONPATH"]]),
        }

    def set(self, seconds: int) -> None:
        """So far ahead of the machine's clock (behind it, if negative), from now on."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}\n")
        draft.chmod(0o644)
        draft.replace(self._file)
