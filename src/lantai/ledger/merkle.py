"""Merkle trees as RFC 6962 §2.1 defines them, with SM3 in the place of SHA-256.

Pure functions: no database, no settings. Trees are read through a ``Nodes`` callable that
answers for complete subtrees only, so that a head or a proof over millions of leaves reads a
few hundred hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lantai.core.canonical import sm3

Nodes = Callable[[int, int], bytes]
"""``nodes(level, index)``: root of the complete subtree over leaves ``[index·2^level, (index+1)·2^level)``."""

EMPTY_ROOT = sm3()
"""The root of a tree without leaves."""


def hash_leaf(content: bytes) -> bytes:
    """``SM3(0x00 ‖ content)``."""
    return sm3(b"\x00", content)


def hash_node(left: bytes, right: bytes) -> bytes:
    """``SM3(0x01 ‖ left ‖ right)``."""
    return sm3(b"\x01", left, right)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over a number of hashes that is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [hash_node(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees ``(level, index)`` that make up leaves ``[start, end)``, left to right.

    ``start`` must be a multiple of the power of two below the range's length, as every range
    in an RFC 6962 proof is.
    """
    parts = []
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append((level, start >> level))
        start += 1 << level
    return parts


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """``MTH(D[start:end])``."""
    parts = [nodes(level, index) for level, index in subtrees(start, end)]
    if not parts:
        return EMPTY_ROOT
    root = parts.pop()
    while parts:
        root = hash_node(parts.pop(), root)
    return root


def tree_root(nodes: Nodes, size: int) -> bytes:
    """``MTH(D[size])``: the root over the first ``size`` leaves."""
    return range_root(nodes, 0, size)


def inclusion_path(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """``PATH(index, D[size])`` (§2.1.1), from the leaf up."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """``PROOF(old, D[new])`` (§2.1.2), from the bottom up; empty for equal sizes."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency from {old} to {new}")
    start, end, path, whole = 0, new, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(nodes, middle, end))
            end = middle
        else:
            path.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(nodes, start, end))
    return path[::-1]


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to (RFC 9162 §2.1.3.2); ``None`` when its length is wrong."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = hash_node(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = hash_node(root, sibling)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def verify_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves that the leaf stands at ``index`` in the tree with this root."""
    return root_from_inclusion(leaf_hash, index, size, path) == root


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the path proves that the new tree only appends to the old (RFC 9162 §2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = hash_node(sibling, first), hash_node(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = hash_node(second, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


class RightEdge:
    """The root of a growing tree, keeping one hash for each complete subtree on its right edge."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Appends leaves."""
        stack = self._stack
        for leaf_hash in leaf_hashes:
            level, node = 0, leaf_hash
            while stack and stack[-1][0] == level:
                node = hash_node(stack.pop()[1], node)
                level += 1
            stack.append((level, node))
            self.size += 1

    @property
    def root(self) -> bytes:
        """The root over the leaves so far."""
        if not self._stack:
            return EMPTY_ROOT
        root = self._stack[-1][1]
        for _level, node in reversed(self._stack[:-1]):
            root = hash_node(node, root)
        return root


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1
