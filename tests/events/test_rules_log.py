"""The log's names: it begins once, bears one at a time, and never the same twice."""

import pytest

from events.refusals import Refused
from tests.events.history import History

FIRST, SECOND = "khuyenhoc.invalid/so", "khuyenhoc.invalid/so-2"


def restart(told: History, origin: str, previous: str) -> None:
    told.record("LogRestarted", "2026-01-02", origin=origin, previous_origin=previous, signed_size=7)


@pytest.fixture
def told() -> History:
    made = History()
    made.record("LogStarted", "2026-01-01", log_id="a-log", origin=FIRST)
    return made


def test_a_restarted_log_bears_its_new_name_only(told: History) -> None:
    restart(told, SECOND, FIRST)
    with pytest.raises(Refused, match="log-has-another-origin"):
        restart(told, "khuyenhoc.invalid/so-3", FIRST)
    restart(told, "khuyenhoc.invalid/so-3", SECOND)


def test_a_former_name_never_comes_back(told: History) -> None:
    with pytest.raises(Refused, match="log-origin-used"):
        restart(told, FIRST, FIRST)
    restart(told, SECOND, FIRST)
    with pytest.raises(Refused, match="log-origin-used"):
        restart(told, FIRST, SECOND)


def test_a_log_that_has_not_begun_is_not_restarted() -> None:
    with pytest.raises(Refused, match="log-not-started"):
        restart(History(), SECOND, FIRST)


def test_a_restart_is_not_withdrawn(told: History) -> None:
    (restarted,) = told.record(
        "LogRestarted", "2026-01-02", origin=SECOND, previous_origin=FIRST, signed_size=0
    )
    with pytest.raises(Refused, match="not-withdrawable"):
        told.record("RecordWithdrawn", "2026-01-03", event_id=str(restarted.event_id), reason="x")
