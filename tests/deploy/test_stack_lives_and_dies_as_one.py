"""The whole stack of a data directory, with tiny programs in place of the service and the workers."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from celery import Celery

from deploy.addresses import Addresses
from deploy.children import MARK, free_port
from deploy.embedded.places import forget
from deploy.embedded.processes import StartError, wait_until
from deploy.running import AlreadyRunningError, joining, read_note, running
from deploy.stack import Programs, Stack
from tests.deploy.stand_ins.supervisor import PROGRAMS


@pytest.fixture(scope="module")
def data(workplace: Path) -> Iterator[Path]:
    """One data directory for all: each test leaves it with nothing running on it."""
    folder = workplace / "kho dữ liệu"
    yield folder
    forget(folder)


@pytest.fixture
def supervisor(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Somebody else's command that serves the data directory."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.stand_ins.supervisor", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("http://127.0.0.1:"), line + process.stdout.read()
    time.sleep(0.3)  # from printing to serving: what ends it before that is another story
    yield process
    process.kill()
    process.communicate()


def family(stack_id: str) -> dict[str, list[psutil.Process]]:
    """The living processes of a stack's children, by child."""
    found: dict[str, list[psutil.Process]] = {}
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK, "")
            if mark.startswith(f"{stack_id}/") and process.status() != psutil.STATUS_ZOMBIE:
                found.setdefault(mark.split("/")[1], []).append(process)
        except psutil.Error:
            continue
    return found


def servers_of(data: Path) -> list[psutil.Process]:
    """PostgreSQL's and Redis's processes of a data directory."""
    clusters = {(data / "redis").resolve(), (data / "postgres" / "data").resolve()}
    if (data / "cluster").exists():
        clusters.add(Path((data / "cluster").read_text()) / "data")
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) in clusters and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def get(url: str) -> dict[str, str]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: dict[str, str] = json.load(answer)
        return found


def send(addresses: Addresses, task: str, *args: object) -> None:
    Celery(broker=addresses.broker_url).send_task(task, args)


def stack(data: Path, **wishes: object) -> Stack:
    return Stack(data, **{"programs": PROGRAMS, **wishes})  # type: ignore[arg-type]


def test_each_program_gets_the_addresses_it_needs_and_no_others(data: Path) -> None:
    prepared: list[Addresses] = []
    with stack(data, prepare=prepared.append) as running_stack:
        assert prepared == [running_stack.addresses]
        seen = get(f"{running_stack.service_url}/environment")
        assert {"KHUYENHOC_DATABASE_URL", "KHUYENHOC_REDIS_URL", "KHUYENHOC_DATA"} <= seen.keys()
        assert not {"KHUYENHOC_OWNER_URL", "KHUYENHOC_WORKER_URL"} & seen.keys()
        send(running_stack.addresses, "report")
        assert wait_until((data / "report.txt").exists, 10)
        assert wait_until((data / "report.txt").read_text, 10)
        seen_by_worker = (data / "report.txt").read_text().splitlines()
        assert {"KHUYENHOC_WORKER_URL", "KHUYENHOC_REDIS_URL"} <= set(seen_by_worker)
        assert not {"KHUYENHOC_OWNER_URL", "KHUYENHOC_DATABASE_URL"} & set(seen_by_worker)
        assert wait_until((data / "tick.txt").exists, 10), "beat plans tasks"
        note = read_note(data)
        assert note
        assert (data / "stack.json").stat().st_mode & 0o777 == 0o600
    assert family(note.stack_id) == {}
    assert servers_of(data) == []
    assert not (data / "stack.json").exists()


def test_only_what_is_asked_for_is_started(data: Path) -> None:
    with stack(data, with_service=False, with_workers=False):
        note = running(data)
        assert note
        assert note.service_url is None
        assert not note.with_workers
        assert family(note.stack_id) == {}
        assert servers_of(data)


def test_a_running_stack_is_found_and_a_second_supervisor_refused(
    data: Path, supervisor: subprocess.Popen[str]
) -> None:
    found = running(data)
    assert found
    assert found.pid == supervisor.pid
    assert found.service_url
    assert get(f"{found.service_url}/health")
    with pytest.raises(AlreadyRunningError, match=f"process {supervisor.pid}"):
        stack(data).start()
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(30) == 0
    assert running(data) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only there the clock's step can be shown to psutil")
