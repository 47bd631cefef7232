"""The stored tree: complete tiles of 256 hashes, and the rows of the incomplete edge.

A tile row is written once, when its 256th hash is known, so that tiles too only grow. A head or
a proof reads at most one tile, or one incomplete edge of up to 255 rows, per level.
"""

from __future__ import annotations

from .merkle import fold
from .models import Leaf, Tile

WIDTH_BITS = 8
WIDTH = 1 << WIDTH_BITS
HASH_BYTES = 32


class StoredNodes:
    """Answers :data:`.merkle.Nodes` from the database, reading each tile once.

    Use a new one after leaves were added: what it has read it does not read again.
    """

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The root of the complete subtree over leaves ``[index·2^level, (index+1)·2^level)``."""
        tile_level, inner = divmod(level, WIDTH_BITS)
        tile, offset = divmod(index << inner, WIDTH)
        return fold(self.hashes(tile_level, tile)[offset : offset + (1 << inner)])

    def hashes(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile as far as they are known; 256 of them once it is complete."""
        key = (level, index)
        if key not in self._read:
            self._read[key] = _stored(level, index) or _edge(level, index)
        return self._read[key]


def grow(old_size: int, new_size: int) -> None:
    """Stores the tiles that became complete when the tree grew; their leaves are already there."""
    level, shift = 0, WIDTH_BITS
    while new_size >> shift:
        rows = []
        for index in range(old_size >> shift, new_size >> shift):
            hashes = _edge(level, index)
            rows.append(Tile(level=level, index=index, hashes=b"".join(hashes), root=fold(hashes)))
        Tile.objects.bulk_create(rows)
        level, shift = level + 1, shift + WIDTH_BITS


def split_hashes(joined: bytes) -> list[bytes]:
    """A tile's bytes as single hashes."""
    return [bytes(joined[at : at + HASH_BYTES]) for at in range(0, len(joined), HASH_BYTES)]


def _stored(level: int, index: int) -> list[bytes]:
    found = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    return split_hashes(bytes(found)) if found is not None else []


def _edge(level: int, index: int) -> list[bytes]:
    first, last = index * WIDTH, (index + 1) * WIDTH - 1
    if level == 0:
        rows = Leaf.objects.filter(index__range=(first, last)).order_by("index")
        return [bytes(value) for value in rows.values_list("leaf_hash", flat=True)]
    rows = Tile.objects.filter(level=level - 1, index__range=(first, last)).order_by("index")
    return [bytes(value) for value in rows.values_list("root", flat=True)]
