"""The whole ledger on one machine: PostgreSQL, Redis, Celery workers, beat and the service.

Starts what is asked for, watches it, and ends it in the right order however this process ends. It starts
everything by name and imports none of it.
"""

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import msgspec

from deploy import running
from deploy.addresses import DATA_VARIABLE, VARIABLES, Addresses
from deploy.children import (
    Child,
    answers,
    end_leftovers,
    free_port,
    listens,
    python_environment,
    reachable_at,
    wait_until_ready,
)
from deploy.embedded import processes
from deploy.embedded.places import make_private
from deploy.embedded.postgres import Postgres
from deploy.embedded.processes import StartError
from deploy.embedded.redis import Redis

log = logging.getLogger("khuyenhoc.stack")

PATIENCE = 120.0  # seconds for the Python programs to be ready
SERVERS_PAUSE = 5.0  # seconds before a server that could not be started again is tried anew
CONNECTIONS = 10_000  # of clients at once; idle ones count, so that as many could keep everybody else out
GUESTS = 600.0  # seconds that a command's own stack waits for other commands that have joined it
SHORT_OF_TIME = [(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)]
# SIGTERM lets running tasks end, SIGQUIT breaks them off.
UNTIL_TASKS_END = [(signal.SIGTERM, 15.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)]


class Programs(msgspec.Struct, frozen=True):
    """What to start, by name."""

    service: str = "services.api.app:app"
    """The ASGI application; it answers `GET /health` with 200."""
    workers: str = "workers.celery_app"
    """The Celery application."""
    sealing_queue: str = "khuyenhoc.sealing"
    """Its queue that must not wait for anything else, served by a process of its own."""
    service_sees: tuple[str, ...] = ("database_url", "redis_url")
    workers_see: tuple[str, ...] = ("worker_url", "redis_url")


class Terminated(SystemExit):
    """This process was asked to end by a signal."""


