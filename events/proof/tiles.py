"""C2SP tlog-tiles v0.1.0: the tree cut into tiles of 256 hashes, the entries into bundles of 256.

Tile (L, N) holds the hashes of the complete subtrees of 256^L leaves from index 256·N on; the last tile of a
level may be partial, and a partial tile is always the beginning of the later, fuller one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from events.proof.merkle import HASH_SIZE, Node, complete_root

WIDTH = 256
TILE_BYTES = WIDTH * HASH_SIZE
ENTRY_LIMIT = 65_535

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class BadBundleError(ValueError):
    """An entry bundle that is cut off or has something behind its last entry."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a tile is. `level` −1: a bundle of entries. `width`: how many hashes (or entries) it holds."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        kind = "entries" if self.level < 0 else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{kind}/{index_path(self.index)}{partial}"

    @property
    def first_leaf(self) -> int:
        return self.index * WIDTH << 8 * max(self.level, 0)


def index_path(index: int) -> str:
    """1234067 → x001/x234/067"""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def parse_path(path: str) -> Tile:
    """The tile a path names. Raises `ValueError` for any other spelling than the one there is."""
    found = _PATH.fullmatch(path)
    if not found:
        raise ValueError(f"not the path of a tile: {path[:80]!r}")
    kind, groups, partial = found.groups()
    index = int("".join(g.lstrip("x") for g in groups.split("/")))
    tile = Tile(-1 if kind == "entries" else int(kind), index, int(partial) if partial else WIDTH)
    if tile.path != path:
        raise ValueError(f"not the path of a tile: {path[:80]!r}")
    return tile


def width_in(size: int, level: int, index: int) -> int:
    """How many hashes that tile holds in a tree of `size`; 0: there is no such tile."""
    return max(0, min(WIDTH, (size >> 8 * max(level, 0)) - index * WIDTH))


def tiles_of(size: int, *, entries: bool = True) -> Iterator[Tile]:
    """Every tile of a tree of that size, entries first, then level by level."""
    if entries:
        yield from _level(size, -1)
    level = 0
    while size >> 8 * level:
        yield from _level(size, level)
        level += 1


def _level(size: int, level: int) -> Iterator[Tile]:
    count = size >> 8 * max(level, 0)
    for index in range((count + WIDTH - 1) // WIDTH):
        yield Tile(level, index, width_in(size, level, index))


def grow(
    size: int, edge: Mapping[int, bytes], leaves: Sequence[bytes]
) -> tuple[dict[tuple[int, int], bytes], dict[int, bytes]]:
    """Append leaf hashes to a tree of `size` with these partial tiles at its right edge, by level.

    Returns the tiles that changed, by (level, index), and the new edge.
    """
    changed: dict[tuple[int, int], bytes] = {}
    new_edge = dict(edge)
    level, fresh = 0, list(leaves)
    while fresh:
        before = edge.get(level, b"")
        index = (size >> 8 * level) // WIDTH
        row = [before[i : i + HASH_SIZE] for i in range(0, len(before), HASH_SIZE)] + fresh
        fresh = []
        for start in range(0, len(row), WIDTH):
            hashes = row[start : start + WIDTH]
            changed[level, index] = b"".join(hashes)
            if len(hashes) == WIDTH:
                fresh.append(complete_root(hashes))
                index += 1
        rest = len(row) % WIDTH
        new_edge[level] = b"".join(row[len(row) - rest :])
        level += 1
    return changed, new_edge


def node_of(hashes: Callable[[int, int], bytes]) -> Node:
    """Complete subtrees from tiles: `hashes(level, index)` gives a tile's hashes, as many as there are."""

    def node(level: int, index: int) -> bytes:
        above, below = divmod(level, 8)
        first = index << below
        at = first % WIDTH * HASH_SIZE
        part = hashes(above, first // WIDTH)[at : at + (HASH_SIZE << below)]
        if len(part) != HASH_SIZE << below:
            raise LookupError(f"tile {above}/{first // WIDTH} is shorter than the tree needs it")
        return _root_of(part)

    return node


@lru_cache(maxsize=1024)
def _root_of(hashes: bytes) -> bytes:
    """Over a power of two of hashes, one behind the other: a tile's, or a part's. Proofs of entries near each
    other ask for the same ones; 8 kB each at most."""
    return complete_root([hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)])


def tiles_needed(question: Callable[[Node], object]) -> list[tuple[int, int]]:
    """(level, index) of the tiles that a proof or root reads, found by asking without answers."""
    needed: dict[tuple[int, int], None] = {}

    def node(level: int, index: int) -> bytes:
        above, below = divmod(level, 8)
        needed[above, (index << below) // WIDTH] = None
        return bytes(HASH_SIZE)

    question(node)
    return list(needed)


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as a bundle: a big-endian uint16 length before each."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > ENTRY_LIMIT:
            raise BadBundleError(f"an entry of {len(entry)} bytes; at most {ENTRY_LIMIT} fit")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def first_entries(raw: bytes, count: int) -> bytes:
    """The beginning of a bundle, itself a bundle; all of one that has no more entries or is cut off."""
    at = 0
    for _ in range(count):
        at += 2 + int.from_bytes(raw[at : at + 2], "big")
    return raw[:at]


def unbundle(raw: bytes) -> list[bytes]:
    """Raises `BadBundleError`."""
    entries, at, end = [], 0, len(raw)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(raw[at:start], "big")
        entries.append(raw[start:at])
    if at != end or (raw and len(raw) < 2):
        raise BadBundleError("the bundle is cut off")
    return entries
