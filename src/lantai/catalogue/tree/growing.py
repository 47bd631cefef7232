"""How the tree grows: one branch a class, year and volume that holds something, kept by the records' own news."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery

from lantai.core.language import gettext as _
from lantai.records.api import (
    ClassCount,
    Fonds,
    Record,
    RecordsChanged,
    Scheme,
    Volume,
    insert_rows,
    set_columns,
)
from lantai.vault.api import RecordsIngested

from ..models import Branch

_MOVING = {"created", "arranged", "destroyed"}
"""News after which counts differ."""
_ASKED_AT_ONCE = 500


def follow_records(events: Sequence[RecordsChanged]) -> None:
    """Grows the trees of the fonds in which records were made or moved; repeating it is harmless."""
    _follow([key for event in events if event.what in _MOVING for key in event.record_ids])


def follow_stored(events: Sequence[RecordsIngested]) -> None:
    """The same for records that stand in the vault, perhaps again: a rebuild brings them back."""
    _follow([key for event in events for key in event.record_ids])


def _follow(ids: Sequence[UUID]) -> None:
    fonds: set[UUID] = set()
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        piece = Record.objects.filter(id__in=ids[start : start + _ASKED_AT_ONCE])
        fonds |= set(piece.values_list("fonds_id", flat=True).distinct())
    for fonds_id in sorted(fonds):
        grow(fonds_id)


@transaction.atomic
def grow(fonds_id: UUID) -> int:
    """Brings a fonds' tree up to its records' counts; returns how many branches changed.

    Reads only the nodes whose count differs, so that a large tree costs no more than its change.
    """
    Fonds.objects.select_for_update().get(id=fonds_id)
    held = Branch.objects.filter(key=OuterRef("key")).values("own")[:1]
    nodes = list(
        ClassCount.objects.filter(fonds_id=fonds_id)
        .annotate(own=Subquery(held))
        .filter(Q(own=None, records__gt=0) | Q(own__isnull=False) & ~Q(own=F("records")))
        .select_related("scheme", "volume")
        .order_by("key")
    )
    if nodes:
        _Growth(Fonds.objects.get(id=fonds_id)).take(nodes)
    return len(nodes)


@dataclass(slots=True)
class _Change:
    """A branch whose own count changes, and by how much."""

    branch: Branch
    by: int


class _Growth:
    """One fonds' tree while it grows: new branches are laid out parents first, counts go up to the root."""

    def __init__(self, fonds: Fonds) -> None:
        self.fonds = fonds
        self.known: dict[str, Branch] = {
            branch.key: branch for branch in Branch.objects.filter(fonds=fonds, volume=None)
        }
        self.fresh: list[Branch] = []

    def take(self, nodes: Sequence[ClassCount]) -> None:
        """Counts of nodes that differ from the branches that hold them."""
        self._load([node.key for node in nodes if node.volume_id])
        changes = []
        for node in nodes:
            branch = self._holder(node)
            changes.append(_Change(branch, node.records - branch.own))
            branch.own = node.records
        insert_rows(self.fresh)
        self._rise(changes)

    def _load(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            for branch in Branch.objects.filter(key__in=keys[start : start + _ASKED_AT_ONCE]):
                self.known[branch.key] = branch

    def _holder(self, node: ClassCount) -> Branch:
        """The branch that holds a node's records: a volume, else a year."""
        root = self._branch(
            f"fonds:{self.fonds.id}", None, Branch.Kind.FONDS, str(self.fonds), self.fonds.code
        )
        above = self._class(root, node.scheme)
        key = f"{self.fonds.id}:{node.scheme_id or '-'}:{node.year or '-'}:-"
        title = _("%(year)s 年") % {"year": node.year} if node.year else _("年度未定")
        year = self._branch(
            key, above, Branch.Kind.YEAR, title, f"{node.year:04d}", scheme_id=node.scheme_id, year=node.year
        )
        if node.volume is None:
            return year
        volume: Volume = node.volume
        return self._branch(
            node.key, year, Branch.Kind.VOLUME, str(volume)[:300], f"{volume.number or 0:08d}{volume.reference_code}"[:160],
            scheme_id=node.scheme_id, year=node.year, volume_id=volume.id,
        )  # fmt: skip

    def _class(self, root: Branch, scheme: Scheme | None) -> Branch:
        key = f"class:{self.fonds.id}:{scheme.id if scheme else '-'}"
        if scheme is None:
            return self._branch(key, root, Branch.Kind.CLASS, _("未整理"), "~")
        place = f"{scheme.category}·{scheme.subclasses}·{scheme.year_from:04d}"
        return self._branch(key, root, Branch.Kind.CLASS, scheme.name, place, scheme_id=scheme.id)

    def _branch(
        self, key: str, parent: Branch | None, kind: str, title: str, place: str, **held: Any
    ) -> Branch:
        branch = self.known.get(key)
        if branch is None:
            branch = Branch(
                fonds=self.fonds, parent=parent, kind=kind, key=key, title=title, place=place, **held
            )
            self.known[key] = branch
            self.fresh.append(branch)
        return branch

    def _rise(self, changes: Iterable[_Change]) -> None:
        """Adds each change to its branch and to all above it."""
        above = {branch.id: branch for branch in self.known.values()}
        touched: dict[UUID, int] = defaultdict(int)
        for change in changes:
            at: UUID | None = change.branch.id
            while at is not None:
                touched[at] += change.by
                at = above[at].parent_id
        for branch_id, by in touched.items():
            above[branch_id].records += by
        set_columns([above[branch_id] for branch_id in touched], ["own", "records"])
