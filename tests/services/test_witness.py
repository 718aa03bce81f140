"""A second office cosigns what extends what it saw, and nothing else; the ledger keeps its lines."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner

from deploy.addresses import Addresses
from events.proof.checkpoints import Checkpoint, cosigned_at
from events.proof.keys import SigningKeys
from events.proof.merkle import complete_root, consistency_proof, leaf_hashes, root_of
from events.proof.notes import COSIGNATURE, Note, SignerKey, VerifierKey, parse_note, parse_signatures
from events.proof.policy import parse_policy, write_policy
from services.cli.proof import commands
from services.witness.cosigning import Cosigner, Told
from services.witness.state import State
from tests.services.conftest import ROOT, eventually
from tests.workers.filled_log import fill
from tests.workers.sealing import ORIGIN, beginning, more, secrets_in, vkey_of
from workers.sealing.sealer import seal
from workers.sealing.witnesses import Witness, ask_witnesses, configured

LOG = SignerKey.generate(ORIGIN)
OWN = SignerKey.generate("hkh.tinh.example", COSIGNATURE)
LEAVES = leaf_hashes([b"%d" % n for n in range(200)])


def node(level: int, index: int) -> bytes:
    return complete_root(LEAVES[index << level : (index + 1) << level])


def request(old: int, size: int, **changed: Any) -> bytes:
    checkpoint = Checkpoint(changed.get("origin", ORIGIN), size, changed.get("root", root_of(LEAVES[:size])))
    proof = changed.get("proof", consistency_proof(old, size, node) if old <= size else [])
    lines = "".join(base64.b64encode(one).decode() + "\n" for one in proof)
    return f"old {old}\n{lines}\n{checkpoint.signed([changed.get('key', LOG)])}".encode()


@pytest.fixture
def cosigner(tmp_path: Path) -> Cosigner:
    return Cosigner(OWN, [LOG.verifier], State(tmp_path / "state.json"), lambda: 1_795_000_000)


def test_it_cosigns_extensions(cosigner: Cosigner, tmp_path: Path) -> None:
    for old, size in ((0, 1), (1, 7), (7, 7), (7, 128), (128, 200)):
        told = cosigner.add_checkpoint(request(old, size))
        assert told.status == 200, told
        text = Checkpoint(ORIGIN, size, root_of(LEAVES[:size])).text()
        note = Note(text, tuple(parse_signatures(told.body.encode())))
        assert cosigned_at(note, OWN.verifier) == 1_795_000_000
    again = Cosigner(OWN, [LOG.verifier], State(tmp_path / "state.json"), lambda: 0)  # started anew
    assert again.add_checkpoint(request(7, 128)) == Told(409, "200\n", "text/x.tlog.size")


def test_it_refuses_what_the_protocol_refuses(cosigner: Cosigner) -> None:
    assert cosigner.add_checkpoint(request(0, 0, root=LEAVES[0])).status == 422  # nothing has one root
    assert cosigner.add_checkpoint(request(0, 50)).status == 200
    other = root_of(LEAVES[1:61])
    stranger = SignerKey.generate(ORIGIN)
    answers = {
        "an old size it does not have": (request(10, 60), 409),
        "a smaller tree": (request(50, 40), 400),
        "another tree of that size": (request(50, 50, root=other, proof=[]), 409),
        "a tree that does not begin so": (request(50, 60, root=other), 422),
        "a missing proof": (request(50, 60, proof=[]), 422),
        "another key": (request(50, 60, key=stranger), 403),
        "a damaged signature": (request(50, 60).replace(b"\n60\n", b"\n61\n"), 403),
        "another log": (request(50, 60, origin="x.example", key=SignerKey.generate("x.example")), 404),
        "no checkpoint": (b"old 50\n\n", 400),
        "something else": (b"\xff\xfe", 400),
        "too many hashes": (request(50, 60, proof=[other] * 64), 400),
    }
    for what, (body, status) in answers.items():
        assert cosigner.add_checkpoint(body).status == status, what
    assert cosigner.add_checkpoint(request(50, 60)).status == 200


def test_its_key_is_made_for_what_can_be_watched_and_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execve", lambda *words: None)
    key = tmp_path / "witness" / "witness.key"

    def run(log: object, name: str) -> Any:
        words = ["witness", "--log", str(log), "--name", name, "--data", str(tmp_path)]
        return CliRunner().invoke(commands, words)

    assert run("a-log", OWN.name).exit_code == 2
    assert not key.exists()
    assert run(LOG.verifier, OWN.name).exit_code == 0
    assert f"{key} là khóa mang tên {OWN.name}" in str(run(LOG.verifier, "another.example").exception)


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[tuple[str, VerifierKey]]:
    """`khuyenhoc witness` as a process: its address and its key; it knows the log of `tmp_path`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = vkey_of(secrets_in(tmp_path))
    words = ["witness", "--log", str(log), "--name", "hkh.tinh.example", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "services.cli.main", *words, "--data", str(tmp_path / "second-office")],
        cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: httpx.get(url + "/health").status_code == 200, httpx.TransportError)
        key_file = tmp_path / "second-office" / "witness" / "witness.key"
        yield url, SigningKeys.from_file(key_file).keys[0].verifier
    finally:
        process.terminate()
        process.wait(20)


async def test_checkpoints_carry_the_lines_of_a_second_office(
    addresses: Addresses, tmp_path: Path, witness: tuple[str, VerifierKey]
) -> None:
    url, key = witness
    secrets = secrets_in(tmp_path)
    told = beginning(secrets)
    await fill(addresses.owner_url, told.log)
    witnesses = configured({"KHUYENHOC_WITNESSES": f"{url} {key}"})
    assert witnesses == [Witness(url, key)]
    away = Witness("http://127.0.0.1:9", SignerKey.generate("away.example", COSIGNATURE).verifier)
    async with asyncpg.create_pool(addresses.worker_url, min_size=0, max_size=3) as pool:
        first = await seal(pool, secrets)
        assert first is not None
        # Its first answer is lost, as one by another key is: asked from 0 again, it tells the size it knows.
        assert await ask_witnesses(pool, [Witness(url, away.key)], first) == 0
        assert await ask_witnesses(pool, witnesses, first) == 1
        again = "old 0\n\n" + await pool.fetchval("SELECT note FROM proof.checkpoint")
        async with httpx.AsyncClient() as http:
            told_size = await http.post(url + "/add-checkpoint", content=again)
        assert (told_size.status_code, told_size.headers["content-type"]) == (409, "text/x.tlog.size")
        for step in (300, 1, 40):
            await fill(addresses.owner_url, more(told, step, f"w{step}-"))
            checkpoint = await seal(pool, secrets)
            assert checkpoint is not None
            assert await ask_witnesses(pool, [*witnesses, away], checkpoint) == 1
        row = await pool.fetchrow(
            "SELECT c.note || s.line AS note FROM proof.checkpoint c JOIN proof.cosignature s USING (size)"
            " ORDER BY size DESC LIMIT 1"
        )
        note = parse_note(row["note"].encode())
        assert note.signed_by(vkey_of(secrets))
        policy = parse_policy(write_policy([vkey_of(secrets)], {"tinh": key}))
        assert policy.satisfied(policy.cosigners(note))
        both = parse_policy(write_policy([vkey_of(secrets)], {"tinh": key, "away": away.key}))
        assert not both.satisfied(both.cosigners(note))
