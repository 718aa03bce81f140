"""The demo as a user gets it: the whole stack on a directory of its own, recorded through HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.places import forget
from services.cli.demo import record_history
from services.cli.ledger import Ledger, ledger_of, start
from services.cli.record import await_read_models


@pytest.fixture(scope="session")
def bac_kan(workplace: Path) -> Iterator[Ledger]:
    """A running ledger that holds the history of Bắc Kạn, its read models caught up."""
    data = workplace / "bac-kan"
    with start(data, own=True) as stack:
        ledger = ledger_of(stack)
        await_read_models(ledger, record_history(ledger))
        yield ledger
    forget(data)
