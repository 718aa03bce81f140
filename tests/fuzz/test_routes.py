"""Every route of the OpenAPI document under schemathesis, shortly: as administrator, and with few rights."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz import routes

SECONDS = 12
EXAMPLES = 3
SEED = 2017
"""Of the short form, which asks the same every time; `python -m tests.fuzz` looks further."""


@pytest.fixture(scope="module")
def fuzzed(workplace: Path) -> Iterator[routes.Fuzzed]:
    with routes.service(workplace / "fuzzed") as made:
        yield made


@pytest.mark.timeout(300)
def test_no_route_fails_whatever_an_administrator_asks(fuzzed: routes.Fuzzed) -> None:
    done = routes.fuzz(fuzzed, fuzzed.administrator, SECONDS, examples=EXAMPLES, seed=SEED)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.mark.timeout(300)
def test_no_route_fails_whatever_somebody_with_few_rights_asks(fuzzed: routes.Fuzzed) -> None:
    done = routes.fuzz(
        fuzzed, fuzzed.little, SECONDS, examples=EXAMPLES, seed=SEED, without=routes.CHECKS_OF_RIGHTS
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
