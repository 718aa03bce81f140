"""How long something may take, looked at once in a while: a timer of its own for each request would cost a
command a twentieth of its time. What is late is ended as by `asyncio.timeout`, up to `LOOKS_EVERY` later."""

import asyncio
from types import TracebackType
from typing import Any

LOOKS_EVERY = 0.5
"""Seconds."""


class Patience:
    """`with patience:` around what is awaited; raises `TimeoutError` after so many seconds. One for all that
    may take as long; not for one thing within another."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._looking: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        self._until[task] = loop.time() + self.seconds
        if self._looking is not loop:
            self._looking = loop
            loop.call_later(LOOKS_EVERY, self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        del self._until[task]
        if self._late and task in self._late:
            self._late.discard(task)
            # Somebody else may have cancelled it as well: that goes on.
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task in [task for task, until in self._until.items() if until < now and task not in self._late]:
            self._late.add(task)
            task.cancel()
        if self._until:
            loop.call_later(LOOKS_EVERY, self._look)
        else:
            self._looking = None
