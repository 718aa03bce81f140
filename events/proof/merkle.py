"""The Merkle tree of RFC 6962 §2.1: hashes, roots, and proofs that an entry or an older tree is part of one.

Subtrees are named by (level, index): the one over the leaves from index·2^level on, 2^level of them.
"""

import hashlib
from collections.abc import Callable, Sequence

HASH_SIZE = 32

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""

Node = Callable[[int, int], bytes]
"""The hash of the complete subtree at (level, index)."""


class BadProofError(ValueError):
    """A proof does not prove what it should."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """Of many entries at once; what sealing and verifying spend their time on."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes."""
    sha256, row = hashlib.sha256, hashes
    while len(row) > 1:
        row = [sha256(b"\x01" + row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


class CompactRange:
    """A tree as its complete subtrees only, largest first: enough to grow and to tell the root."""

    __slots__ = ("_nodes", "size")

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[tuple[int, bytes]] = []  # (level, hash), levels falling

    def copy(self) -> "CompactRange":
        other = CompactRange()
        other.size, other._nodes = self.size, list(self._nodes)
        return other

    def push(self, node: bytes, level: int = 0) -> None:
        """Append a leaf's hash, or that of a complete subtree whose place the tree has just reached.

        Raises `ValueError` if the tree's size is not a multiple of the subtree's.
        """
        if self.size % (1 << level):
            raise ValueError(f"a subtree of level {level} has no place after {self.size} leaves")
        self.size += 1 << level
        nodes = self._nodes
        while nodes and nodes[-1][0] == level:
            node = node_hash(nodes.pop()[1], node)
            level += 1
        nodes.append((level, node))

    def root(self) -> bytes:
        if not self._nodes:
            return EMPTY_ROOT
        root = self._nodes[-1][1]
        for _, node in reversed(self._nodes[:-1]):
            root = node_hash(node, root)
        return root


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = CompactRange()
    for one in hashes:
        tree.push(one)
    return tree.root()


def range_root(start: int, end: int, node: Node) -> bytes:
    """MTH(D[start:end]), from complete subtrees. `start` must be a multiple of the range's largest one."""
    size = end - start
    if size == 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    split = _split(size)
    return node_hash(range_root(start, start + split, node), range_root(start + split, end, node))


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(index, D[size]), leaf to root. Raises `ValueError` for a leaf outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(old: int, size: int, node: Node) -> list[bytes]:
    """PROOF(old, D[size]): that a tree of `size` begins with one of `old`. Empty for 0 and equal sizes."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} does not begin with one of {old}")
    if old in (0, size):
        return []
    proof: list[bytes] = []
    start, end, whole = 0, size, True  # whole: the old tree's part of [start, end) is all of the old tree
    while start + (old - start) != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        proof.append(range_root(start, end, node))
    return proof[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises `BadProofError` unless that leaf hash is at `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise BadProofError(f"no leaf {index} in a tree of {size}")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProofError("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise BadProofError(f"leaf {index} is not part of the tree of {size}")


def check_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises `BadProofError` unless the tree of `size` begins with that of `old` (RFC 9162 §2.1.4.2)."""
    wrong = BadProofError(f"the tree of {size} does not begin with that tree of {old}")
    if not 0 <= old <= size or (old in (0, size) and proof):
        raise wrong
    if (old == 0 and old_root != EMPTY_ROOT) or (old == size and old_root != root):
        raise wrong
    if old in (0, size):
        return
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    rest = list(proof) if old & (old - 1) else [old_root, *proof]
    if not rest:
        raise wrong
    before = after = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            raise wrong
        if place & 1 or place == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        place, last = place >> 1, last >> 1
    if last or before != old_root or after != root:
        raise wrong


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
