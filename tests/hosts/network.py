"""Hosts that are network namespaces on one switch: each with an address, a name and processes of its own.

Needs root and iproute2. This process is on the network too, as the clients' and the operator's host.
"""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

NETWORK = f"198.18.{os.getpid() % 250}"
"""Of the range kept for tests of networks (RFC 2544): nobody's real address."""
OPERATOR = f"{NETWORK}.1"
"""This process's own."""
_AS_ITSELF = 'hostname "$0"; exec "$@"'


class Host:
    """One namespace. Its link can be cut and mended, what runs on it killed."""

    def __init__(self, name: str, namespace: str, address: str, folder: Path) -> None:
        self.name = name
        self.namespace = namespace
        self.address = address
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def log(self) -> Path:
        """What everything on it has said."""
        return self.folder / "log"

    def start(
        self, words: Sequence[str | Path], env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program there, knowing nothing of this process's environment but `PATH`."""
        inside = [
            "ip",
            "netns",
            "exec",
            self.namespace,
            "unshare",
            "--uts",
            "sh",
            "-c",
            _AS_ITSELF,
            self.name,
        ]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*inside, *(str(word) for word in words)],
                env={"PATH": f"{os.environ['PATH']}:/usr/sbin", "LC_ALL": "C.UTF-8", **(env or {})},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def cut_off(self) -> None:
        """As if its cable were pulled: nobody is told."""
        _ip("-n", self.namespace, "link", "set", "eth0", "down")

    def reconnect(self) -> None:
        _ip("-n", self.namespace, "link", "set", "eth0", "up")

    def kill(self) -> None:
        """Everything on it at once, with no goodbye."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        self.running.clear()

    def end(self, seconds: float) -> None:
        """Ask everything on it to end, the last started first."""
        for process in reversed(self.running):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
        self.kill()


class Network:
    """A switch, and this process on it."""

    def __init__(self, folder: Path) -> None:
        self._mark = f"kh{os.getpid()}"
        self._folder = folder
        self._numbers = itertools.count(2)
        self.hosts: list[Host] = []
        self._switch = f"{self._mark}-switch"
        self._own = f"{self._mark}u"
        try:
            self._lay_out()
        except BaseException:
            self.remove()
            raise

    def _lay_out(self) -> None:
        _ip("netns", "add", self._switch)
        _ip("-n", self._switch, "link", "add", "name", "switch0", "type", "bridge")
        _ip("-n", self._switch, "link", "set", "switch0", "up")
        _ip("link", "add", self._own, "type", "veth", "peer", "name", "uplink", "netns", self._switch)
        self._plug("uplink")
        _ip("address", "add", f"{OPERATOR}/24", "dev", self._own)
        _ip("link", "set", self._own, "up")

    def host(self, name: str) -> Host:
        """One more host, connected."""
        number, namespace = next(self._numbers), f"{self._mark}-{name}"
        folder = self._folder / name
        folder.mkdir(mode=0o755)
        made = Host(name, namespace, f"{NETWORK}.{number}", folder)
        _ip("netns", "add", namespace)
        self.hosts.append(made)
        port = f"port{number}"
        _ip(
            "link",
            "add",
            port,
            "netns",
            self._switch,
            "type",
            "veth",
            "peer",
            "name",
            "eth0",
            "netns",
            namespace,
        )
        self._plug(port)
        _ip("-n", namespace, "address", "add", f"{made.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _ip("-n", namespace, "link", "set", link, "up")
        return made

    def _plug(self, port: str) -> None:
        _ip("-n", self._switch, "link", "set", port, "master", "switch0", "up")

    def remove(self) -> None:
        """All namespaces, and with them their links."""
        for host in self.hosts:
            host.kill()
            _ip("netns", "delete", host.namespace)
        for words in (("link", "delete", self._own), ("netns", "delete", self._switch)):
            subprocess.run(["ip", *words], capture_output=True, check=False)


def missing() -> dict[str, str]:
    """Programs this needs and the machine lacks, with their packages."""
    wanted = {"ip": "iproute2", "unshare": "util-linux", "setpriv": "util-linux", "hostname": "hostname"}
    return {program: package for program, package in wanted.items() if not shutil.which(program)}


def _ip(*words: str) -> Any:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
