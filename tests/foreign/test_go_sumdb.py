"""Go's own note and tree (Debian's golang-go and golang-golang-x-mod-dev) accept what we sign."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from events.proof.checkpoints import Checkpoint
from events.proof.merkle import leaf_hashes, root_of
from events.proof.notes import SignerKey
from events.proof.tiles import bundle

PACKAGES = Path("/usr/share/gocode")
PROGRAM = Path(__file__).parent / "go_sumdb" / "main.go"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    note = PACKAGES / "src/golang.org/x/mod/sumdb/note"
    if not shutil.which("go") or not note.exists():
        pytest.fail("missing: apt-get install golang-go golang-golang-x-mod-dev", pytrace=False)
    built = tmp_path_factory.mktemp("go") / "check"
    environment = os.environ | {
        "GO111MODULE": "off",
        "GOPATH": str(PACKAGES),
        "GOFLAGS": "",
        "GOCACHE": str(built.parent / "cache"),
    }
    subprocess.run(["go", "build", "-o", str(built), str(PROGRAM)], env=environment, check=True, timeout=300)
    return built


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 1000])
def test_go_accepts_checkpoint_and_root(program: Path, tmp_path: Path, size: int) -> None:
    key = SignerKey.generate("khuyenhoc.invalid/so")
    entries = [f'{{"n":{n},"ghi":"Khuyến học"}}'.encode() for n in range(size)]
    note = Checkpoint(key.name, size, root_of(leaf_hashes(entries))).signed([key])
    (tmp_path / "checkpoint").write_text(note)
    (tmp_path / "entries").write_bytes(bundle(entries))
    words = [str(program), str(tmp_path), str(key.verifier), str(tmp_path / "entries")]
    assert subprocess.run(words, check=False).returncode == 0
    (tmp_path / "entries").write_bytes(bundle([*entries[:-1], b"another"]))
    assert subprocess.run(words, check=False, capture_output=True).returncode == 1
    words[2] = str(SignerKey.generate(key.name).verifier)
    assert subprocess.run(words, check=False, capture_output=True).returncode == 1
