"""Which stack runs on a data directory: the lock its supervisor holds, and the note it leaves.

The lock decides, since the kernel drops it with the process; the note only tells. A note without a lock is
a dead stack's and never believed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path

import msgspec
import psutil

from deploy.addresses import Addresses
from deploy.embedded.places import make_private, write_private
from deploy.embedded.processes import StartError, wait_until


class AlreadyRunningError(StartError):
    """Another command supervises the stack of this data directory."""


class Running(msgspec.Struct, frozen=True):
    """The note about a stack, `stack.json`."""

    pid: int
    """The supervisor's process id."""
    started: float
    """When that process began, seconds since the machine did: with the id, it tells the process from all
    others. No time of day, which moves when the clock is set."""
    stack_id: str
    addresses: Addresses | None = None
    """None while the stack is still starting."""
    service_url: str | None = None
    """None when it runs without the service."""
    with_workers: bool = False


def running(data: Path, patience: float = 120.0) -> Running | None:
    """The stack that runs on the data directory, else None. Waits up to `patience` s for one that starts."""

    def settled() -> bool:
        note = read_note(data)
        return not _is_locked(data) or bool(note and note.addresses and _is_alive(note))

    if not wait_until(settled, patience, pause=0.1):
        raise AlreadyRunningError(_who_runs(data))
    note = read_note(data)
    return note if note and note.addresses and _is_locked(data) and _is_alive(note) else None


@contextmanager
def joining(data: Path) -> Iterator[Running | None]:
    """The running stack, kept for as long as it is used: one that only serves a command waits for us."""
    with ExitStack() as visit:
        found = None
        if data.is_dir():
            guests = visit.enter_context((data / "stack.guests").open("a"))
            fcntl.flock(guests, fcntl.LOCK_SH)  # waits while a stack is being ended
            found = running(data)
        if not found:
            visit.close()
        yield found


@contextmanager
def last_guest_gone(data: Path, seconds: float) -> Iterator[None]:
    """Begins when nobody uses the stack any more, or after that time; until it ends nobody can join."""
    with (data / "stack.guests").open("a") as guests:
        wait_until(lambda: _try_lock(guests, fcntl.LOCK_EX), seconds, pause=0.05)
        yield


def supervise(data: Path) -> TextIOWrapper:
    """Takes the lock of the data directory; it is held until the returned file is closed."""
    make_private(data)
    lock = (data / "stack.lock").open("a")
    # whoever asks whether a stack runs holds the lock for an instant
    if wait_until(lambda: _try_lock(lock, fcntl.LOCK_EX), 1.0):
        return lock
    lock.close()
    raise AlreadyRunningError(_who_runs(data))


def read_note(data: Path) -> Running | None:
    try:
        return msgspec.json.decode((data / "stack.json").read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_note(data: Path, note: Running) -> None:
    write_private(data / "stack.json", msgspec.json.encode(note))


def remove_note(data: Path) -> None:
    (data / "stack.json").unlink(missing_ok=True)


def note_of_this_process(stack_id: str) -> Running:
    return Running(pid=os.getpid(), started=_began(os.getpid()), stack_id=stack_id)


def _is_alive(note: Running) -> bool:
    try:
        return abs(_began(note.pid) - note.started) < 2  # the machine's start is told in whole seconds
    except psutil.NoSuchProcess:
        return False


def _began(pid: int) -> float:
    """Seconds from the machine's start to the process's: the clock may be set, and both move with it."""
    machine = psutil.boot_time()
    return psutil.Process(pid).create_time() - machine


def _is_locked(data: Path) -> bool:
    try:
        with (data / "stack.lock").open("r") as lock:
            return not _try_lock(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _try_lock(file: TextIOWrapper, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _who_runs(data: Path) -> str:
    note = read_note(data)
    who = f" (process {note.pid})" if note else ""
    return f"Another command{who} is already running on {data}. Use it, or stop it first."
