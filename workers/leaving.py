"""How soon a worker's child goes when it is told to."""

from billiard import pool

RETRIES = 5
"""Tenths of a second."""


def leave_soon() -> None:
    """To be called before the worker forks. A child that has ended its last task waits, half a minute if left
    as it is, for its parent to read how that went; a parent that is ending itself may not read any more, and
    waits for the child. Nobody needs to know: what there is to do stands in the database."""
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = RETRIES
