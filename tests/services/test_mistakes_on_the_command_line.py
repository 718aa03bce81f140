"""What an operator gets wrong most often is told in a sentence, with exit 1, and never as a traceback."""

import os
import re
import sys
from pathlib import Path

import msgspec
import pytest

from deploy.addresses import Addresses
from services.cli.main import main

NOBODY_THERE = "postgresql://khuyenhoc_owner:word@127.0.0.1:1/khuyenhoc"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without what the tests themselves were told."""
    for name in [name for name in os.environ if name.startswith("KHUYENHOC_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def complaint(capsys: pytest.CaptureFixture[str], environment: pytest.MonkeyPatch, *words: str) -> str:
    environment.setattr(sys, "argv", ["khuyenhoc", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_servers_that_are_not_as_told(
    database: Addresses, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mistakes = {
        "127.0.0.1": {"owner_url": NOBODY_THERE},
        "password authentication failed": {"owner_url": re.sub(":[^:@]+@", ":wrong@", database.owner_url)},
        "run as a superuser": {
            "database_url": database.database_url.replace("khuyenhoc_service", "pg_monitor", 1)
        },
    }
    for expected, mistake in mistakes.items():
        for name, value in msgspec.structs.replace(database, **mistake).environment().items():
            environment.setenv(name, value)
        assert expected in complaint(capsys, environment, "migrate")


def test_a_data_directory_that_cannot_be(
    tmp_path: Path, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    data = str(tmp_path / "file" / "data")
    assert data in complaint(capsys, environment, "projections", "--data", data)
