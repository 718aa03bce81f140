"""Somebody restores an older backup under a running ledger: it records and signs nothing, and says why.

The file of checkpoints outside the database knows of more. With the right data back, nothing is missing.
"""

import shutil
from pathlib import Path

import httpx

from tests.faults.house import House, until
from tests.faults.invariants import SETTLED, invariants
from tests.faults.load import Load, command

HEAD, SIGNED = "SELECT position FROM log.head", "SELECT max(size) FROM proof.checkpoint"
TROUBLE = "SELECT trouble FROM proof.sealing"


async def test_started_by_mistake_it_takes_nothing(house: House, load: Load) -> None:
    postgres, cluster = house.servers.postgres, house.servers.cluster
    older, newer = cluster.with_name("older"), cluster.with_name("newer")
    async with load.running():
        pass
    await until(lambda: house.ask(SETTLED))
    with house.unattended(postgres):
        postgres.stop()
        _copy(cluster, older)
        postgres.start()
    async with load.running(least=100):
        pass
    await until(lambda: house.ask(SETTLED))
    outside = (house.data / "checkpoints.log").read_bytes()

    with house.unattended(postgres):
        postgres.stop()
        cluster.rename(newer)
        older.rename(cluster)
        postgres.start()
    head, signed = await house.ask(HEAD), await house.ask(SIGNED)
    assert f"\n{head}\n".encode() in outside
    await _says_why(house)
    await until(lambda: house.ask(TROUBLE), what="the sealer says why it refuses")
    await _a_new_process_refuses_too(house)
    assert (await house.ask(HEAD), await house.ask(SIGNED)) == (head, signed)
    assert (house.data / "checkpoints.log").read_bytes() == outside

    with house.unattended(postgres):
        postgres.stop()
        shutil.rmtree(cluster)
        newer.rename(cluster)
        postgres.start()
    async with load.running():
        pass
    await invariants(house, load)


async def _says_why(house: House) -> None:
    """The running service: 503 with a code of its own, for one command and for a batch."""
    async with house.client() as http:
        one = command("MembersCounted", "2018-01-01", unit_id="xa-0", members=5)

        async def told() -> bool:
            try:
                answer = await http.post("/v1/commands", json=one)
            except httpx.TransportError:
                return False
            assert answer.status_code == 503, answer.text
            return bool(answer.json()["code"] == "log-behind-its-checkpoint")

        await until(told, what="a refusal that says why")
        assert (await http.post("/v1/commands", json=one)).json()["code"] == "log-behind-its-checkpoint"
        headers = {"Content-Type": "application/x-ndjson"}
        batch = await http.post("/v1/commands/batch", json=one, headers=headers)
        assert batch.json()["status"] == 503
        assert batch.json()["code"] == "log-behind-its-checkpoint"


async def _a_new_process_refuses_too(house: House) -> None:
    """It does not even start."""
    killed = await house.kill("service")
    service = house.part("service")
    await until(lambda: service.pid != killed and service.dead, what="a service that refuses to start")
    assert service.has_said("CutOffError")


def _copy(cluster: Path, to: Path) -> None:
    shutil.copytree(cluster, to, symlinks=True)
    for one in [to, *to.rglob("*")]:
        found = cluster / one.relative_to(to)
        shutil.chown(one, found.stat().st_uid, found.stat().st_gid)