def test_a_running_stack_is_found_after_the_clock_was_set(
    data: Path, supervisor: subprocess.Popen[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def an_hour_later(found: re.Match[str]) -> str:
        return f"btime {int(found[1]) + 3600}"

    shown = Path("/proc/stat").read_text()
    (tmp_path / "stat").write_text(re.sub(r"btime (\d+)", an_hour_later, shown))
    (tmp_path / str(supervisor.pid)).symlink_to(f"/proc/{supervisor.pid}")
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    found = running(data, patience=1)
    assert found
    assert found.pid == supervisor.pid


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_it_ends_everything(
    data: Path, supervisor: subprocess.Popen[str], wish: signal.Signals
) -> None:
    found = running(data)
    assert found
    assert set(family(found.stack_id)) == {"service", "worker", "sealer", "beat"}
    supervisor.send_signal(wish)
    time.sleep(0.2)
    supervisor.send_signal(wish)  # impatience does not leave half of it running
    output, _ = supervisor.communicate(timeout=30)
    assert output.endswith("ended\n")
    assert supervisor.returncode == 0
    assert family(found.stack_id) == {}
    assert servers_of(data) == []


def test_a_killed_supervisor_takes_everything_along_and_the_next_start_succeeds(
    data: Path, supervisor: subprocess.Popen[str]
) -> None:
    found = running(data)
    assert found
    supervisor.kill()
    supervisor.wait()
    assert running(data) is None, "its note is not believed"
    if sys.platform == "linux":
        assert wait_until(lambda: not servers_of(data), 10)
    with stack(data) as following:
        assert family(found.stack_id) == {}
        assert get(f"{following.service_url}/health")


def test_a_copy_of_its_data_directory_leaves_a_running_stack_alone(
    data: Path, supervisor: subprocess.Popen[str], tmp_path: Path
) -> None:
    found = running(data)
    assert found
    before = family(found.stack_id)
    assert before
    shutil.copy(data / "stack.json", tmp_path)
    with stack(tmp_path, addresses=found.addresses, with_service=False, with_workers=False):
        assert family(found.stack_id) == before


def test_whatever_dies_is_started_again(data: Path, supervisor: subprocess.Popen[str]) -> None:
    found = running(data)
    assert found
    assert found.addresses
    before = family(found.stack_id)
    for processes in before.values():
        for process in processes:
            process.kill()
    for server in servers_of(data):
        server.kill()

    def all_are_new() -> bool:
        now = family(found.stack_id)
        old = {process for processes in before.values() for process in processes}
        return set(now) == set(before) and not {p for processes in now.values() for p in processes} & old

    assert wait_until(all_are_new, 30, pause=0.1)
    (data / "report.txt").unlink(missing_ok=True)

    def serves_again() -> bool:
        try:
            return bool(get(f"{found.service_url}/health"))
        except OSError:
            return False

    assert wait_until(serves_again, 30, pause=0.1)
    send(found.addresses, "report")
    assert wait_until((data / "report.txt").exists, 30)


def test_a_task_that_runs_may_end_before_the_worker_does(data: Path) -> None:
    with stack(data, with_service=False) as running_stack:
        send(running_stack.addresses, "take_long", 2)
        assert wait_until(lambda: (data / "long.txt").exists() and (data / "long.txt").read_text(), 10)
    assert (data / "long.txt").read_text() == "done"


def test_what_must_not_wait_is_done_while_all_workers_are_busy(data: Path) -> None:
    (data / "report.txt").unlink(missing_ok=True)
    (data / "long.txt").unlink(missing_ok=True)
    with stack(data, with_service=False, concurrency=1) as running_stack:
        send(running_stack.addresses, "take_long", 4)
        assert wait_until((data / "long.txt").exists, 10)
        queue = Programs().sealing_queue
        Celery(broker=running_stack.addresses.broker_url).send_task("report", queue=queue)
        assert wait_until((data / "report.txt").exists, 3)
        assert (data / "long.txt").read_text() == "begun"


def test_a_service_that_does_not_start_says_why_and_leaves_nothing_behind(data: Path) -> None:
    broken = Programs(service="tests.deploy.stand_ins.broken:app", workers=PROGRAMS.workers)
    with pytest.raises(StartError, match="the service is broken"):
        stack(data, programs=broken).start()
    assert servers_of(data) == []
    assert running(data) is None


def test_migrations_that_fail_leave_nothing_behind(data: Path) -> None:
    def fail(_: Addresses) -> None:
        raise RuntimeError("no such table")

    with pytest.raises(RuntimeError, match="no such table"):
        stack(data, prepare=fail).start()
    assert servers_of(data) == []


def test_a_port_in_use_is_named_and_a_free_one_is_found(data: Path) -> None:
    with stack(data, with_workers=False) as running_stack:
        port = int(str(running_stack.service_url).rsplit(":", 1)[1])
        other = data.with_name("khác")
        with pytest.raises(StartError, match=f"Port {port} of 127.0.0.1 cannot be used"):
            stack(other, with_workers=False, port=port).start()
        forget(other)


def test_another_port_is_tried_when_somebody_takes_ours(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as thief:
        taken: int = thief.getsockname()[1]
        offered: list[int] = []

        def choose(host: str, wish: int = 0) -> int:
            offered.append(free_port(host, wish) if offered else taken)
            return offered[-1]

        monkeypatch.setattr("deploy.stack.free_port", choose)
        with stack(data, with_workers=False) as running_stack:
            assert len(offered) == 2
            assert get(f"{running_stack.service_url}/health")


def test_a_command_that_joined_is_waited_for(data: Path) -> None:
    with stack(data, with_service=False, with_workers=False):
        joined, left = threading.Event(), []

        def guest() -> None:
            with joining(data) as found:
                assert found
                joined.set()
                time.sleep(0.5)
                left.append(time.monotonic())

        visit = threading.Thread(target=guest)
        visit.start()
        assert joined.wait(10)
    assert left, "the stack ended while it was being used"
    visit.join()


def test_on_servers_of_ones_own_only_the_programs_are_started(
    empty_database: Addresses, workplace: Path
) -> None:
    folder = workplace / "máy chủ riêng"
    with stack(folder, addresses=empty_database) as running_stack:
        assert running_stack.addresses is empty_database
        assert get(f"{running_stack.service_url}/health")
        assert servers_of(folder) == []
    assert (folder / "log" / "worker.log").exists()
