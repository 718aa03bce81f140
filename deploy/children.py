"""The Python programs of the stack as child processes: started, watched, started again, ended.

Knows them by their command lines only. Never lets one outlive its stack unnoticed: each carries a mark in
its environment, which its own children inherit.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psutil

import deploy
from deploy.addresses import DATA_VARIABLE
from deploy.embedded import processes
from deploy.embedded.processes import StartError, wait_until

MARK = "KHUYENHOC_PART"
FIRST_PAUSE, LONGEST_PAUSE, STEADY = 1.0, 30.0, 60.0  # seconds
Farewell = Sequence[tuple[signal.Signals, float]]


class Child:
    """One program. `farewell` lists the signals that ask it to end, each with the seconds it is given."""

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        *,
        stack_id: str,
        folder: Path,
        env: Mapping[str, str],
        is_ready: Callable[["Child"], bool],
        farewell: Farewell,
    ) -> None:
        self.name = name
        self.log = folder / "log" / f"{name}.log"
        self._words = words
        self._folder = folder
        self._mark = f"{stack_id}/{name}"
        self._env = {**env, MARK: self._mark}
        self._is_ready = is_ready
        self._farewell = farewell
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False
        self._log_before = 0
        self._launched = 0.0
        self._pause = FIRST_PAUSE
        self._again_at: float | None = None

    def launch(self) -> None:
        processes.trim(self.log)
        self._log_before = self.log.stat().st_size if self.log.exists() else 0
        self._launched = time.monotonic()
        self._asked = False
        self._process = processes.launch(
            [sys.executable, *self._words], log=self.log, cwd=self._folder, env=self._env
        )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def dead(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    @property
    def ready(self) -> bool:
        return not self.dead and self._is_ready(self)

    def has_said(self, text: str) -> bool:
        """Whether the log has that text since the program was started."""
        if not self.log.exists():
            return False
        with self.log.open("rb") as file:
            file.seek(self._log_before)
            return text.encode() in file.read()

    def complaint(self) -> str:
        """Why it is not running, in words for people."""
        what = (
            f"stopped with exit code {self._process.poll()}"
            if self._process and self.dead
            else "is not ready"
        )
        return f"The {self.name} {what}. The end of {self.log}:\n{processes.last_lines(self.log)}"

    def mend(self) -> str | None:
        """Starts it again if it died, at growing intervals; returns what there is to tell about it."""
        now = time.monotonic()
        if not self.dead:
            if now - self._launched > STEADY:
                self._pause = FIRST_PAUSE
            return None
        if self._again_at is None:
            self._again_at = now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return f"{self.complaint()}\nIt will be started again."
        if now >= self._again_at:
            self._again_at = None
            self._end_descendants()
            self.launch()
        return None

    def ask(self) -> None:
        """Asks it to end, and does not wait: `end` does. So that several end side by side."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self._farewell[0][0])
            self._asked = True

    def end(self) -> None:
        """Asks it to end, ever more firmly; returns when it and everything it started are gone."""
        process = self._process
        if process is None:
            return
        for number, (wish, seconds) in enumerate(self._farewell):
            if process.poll() is None:
                if number or not self._asked:
                    process.send_signal(wish)
                wait_until(lambda: process.poll() is not None, seconds)
        self._end_descendants()
        process.wait()
        self._process = None

    def _end_descendants(self) -> None:
        processes.end_marked(lambda environment: environment.get(MARK) == self._mark)


def end_leftovers(stack_id: str, data: Path) -> None:
    """Ends what a stack of that data directory whose supervisor was killed has left running.

    A copy of the directory of a running stack tells that one's id: its programs serve another directory.
    """

    def is_left(environment: Mapping[str, str]) -> bool:
        mark, serves = environment.get(MARK, ""), environment.get(DATA_VARIABLE)
        return mark.startswith(f"{stack_id}/") and serves == str(data)

    processes.end_marked(is_left)


def wait_until_ready(children: Sequence[Child], seconds: float) -> None:
    """Returns when all are ready; raises `StartError` as soon as one has died."""
    waiting = list(children)

    def settled() -> bool:
        waiting[:] = [child for child in waiting if not child.ready]
        return not waiting or any(child.dead for child in waiting)

    wait_until(settled, seconds, pause=0.03)
    if waiting:
        raise StartError(next((child for child in waiting if child.dead), waiting[0]).complaint())


def python_environment() -> dict[str, str]:
    """Our own environment, with the packages findable from any folder."""
    house = str(Path(deploy.__file__).parents[1])
    path = os.pathsep.join(filter(None, [house, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}


def answers(url: str) -> bool:
    """Whether `GET url` is answered with 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable_at(host: str, port: int) -> str:
    """The URL by which this machine reaches a program that listens there."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def free_port(host: str, wish: int = 0) -> int:
    """A port nobody listens on: the one wished for, or any."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wish))
        except OSError as error:
            raise StartError(f"Port {wish} of {host} cannot be used: {error.strerror or error}.") from None
        return int(probe.getsockname()[1])


def listens(pid: int | None, port: int) -> bool:
    """Whether that process or one it started, and no other program, listens on the port."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for member in family
            for connection in member.net_connections("tcp")
        )
    except psutil.Error:
        return False
