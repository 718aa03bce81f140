"""Starting, recognising and watching processes, without ever mistaking another program's for ours.

A process id alone proves nothing: ids are reused, in containers almost always. Nothing here may signal
a process on the strength of its id only.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path

import psutil
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

LARGEST_LOG = 10_000_000  # bytes; then it is put aside, over the one put aside before
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class StartError(RuntimeError):
    """A part of the stack did not start, or stopped by itself; the message says why in plain words."""


def wait_until(check: Callable[[], object], seconds: float, pause: float = 0.01) -> bool:
    """Asks `check` every `pause` seconds until it says yes; False when it never did within `seconds`."""
    waiting = Retrying(
        retry=retry_if_result(lambda answer: not answer),
        wait=wait_fixed(pause),
        stop=stop_after_delay(seconds),
    )
    try:
        waiting(check)
    except RetryError:
        return False
    return True


def launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    cwd: Path,
    env: Mapping[str, str],
    owner: tuple[int, int] | None = None,
    last_words: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts a child in a session of its own (a Ctrl-C at the terminal is for the supervisor to handle).

    `owner` is the (user id, group id) to run as, when not ours. `last_words` is the signal that the child
    gets from the kernel should this process be killed; only Linux has this.
    """
    with open_log(log) as output:
        return subprocess.Popen(
            [os.fspath(word) for word in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=owner[0] if owner else None,
            group=owner[1] if owner else None,
            extra_groups=[] if owner else None,
            preexec_fn=_die_with_parent(last_words),
        )


def _die_with_parent(last_words: signal.Signals) -> Callable[[], None] | None:
    # The kernel counts the death of the *thread* that forked as the parent's: a child started from a
    # passing thread would be ended with it, so only the main thread's children are tied.
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(last_words), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the tie was made
            os._exit(1)

    return tie


def open_log(log: Path) -> BufferedWriter:
    """The log opened for appending, by its owner alone."""
    trim(log)
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def trim(log: Path) -> None:
    """Puts a log grown too large aside as `….1`. Whoever writes to it just goes on: all only append."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        with suppress(OSError):  # on a full disk it stays as it is: whoever supervises has better to do
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            os.truncate(log, 0)


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(text.splitlines()[-count:])


def process_in(folder: Path, pid: int) -> psutil.Process | None:
    """The living process of that id if it works in that folder, else None."""
    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == folder.resolve():
            return process
    except psutil.Error:
        pass
    return None


def processes_in(folder: Path) -> list[psutil.Process]:
    """Every living process that works in that folder."""
    return [process for pid in psutil.pids() if (process := process_in(folder, pid))]


def gone(process: psutil.Process) -> bool:
    """Whether the process has ended; one that waits to be collected by its parent has."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def end_marked(matches: Callable[[Mapping[str, str]], bool]) -> None:
    """Kills every process whose environment matches."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and matches(process.environ()):
                process.kill()
                found.append(process)
        except (psutil.Error, OSError):
            continue
    wait_until(lambda: all(gone(process) for process in found), 10)
