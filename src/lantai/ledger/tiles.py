"""Tiles as witnesses: whether the stored tree is the one the rows give."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Max

from lantai.core.findings import Finding, Outcome

from .merkle import fold
from .models import Tile
from .rows import Row
from .sequencer import tree_size
from .tree import WIDTH, WIDTH_BITS, split_hashes


class TileWitness:
    """Holds level-0 tiles against the leaves, and every level against the one below."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.differing: set[int] = set()
        self._roots: list[bytes] = []
        self._hashes: dict[int, bytes] = {}
        self._wrong: set[tuple[int, int]] = set()

    def read(self, start: int, end: int) -> dict[int, bytes]:
        """The hashes that level-0 tiles hold for leaves ``[start, end)``; ``start`` begins a tile."""
        self._hashes = {}
        stored = {
            tile.index: tile
            for tile in Tile.objects.filter(level=0, index__gte=start // WIDTH, index__lt=end // WIDTH)
        }
        for index in range(start // WIDTH, end // WIDTH):
            tile = stored.get(index)
            hashes = split_hashes(bytes(tile.hashes)) if tile else []
            if tile is None or len(hashes) != WIDTH or fold(hashes) != bytes(tile.root):
                self._wrong.add((0, index))
            if len(hashes) == WIDTH:
                self._hashes.update(enumerate(hashes, index * WIDTH))
            self._roots.append(bytes(tile.root) if tile else b"")
        return self._hashes

    def compare(self, rows: Sequence[Row]) -> None:
        """Notes where a tile holds another hash than the row."""
        self.differing.update(
            row.index
            for row in rows
            if row.index in self._hashes and self._hashes[row.index] not in (row.leaf_hash, row.computed)
        )

    def conclude(self, trusted: int) -> list[Finding]:
        """What is wrong with the tiles themselves; leaves below ``trusted`` are known to be right."""
        self._wrong.update((0, index // WIDTH) for index in self.differing if index < trusted)
        level, roots = 1, self._roots
        while self.size >> WIDTH_BITS * (level + 1):
            roots = self._check_level(level, roots)
            level += 1
        last_tiles = list(Tile.objects.values_list("level").annotate(last=Max("index")).order_by("level"))
        size = tree_size()
        self._wrong.update((at, last) for at, last in last_tiles if last >= size >> WIDTH_BITS * (at + 1))
        return [_finding(level, index) for level, index in sorted(self._wrong)]

    def _check_level(self, level: int, below: list[bytes]) -> list[bytes]:
        stored = {tile.index: tile for tile in Tile.objects.filter(level=level)}
        roots = []
        for index in range(self.size >> WIDTH_BITS * (level + 1)):
            hashes = below[index * WIDTH : (index + 1) * WIDTH]
            roots.append(fold(hashes))
            tile = stored.get(index)
            if tile is None or bytes(tile.hashes) != b"".join(hashes) or bytes(tile.root) != roots[-1]:
                self._wrong.add((level, index))
        return roots


def _finding(level: int, index: int) -> Finding:
    return Finding(
        key="ledger.tile",
        code="",
        clause="RFC 6962",
        subject=f"第 {level} 层第 {index} 块",
        outcome=Outcome.FAIL,
        expected="由下层重算所得",
        observed="缺失、多余或被改动",
        remedy="树块由条目算得：停止服务，由系统管理员用 lantai vault rebuild 从存证段重建。",
    )
