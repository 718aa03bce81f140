"""The formats are those of C2SP to the byte: notes, keys, checkpoints, tiles, proofs, policies."""

import base64
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from events.proof.checkpoints import Checkpoint, cosign, cosigned_at, parse_checkpoint, read_checkpoint
from events.proof.keys import SigningKeys
from events.proof.merkle import BadProofError, complete_root, inclusion_proof, leaf_hashes, root_of
from events.proof.notes import COSIGNATURE, NoteError, SignerKey, VerifierKey, parse_note
from events.proof.policy import PolicyError, parse_policy, write_policy
from events.proof.proofs import InclusionFile, check_proof
from events.proof.tiles import BadBundleError, Tile, bundle, parse_path, tiles_of, unbundle

# The example of golang.org/x/mod/sumdb/note, whose format signed-note is.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "khuyenhoc.invalid/thử"
ENTRIES = [b"mot", b"hai", b"ba"]
CHECKPOINT = Checkpoint(ORIGIN, 3, root_of(leaf_hashes(ENTRIES)))


def test_the_example_key_and_note() -> None:
    key = VerifierKey.parse(VKEY)
    assert str(key) == VKEY
    assert parse_note(NOTE.encode()).signed_by(key)
    assert str(parse_note(NOTE.encode())) == NOTE


def test_a_changed_text_is_refused_and_an_unknown_key_ignored() -> None:
    key = VerifierKey.parse(VKEY)
    with pytest.raises(NoteError, match="c74f20a3"):
        parse_note(NOTE.replace("answer", "cause").encode()).signed_by(key)
    assert not parse_note(NOTE.encode()).signed_by(SignerKey.generate("PeterNeumann").verifier)


