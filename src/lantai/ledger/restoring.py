"""Recreating the ledger in an empty database from the segments and heads of one store."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from lantai.core import seals
from lantai.core.errors import Conflict, Invalid, LantaiError
from lantai.core.language import gettext as _
from lantai.core.ports import EvidenceStore
from lantai.core.seals import PublicKey

from . import segments, tree
from .heads import SignedHead
from .merkle import RightEdge
from .models import Entry, Evidence, Head, Leaf
from .segments import LeafRange, SegmentLine


@transaction.atomic
def restore_from(store: EvidenceStore) -> int:
    """Recreates entries, leaves, tiles and heads; returns how many entries.

    To be called before anything is appended to the new database. Every head the store holds is
    checked against the leaves on the way, so what is restored is what was attested.

    Raises:
        Conflict: the database already has entries.
        Invalid: the store's segments have a gap, or do not agree with its heads.
    """
    if Entry.objects.exists():
        raise Conflict(
            _("数据库中已有存证，不能从存储恢复。"),
            subject=store.name,
            remedy=_("请在空数据库上运行 lantai vault rebuild。"),
        )
    heads = _heads(store)
    edge = RightEdge()
    for lines in _blocks(store):
        if lines[0].index != edge.size:
            raise _broken(store, edge.size)
        _restore_rows(lines)
        at = 0
        for size in sorted(size for size in heads if edge.size < size <= edge.size + len(lines)):
            edge.extend(line.leaf_hash for line in lines[at : at + size - edge.size])
            at = size - lines[0].index
            _restore_head(store, heads.pop(size), edge)
        edge.extend(line.leaf_hash for line in lines[at:])
    tree.grow(0, edge.size)
    if heads:
        raise _broken(store, edge.size)
    Evidence.objects.create(store=store.name, size=edge.size)
    return edge.size


def _restore_rows(lines: list[SegmentLine]) -> None:
    entries = Entry.objects.bulk_create(line.entry() for line in lines)
    Leaf.objects.bulk_create(
        Leaf(index=line.index, entry=entry, leaf_hash=line.leaf_hash)
        for line, entry in zip(lines, entries, strict=True)
    )


def _restore_head(store: EvidenceStore, head: SignedHead, edge: RightEdge) -> None:
    key = seals.public_key(head.seal.key_id) or _key(store, head.seal.key_id)
    if head.root != edge.root or head.size != edge.size or not head.is_sealed(key):
        raise Invalid(
            _("存证段与签章的树首不符，未恢复。"),
            subject=_("%(name)s：第 %(size)s 条处的树首") % {"name": store.name, "size": head.size},
            remedy=_("请换用另一存储恢复。"),
        )
    Head.of(head).save()


def _heads(store: EvidenceStore) -> dict[int, SignedHead]:
    found = {}
    for path in store.paths(segments.HEADS):
        size = segments.head_size_of(path)
        if size is not None:
            found[size] = SignedHead.from_bytes(store.get(path))
    return found


def _key(store: EvidenceStore, key_id: str) -> PublicKey | None:
    """The key the store itself keeps, when the keystore was lost with the database."""
    try:
        return PublicKey.from_pem(store.get(f"{segments.KEYS}{key_id}.pem").decode("ascii"))
    except (LantaiError, UnicodeDecodeError):
        return None


def _blocks(store: EvidenceStore) -> Iterator[list[SegmentLine]]:
    """The lines of all leaves in order, from the widest file that holds them."""
    paths = [path for folder in (segments.SEGMENTS, segments.PARTS) for path in store.paths(folder)]
    ranges = filter(None, map(LeafRange.of_path, paths))
    reached = 0
    for leaves in sorted(ranges, key=lambda leaves: (leaves.start, -leaves.end)):
        if leaves.end <= reached:
            continue
        lines = [SegmentLine.parse(line) for line in store.get(leaves.path).splitlines()]
        fresh = [line for line in lines if line.index >= reached]
        if [line.index for line in fresh] != list(range(max(reached, leaves.start), leaves.end)):
            raise _broken(store, reached)
        reached = leaves.end
        yield fresh


def _broken(store: EvidenceStore, index: int) -> Invalid:
    return Invalid(
        _("存证段不连续，未恢复。"),
        subject=_("%(name)s：第 %(index)s 条起") % {"name": store.name, "index": index},
        remedy=_("请换用另一存储恢复。"),
    )
