"""The two kinds of people who start the ledger, each with a home of mode 0700."""

import os
import pwd
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.embedded.binaries import postgres_programs, redis_server
from deploy.embedded.places import SYSTEM_FOLDER, forget

Story = Callable[[Path], None]


class Person:
    """Somebody with a home folder. Their `home` may be entered by nobody else."""

    def __init__(self, home: Path, user: pwd.struct_passwd | None) -> None:
        self.home = home
        self._user = user

    def does(self, story: Story, folder: str = "dữ liệu khuyến học") -> None:
        """Plays the story in a process of theirs, on the data directory of that name in their home."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            self._play(story, self.home / folder, writing)
        os.close(writing)
        with os.fdopen(reading) as failure:
            told = failure.read()
        os.waitpid(child, 0)
        if told:
            pytest.fail(told, pytrace=False)

    def _play(self, story: Story, data: Path, writing: int) -> None:
        told = ""
        try:
            if self._user:
                os.setgroups([])
                os.setgid(self._user.pw_gid)
                os.setuid(self._user.pw_uid)
            story(data)
        except BaseException:
            told = traceback.format_exc()
        finally:
            os.write(writing, told.encode()[:60_000])
            os._exit(0)


@pytest.fixture(scope="session", params=["root", "an ordinary user"])
def person(request: pytest.FixtureRequest) -> Iterator[Person]:
    """Root, and an ordinary user. Who runs the tests as an ordinary user can only be the latter."""
    am_root = os.geteuid() == 0
    if request.param == "root" and not am_root:
        pytest.skip("only root can try what root can do")
    user = pwd.getpwnam("daemon") if request.param == "an ordinary user" and am_root else None
    if user and not _can_be_run_by_others(postgres_programs() / "postgres", redis_server()):
        pytest.skip("the programs are installed where another user cannot enter")
    home = Path(tempfile.mkdtemp(prefix="tests-home-", dir=SYSTEM_FOLDER if am_root else None))
    if user:
        os.chown(home, user.pw_uid, user.pw_gid)
    yield Person(home, user)
    for pointer in [*home.rglob("cluster"), *home.rglob("run-folder")]:
        forget(pointer.parent)
    shutil.rmtree(home)


def _can_be_run_by_others(*programs: Path) -> bool:
    paths = [path for program in programs for path in (program, *program.parents)]
    return all(path.stat().st_mode & 0o001 for path in paths)