@pytest.mark.parametrize(
    "wrong",
    [
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Zm9v",
        "PeterNeumann+c74f20a3+***",
    ],
)
def test_damaged_keys_are_refused(wrong: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(wrong)


def test_a_key_whose_base64_holds_a_plus_is_read() -> None:
    keys = (SignerKey.generate("a").verifier for _ in range(2000))
    plus = next(k for k in keys if str(k).count("+") > 2)
    assert VerifierKey.parse(str(plus)) == plus


def test_what_is_signed_is_the_text_with_its_last_newline() -> None:
    key = SignerKey.generate(ORIGIN)
    note = CHECKPOINT.signed([key])
    root = base64.b64encode(CHECKPOINT.root).decode()
    text = f"{ORIGIN}\n3\n{root}\n"
    assert note.startswith(text + "\n— " + ORIGIN + " ")
    blob = base64.b64decode(note.split(" ")[-1])
    assert len(blob) == 68
    public = Ed25519PublicKey.from_public_bytes(key.verifier.public)
    public.verify(blob[4:], text.encode())  # raises if it were not so
    assert CHECKPOINT.signed([key]) == note  # the same again


def test_secret_keys_are_written_as_go_writes_them() -> None:
    key = SignerKey.generate(ORIGIN)
    assert key.encoded().startswith(f"PRIVATE+KEY+{ORIGIN}+{key.verifier.id.hex()}+")
    assert SignerKey.parse(key.encoded()) == key
    assert key.encoded().rsplit("+", 1)[-1] not in repr(key)


@pytest.mark.parametrize("size", ["03", "-1", "3.0", "", "x", "٣"])
def test_sizes_are_plain_decimals(size: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(CHECKPOINT.text().replace("\n3\n", f"\n{size}\n"))


def test_either_key_of_a_rotation_is_enough() -> None:
    old, new = SignerKey.generate(ORIGIN), SignerKey.generate(ORIGIN)
    raw = CHECKPOINT.signed([old, new]).encode()
    for key in (old, new):
        assert read_checkpoint(raw, [key.verifier])[0] == CHECKPOINT
    with pytest.raises(NoteError, match="not signed by"):
        read_checkpoint(raw, [SignerKey.generate(ORIGIN).verifier])


def test_cosignatures_carry_their_time() -> None:
    log, witness = SignerKey.generate(ORIGIN), SignerKey.generate("w.example", COSIGNATURE)
    note = parse_note((CHECKPOINT.signed([log]) + cosign(witness, CHECKPOINT.text(), 1_795_000_000)).encode())
    assert note.signed_by(log.verifier)
    assert cosigned_at(note, witness.verifier) == 1_795_000_000
    assert cosigned_at(note, SignerKey.generate("v.example", COSIGNATURE).verifier) is None


def test_paths_of_tiles() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(-1, 0, 7).path == "tile/entries/000.p/7"
    assert parse_path("tile/1/x001/x234/067.p/255") == Tile(1, 1234067, 255)
    for wrong in ("tile/0/67", "tile/0/x000/067", "tile/00/067", "tile/0/067.p/256", "tile/0/067.p/0", "x"):
        with pytest.raises(ValueError):
            parse_path(wrong)


def test_which_tiles_a_tree_has() -> None:
    assert [t.path for t in tiles_of(257)] == [
        "tile/entries/000",
        "tile/entries/001.p/1",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
    ]
    assert list(tiles_of(0)) == []
    widths = [(t.level, t.width) for t in tiles_of(70_000, entries=False) if t.width < 256]
    assert widths == [(0, 70_000 % 256), (1, 273 % 256), (2, 1)]  # 273 = 70,000 / 256, rounded down


def test_bundles_of_entries() -> None:
    assert bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"
    assert unbundle(bundle(ENTRIES)) == ENTRIES
    assert unbundle(b"") == []
    for cut in (b"\x00", b"\x00\x02a", b"\x00\x01a\x00"):
        with pytest.raises(BadBundleError):
            unbundle(cut)
    with pytest.raises(BadBundleError):
        bundle([bytes(65_536)])


def test_a_proof_file_proves_its_entry_only() -> None:
    key = SignerKey.generate(ORIGIN)
    leaves = leaf_hashes(ENTRIES)

    def node(level: int, index: int) -> bytes:
        return complete_root(leaves[index << level : (index + 1) << level])

    path = tuple(inclusion_proof(1, 3, node))
    raw = InclusionFile(1, path, CHECKPOINT.signed([key]).encode()).encoded()
    assert raw.startswith(b"c2sp.org/tlog-proof@v1\nindex 1\n")
    assert check_proof(raw, b"hai", [key.verifier]) == CHECKPOINT
    with_extra = raw.replace(b"index", b"extra Zm9v\nindex", 1)
    assert check_proof(with_extra, b"hai", [key.verifier]) == CHECKPOINT
    for entry, damaged in ((b"ba", raw), (b"hai", raw.replace(b"index 1", b"index 2")), (b"hai", b"index 1")):
        with pytest.raises(BadProofError):
            check_proof(damaged, entry, [key.verifier])


def test_policies_count_witnesses() -> None:
    keys = {n: SignerKey.generate(n, COSIGNATURE).verifier for n in ("x1", "x2", "x3", "y")}
    lines = [f"witness {n} {k}" for n, k in keys.items()]
    text = "\n".join(
        [f"log {VKEY}", "# lời ghi", *lines, "group\tx 2 x1 x2 x3", "group both all x y", "quorum both"]
    )
    policy = parse_policy(text)
    assert policy.satisfied(["x1", "x3", "y"])
    assert not policy.satisfied(["x1", "y"])
    assert not policy.satisfied(["x1", "x2", "x3"])
    assert parse_policy("quorum none").satisfied([])
    written = parse_policy(write_policy([VerifierKey.parse(VKEY)], keys))
    assert written.satisfied(keys)
    assert not written.satisfied(["x1", "x2", "x3"])


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        f"log {VKEY}",
        "quorum w",
        "quorum none\nquorum none",
        f"witness w {VKEY}\nquorum w",
        "group g 1\nquorum g",
    ],
)
def test_policies_that_mean_nothing_are_refused(wrong: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(wrong)


def test_the_key_file_is_ours_alone_and_made_once(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "signing.key"
    file.parent.mkdir()
    left_behind = file.with_name(f".signing.key.{os.getpid()}")  # by a start that was killed
    left_behind.touch(0o400)
    keys = SigningKeys.from_file(file, create_for=ORIGIN)
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert SigningKeys.from_file(file, create_for="another") == keys
    rotated = SigningKeys.rotate(file)
    assert [k.name for k in rotated.keys] == [ORIGIN, ORIGIN]
    assert SigningKeys.from_file(file) == rotated
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert set(file.parent.iterdir()) == {file, left_behind}
