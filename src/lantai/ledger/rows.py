"""The ledger's rows as verification reads them: each place in the tree, whatever stands there."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.core.canonical import canonical_json

from .merkle import hash_leaf
from .models import Entry, Leaf
from .segments import line_of


@dataclass(frozen=True, slots=True)
class Row:
    """One place in the tree.

    Attributes:
        index: the place.
        leaf_hash: the leaf's hash as stored; ``None`` when the leaf is missing.
        entry: the entry placed there; ``None`` when it is missing.
        content: canonical JSON of the entry's content.
        computed: the hash over ``content``; ``None`` when the entry is missing.
    """

    index: int
    leaf_hash: bytes | None
    entry: Entry | None
    content: bytes
    computed: bytes | None

    @property
    def fault(self) -> str:
        """What is wrong with the row by itself; empty when nothing is."""
        if self.leaf_hash is None:
            return "叶被删除"
        if self.entry is None:
            return "条目被删除"
        return "" if self.computed == self.leaf_hash else "条目内容与其叶不符"

    @property
    def line(self) -> bytes:
        """The line a segment must hold for it; empty when there is nothing to render."""
        return line_of(self.index, self.content, bytes(self.entry.secret)) if self.entry else b""


def read_rows(start: int, end: int) -> list[Row]:
    """Every place in ``[start, end)``, also those where rows are missing."""
    leaves = {
        index: (bytes(leaf_hash), entry_id)
        for index, leaf_hash, entry_id in Leaf.objects.filter(index__gte=start, index__lt=end).values_list(
            "index", "leaf_hash", "entry_id"
        )
    }
    entries = Entry.objects.in_bulk([entry_id for _hash, entry_id in leaves.values()])
    rows = []
    for index in range(start, end):
        leaf_hash, entry_id = leaves.get(index, (None, None))
        entry = entries.get(entry_id)
        content = canonical_json(entry.content.as_dict()) if entry else b""
        rows.append(Row(index, leaf_hash, entry, content, hash_leaf(content) if entry else None))
    return rows
