"""Sealing waits for nothing else: a queue of its own, by the name the stack serves."""

import pytest

from deploy.stack import Programs
from workers.celery_app import QUEUE, SEALING_QUEUE, make_app


@pytest.mark.parametrize(
    ("task", "queue"), [("workers.seal", SEALING_QUEUE), ("workers.sweep", QUEUE), ("workers.advance", QUEUE)]
)
def test_where_tasks_go(task: str, queue: str) -> None:
    assert make_app("redis://nowhere").amqp.router.route({}, task)["queue"].name == queue


def test_a_worker_told_no_queue_serves_both() -> None:
    assert set(make_app("redis://nowhere").amqp.queues.consume_from) == {QUEUE, SEALING_QUEUE}


def test_the_stack_serves_it_by_that_name() -> None:
    assert Programs().sealing_queue == SEALING_QUEUE
