"""The highest memory of some processes while something goes on, looked at twenty times a second."""

import threading
from collections.abc import Callable, Iterable
from typing import Self

import psutil

EVERY = 0.05
"""Seconds."""
MEGABYTE = 2**20


class Memory:
    """A context manager; afterwards `peak_mb`: the largest single process, `all_mb`: all of them together.

    Memory shared with others (PostgreSQL's buffers, which every backend maps) is left out.
    """

    def __init__(self, processes: Callable[[], Iterable[psutil.Process]]) -> None:
        self.peak_mb = self.all_mb = 0.0
        self._processes = processes
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(EVERY):
            sizes = [_own(process) for process in self._processes()]
            self.peak_mb = max(self.peak_mb, *sizes, 0.0)
            self.all_mb = max(self.all_mb, sum(sizes))


def family(pid: int) -> Callable[[], list[psutil.Process]]:
    """A process and all that it started."""

    def found() -> list[psutil.Process]:
        try:
            process = psutil.Process(pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    return found


def own() -> Callable[[], list[psutil.Process]]:
    """This process."""
    return lambda: [psutil.Process()]


def started_but(*servers: int) -> Callable[[], list[psutil.Process]]:
    """What this process started, without itself and the databases."""
    mine, databases = family(psutil.Process().pid), [family(server) for server in servers]

    def found() -> list[psutil.Process]:
        left_out = {p.pid for database in databases for p in database()} | {psutil.Process().pid}
        return [p for p in mine() if p.pid not in left_out]

    return found


def backends(server: int, role: str) -> Callable[[], list[psutil.Process]]:
    """The database's processes that serve a role: not its own chores, such as vacuuming."""
    database = family(server)

    def serves(process: psutil.Process) -> bool:
        try:
            return " ".join(process.cmdline()).startswith(f"postgres: {role} ")
        except psutil.Error:
            return False

    return lambda: [process for process in database() if serves(process)]


def _own(process: psutil.Process) -> float:
    try:
        used = process.memory_info()
        return (used.rss - getattr(used, "shared", 0)) / MEGABYTE
    except psutil.Error:
        return 0.0
