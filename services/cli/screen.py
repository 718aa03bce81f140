"""What a command shows: results on standard output, everything else on standard error.

Colour and moving things only on a terminal; a pipe gets plain lines.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from services.writing import number

PIPE_WIDTH = 150
"""Columns of a table that nobody looks at on a terminal."""


def results() -> Console:
    """Standard output: what was asked for."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def messages() -> Console:
    """Standard error: how it goes."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    messages().print(text, style="dim" if sys.stderr.isatty() else None, soft_wrap=True, markup=False)


def complain(text: str) -> None:
    messages().print(text, style="bold red" if sys.stderr.isatty() else None, soft_wrap=True, markup=False)


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """A moving sign on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    with messages().status(text):
        yield


@contextmanager
def progress(text: str, total: int) -> Iterator["Bar"]:
    """A bar with count, rate and time left; nothing where standard error is no terminal."""
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=messages(),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with shown:
        yield Bar(shown, shown.add_task(text, total=total))


class Bar:
    """One bar: tell it how far things are."""

    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def at(self, done: int, total: int | None = None) -> None:
        self._shown.update(self._task, completed=done, total=total)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{number(round(task.speed))}/s" if task.speed else "")
