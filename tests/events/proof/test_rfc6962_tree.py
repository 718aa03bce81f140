"""The tree is that of RFC 6962, as pymerkle computes it; its proofs prove what they should, nothing else."""

import hashlib

import pytest
from pymerkle import InmemoryTree

from events.proof.merkle import (
    EMPTY_ROOT,
    HASH_SIZE,
    BadProofError,
    CompactRange,
    check_consistency,
    check_inclusion,
    complete_root,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    root_of,
)
from events.proof.tiles import grow, node_of

SIZES = range(1, 80)
ENTRIES = [f"bản ghi {n}".encode() for n in range(600)]
LEAVES = leaf_hashes(ENTRIES)


def node(level: int, index: int) -> bytes:
    return complete_root(LEAVES[index << level : (index + 1) << level])


def foreign(size: int) -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    for entry in ENTRIES[:size]:
        tree.append_entry(entry)
    return tree


def test_the_empty_tree() -> None:
    assert root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_roots_are_those_of_pymerkle() -> None:
    tree = foreign(300)
    for size in [*SIZES, 255, 256, 257, 300]:
        assert root_of(LEAVES[:size]) == tree.get_root(size)


def test_inclusion_paths_are_those_of_pymerkle() -> None:
    for size in (1, 2, 3, 7, 8, 33, 69):
        tree = foreign(size)
        for index in range(size):
            theirs = [bytes.fromhex(h) for h in tree.prove_inclusion(index + 1).serialize()["path"]]
            assert theirs == [LEAVES[index], *inclusion_proof(index, size, node)]


def test_every_inclusion_proof_proves_its_leaf_only() -> None:
    for size in SIZES:
        root = root_of(LEAVES[:size])
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            check_inclusion(LEAVES[index], index, size, proof, root)
            with pytest.raises(BadProofError):
                check_inclusion(leaf_hash(b"another"), index, size, proof, root)
            with pytest.raises(BadProofError):
                check_inclusion(LEAVES[index], index, size, [*proof, root], root)
            if index + 1 < size:
                with pytest.raises(BadProofError):
                    check_inclusion(LEAVES[index], index + 1, size, proof, root)


def test_every_consistency_proof_proves_its_prefix_only() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(81)]
    for size in range(81):
        for old in range(size + 1):
            proof = consistency_proof(old, size, node)
            check_consistency(old, roots[old], size, roots[size], proof)
            with pytest.raises(BadProofError):
                check_consistency(old, leaf_hash(b"other"), size, roots[size], proof)
            if old or old == size:  # with nothing any tree begins
                with pytest.raises(BadProofError):
                    check_consistency(old, roots[old], size, leaf_hash(b"other"), proof)
            if 0 < old < size:
                with pytest.raises(BadProofError):
                    check_consistency(old, roots[old], size, roots[size], proof[:-1])
                with pytest.raises(BadProofError):
                    check_consistency(old, roots[old], size, roots[size], [*proof, roots[1]])


def test_whole_subtrees_may_be_pushed_at_once() -> None:
    tree = CompactRange()
    tree.push(complete_root(LEAVES[:256]), 8)
    with_rest = tree.copy()
    for leaf in LEAVES[256:300]:
        with_rest.push(leaf)
    assert with_rest.root() == root_of(LEAVES[:300])
    assert tree.root() == root_of(LEAVES[:256])
    with pytest.raises(ValueError):
        with_rest.push(bytes(HASH_SIZE), 8)


@pytest.mark.parametrize("steps", [[600], [1, 254, 1, 1, 300, 43], [256, 256, 88]])
def test_tiles_grow_to_the_same_whatever_the_steps(steps: list[int]) -> None:
    tiles: dict[tuple[int, int], bytes] = {}
    edge: dict[int, bytes] = {}
    size = 0
    for step in steps:
        changed, edge = grow(size, edge, LEAVES[size : size + step])
        tiles |= changed
        size += step
    assert sorted(tiles) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert b"".join(tiles[0, n] for n in range(3)) == b"".join(LEAVES)
    assert tiles[1, 0] == complete_root(LEAVES[:256]) + complete_root(LEAVES[256:512])
    read = node_of(lambda level, index: tiles[level, index])
    for index in (0, 255, 256, 511, 512, 599):
        assert inclusion_proof(index, 600, read) == inclusion_proof(index, 600, node)
