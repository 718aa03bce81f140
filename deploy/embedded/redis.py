"""An embedded Redis for one data directory, on a Unix socket that only its owner reaches.

It carries hints and queues, never a fact: losing all of it loses nothing. No TCP port is ever opened,
and when memory ends it refuses rather than forgets.
"""

import fcntl
import os
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import psutil

from deploy.embedded import processes
from deploy.embedded.binaries import redis_server
from deploy.embedded.places import places
from deploy.embedded.processes import StartError, gone, process_in, wait_until

LOADING = 300  # seconds; reading a large append-only file
SHUTDOWN = 60  # seconds


class Redis:
    """The server of one data directory. `start` joins the server if it already runs."""

    def __init__(self, data: Path) -> None:
        self.places = places(data)
        self.socket = self.places.redis_sockets / "redis.sock"
        self.log = self.places.log / "redis.log"
        self._pid_file = self.places.redis / "redis.pid"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """`unix:///path`, for redis-py; `Addresses.broker_url` turns it into what Celery wants."""
        return f"unix://{quote(os.fsencode(self.socket), safe='/')}"

    @property
    def pid(self) -> int | None:
        """The process id of the running server, else None."""
        server = self._server()
        return server.pid if server else None

    def start(self) -> Self:
        """Returns when the server answers."""
        with (self.places.redis / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._server():
                self.socket.unlink(missing_ok=True)
                self._launch()
            self._wait_until_ready()
        return self

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Ends the server: `fast` writes everything out first, `immediate` does not."""
        if server := self._server():
            server.send_signal(signal.SIGTERM if mode == "fast" else signal.SIGKILL)
            if not wait_until(lambda: gone(server), SHUTDOWN):
                raise StartError(f"Redis does not stop; see {self.log}")
        if self._child:
            self._child.wait()
            self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self) -> None:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "maxmemory-policy": "noeviction",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "pidfile": self._pid_file.name,
        }
        self._child = processes.launch(
            [redis_server(), *(word for name, value in settings.items() for word in (f"--{name}", value))],
            log=self.log,
            cwd=self.places.redis,  # where it keeps its files, and what tells it from a reused process id
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            last_words=signal.SIGTERM,
        )
        self._pid_file.write_text(f"{self._child.pid}\n")

    def _wait_until_ready(self) -> None:
        def ready_or_dead() -> bool:
            return self._answers() or (self._child is not None and self._child.poll() is not None)

        if wait_until(ready_or_dead, LOADING) and self._server():
            return
        raise StartError(f"Redis did not start. The end of {self.log}:\n{processes.last_lines(self.log)}")

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")  # while loading: -LOADING
        except OSError:
            return False

    def _server(self) -> psutil.Process | None:
        if self._child:
            self._child.poll()
        try:
            pid = int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return process_in(self.places.redis, pid)