class Stack:
    """The stack of one data directory, as a context manager; or on foreign servers, when given addresses.

    `prepare` is called with the addresses as soon as the databases answer, before anything uses them: it
    runs the migrations. After `start`, `addresses` and `service_url` say where everything is.
    """

    addresses: Addresses
    service_url: str | None = None

    def __init__(
        self,
        data: Path,
        *,
        prepare: Callable[[Addresses], object] | None = None,
        with_workers: bool = True,
        with_service: bool = True,
        host: str = "127.0.0.1",
        port: int | None = None,
        concurrency: int = 2,
        addresses: Addresses | None = None,
        programs: Programs | None = None,
    ) -> None:
        self.data = data.resolve()
        self._prepare = prepare
        self._with_workers = with_workers
        self._with_service = with_service
        self._host = host
        self._port = port
        self._concurrency = concurrency
        self._foreign = addresses
        self._programs = programs or Programs()
        self._id = secrets.token_hex(8)
        self._lock: TextIOWrapper | None = None
        self._servers: list[Postgres | Redis] = []
        self._children: list[Child] = []  # in the order in which they are ended
        self._servers_again_at = 0.0
        self._told_to_end = False
        self._former_signals: dict[signal.Signals, Any] = {}

    def start(self) -> Self:
        """Returns when everything asked for is ready. What was begun is ended when that fails."""
        self._lock = running.supervise(self.data)
        try:
            self._listen_for_signals()
            if former := running.read_note(self.data):
                end_leftovers(former.stack_id, self.data)
            note = running.note_of_this_process(self._id)
            running.write_note(self.data, note)
            self.addresses = self._foreign or self._start_servers()
            if self._prepare:
                self._prepare(self.addresses)
            self._start_children()
            running.write_note(
                self.data,
                msgspec.structs.replace(
                    note,
                    addresses=self.addresses,
                    service_url=self.service_url,
                    with_workers=self._with_workers,
                ),
            )
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends everything: service, Celery's, Redis, PostgreSQL. Does nothing when nothing runs."""
        if not self._lock:
            return
        self._ignore_signals()
        try:
            with ExitStack() as ending:  # goes on with the others when one refuses; last in, first out
                for server in self._servers:
                    ending.callback(server.stop)
                for child in reversed(self._children[1:]):
                    ending.callback(child.end)
                for child in self._children[1:]:
                    ending.callback(child.ask)
                for child in self._children[:1]:  # the service, while the workers still answer it
                    ending.callback(child.end)
                running.remove_note(self.data)
        finally:
            self._children, self._servers, self.service_url = [], [], None
            self._lock.close()
            self._lock = None
            self._restore_signals()

    def serve_forever(self, check_every: float = 0.5) -> None:
        """Watches over everything until SIGINT, SIGTERM or SIGHUP; what dies is started again."""
        try:
            while True:
                time.sleep(check_every)
                self.mend()
        except (KeyboardInterrupt, Terminated):
            self._told_to_end = True

    def mend(self) -> None:
        """Starts again what has died; what cannot be started now (the disk is full), later."""
        for server in self._servers:
            if not server.pid and time.monotonic() >= self._servers_again_at:
                log.warning("%s has stopped; it is started again", type(server).__name__)
                try:
                    server.start()
                except (StartError, OSError) as error:
                    log.warning("%s\nIt will be tried again.", error)
                    self._servers_again_at = time.monotonic() + SERVERS_PAUSE
            processes.trim(server.log)
        for child in self._children:
            if news := child.mend():
                log.warning(news)
            processes.trim(child.log)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._lock and error is None and not self._told_to_end:
                with running.last_guest_gone(self.data, GUESTS):
                    self.stop()
        finally:
            self.stop()

    # -- starting -----------------------------------------------------------------------------------------

    def _start_servers(self) -> Addresses:
        postgres, redis = Postgres(self.data), Redis(self.data)
        self._servers = [postgres, redis]
        for server in self._servers:
            server.start()
        return Addresses(
            database_url=postgres.database_url,
            worker_url=postgres.worker_url,
            owner_url=postgres.owner_url,
            redis_url=redis.url,
        )

    def _start_children(self) -> None:
        make_private(self.data / "log")
        if self._with_workers:
            self._children = [self._beat(), self._sealer(), self._worker()]
        for child in self._children:
            child.launch()
        if self._with_service:
            self._start_service()
        wait_until_ready(self._children, PATIENCE)

    def _start_service(self) -> None:
        """With a port of our choosing, another one is tried when somebody takes it in between."""
        for attempt in range(5):
            port = free_port(self._host, self._port or 0)
            service = self._service(port)
            self._children.insert(0, service)
            service.launch()
            try:
                wait_until_ready([service], PATIENCE)
            except StartError:
                taken = service.dead and service.has_said("in use")
                if self._port or not taken or attempt == 4:
                    raise
                self._children.remove(service)
                service.end()
                continue
            self.service_url = reachable_at(self._host, port)
            return

    def _service(self, port: int) -> Child:
        health = f"{reachable_at(self._host, port)}/health"
        where = ["--host", self._host, "--port", str(port)]
        how = ["--interface", "asgi", "--loop", "uvloop", "--no-ws", "--workers-kill-timeout", "8"]
        how += ["--backpressure", str(CONNECTIONS)]
        return self._child(
            "service",
            ["-m", "granian", *where, *how, self._programs.service],
            sees=self._programs.service_sees,
            is_ready=lambda child: answers(health) and listens(child.pid, port),
            farewell=SHORT_OF_TIME,
        )

    def _worker(self) -> Child:
        size = ["--concurrency", str(self._concurrency)]
        return self._consumer(
            "worker", "khuyenhoc@%h", *size, "--exclude-queues", self._programs.sealing_queue
        )

    def _sealer(self) -> Child:
        """One process without children."""
        queue = self._programs.sealing_queue
        return self._consumer("sealer", "khuyenhoc-sealer@%h", "--pool", "solo", "--queues", queue)

    def _consumer(self, name: str, node: str, *how: str) -> Child:
        # there are no other workers to be heard of, and listening for them takes a second
        alone = ["--without-mingle", "--without-gossip"]
        return self._child(
            name,
            [*self._celery("worker"), "--hostname", node, *how, *alone],
            sees=self._programs.workers_see,
            is_ready=lambda child: child.has_said(" ready."),
            farewell=UNTIL_TASKS_END,
        )

    def _beat(self) -> Child:
        return self._child(
            "beat",
            [*self._celery("beat"), "--schedule", str(self.data / "beat-schedule")],
            sees=self._programs.workers_see,
            is_ready=lambda child: child.has_said("is starting"),
            farewell=SHORT_OF_TIME,
        )

    def _celery(self, command: str) -> list[str]:
        # as root the worker is root on purpose: it reads the passwords in root's data directory
        quietly = ["-W", "ignore:You're running the worker with superuser privileges"]
        return [*quietly, "-m", "celery", "-A", self._programs.workers, command, "--loglevel", "INFO"]

    def _child(
        self,
        name: str,
        words: Sequence[str],
        *,
        sees: tuple[str, ...],
        is_ready: Callable[[Child], bool],
        farewell: Sequence[tuple[signal.Signals, float]],
    ) -> Child:
        env = {name: value for name, value in python_environment().items() if name not in VARIABLES.values()}
        env |= self.addresses.environment(*sees) | {DATA_VARIABLE: str(self.data)}
        return Child(
            name,
            words,
            stack_id=self._id,
            folder=self.data,
            env=env,
            is_ready=is_ready,
            farewell=farewell,
        )

    # -- signals ------------------------------------------------------------------------------------------

    def _listen_for_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # only the main thread may; whoever starts us elsewhere stops us too

        def end(number: int, _: FrameType | None) -> None:
            raise Terminated(128 + number)

        for one in (signal.SIGTERM, signal.SIGHUP):
            self._former_signals[one] = signal.signal(one, end)

    def _ignore_signals(self) -> None:
        """A second Ctrl-C must not leave half of it running."""
        if self._former_signals:
            self._former_signals.setdefault(signal.SIGINT, signal.getsignal(signal.SIGINT))
            for one in self._former_signals:
                signal.signal(one, signal.SIG_IGN)

    def _restore_signals(self) -> None:
        """Unless asked to end: the process is on its way out, and impatience finds nothing left to break."""
        if self._told_to_end:
            return
        for one, former in self._former_signals.items():
            signal.signal(one, former)
        self._former_signals = {}
