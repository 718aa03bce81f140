"""The root of the tree at any earlier size, from what was kept of the entries while they passed by."""

from collections.abc import Sequence

from events.proof.merkle import HASH_SIZE, CompactRange, complete_root
from events.proof.tiles import WIDTH, Tile
from services.proof import findings as f
from services.proof.report import WrongError
from services.proof.sources import Source, read_tile


class Roots:
    """32 bytes for every 256 entries, and the leaf hashes of the last tile if it is partial."""

    def __init__(self) -> None:
        self.tiles: list[bytes] = []
        self.tree = CompactRange()
        self._rest: Sequence[bytes] = ()

    def take(self, leaves: Sequence[bytes]) -> None:
        """The leaf hashes of the next tile."""
        if len(leaves) == WIDTH:
            root = complete_root(leaves)
            self.tiles.append(root)
            self.tree.push(root, 8)
        else:
            self._rest = leaves
            for leaf in leaves:
                self.tree.push(leaf)

    def at(self, size: int, source: Source) -> bytes:
        """The root over the first `size` entries, no more than were taken.

        Reads one tile again; raises `WrongError` if it is no longer the one that was checked.
        """
        tiles, rest = divmod(size, WIDTH)
        tree = CompactRange()
        for root in self.tiles[:tiles]:
            tree.push(root, 8)
        for leaf in self._leaves(tiles, source)[:rest] if rest else ():
            tree.push(leaf)
        return tree.root()

    def _leaves(self, index: int, source: Source) -> Sequence[bytes]:
        if index == len(self.tiles):
            return self._rest
        tile = Tile(0, index)
        raw = read_tile(source, tile) or b""
        leaves = [raw[at : at + HASH_SIZE] for at in range(0, len(raw), HASH_SIZE)]
        if len(raw) != WIDTH * HASH_SIZE or complete_root(leaves) != self.tiles[index]:
            raise WrongError(f.TILE_MISSING, tile.first_leaf + 1, path=tile.path)
        return leaves
