"""What taking an import back would come to, told before anybody does it.

Files that the vault keeps are archives by then: they leave it by appraisal alone, with opinions, an
approval and witnesses (GB/T 39784-2021 鉴定与处置), never by the hand of whoever brought them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef

from lantai.records.api import Document, Record

from ..models import Import, ImportPart
from .loading import keys_in
from .scans import SOURCE as SCANS

_ASKED_AT_ONCE = 500


@dataclass(slots=True)
class Outlook:
    """What an undo would come to.

    Attributes:
        goes: entries that go; of scans, records whose files are taken off.
        in_vault: those whose files the vault keeps, so that they stay.
        changed: those somebody worked on since, so that they stay.
        merged: entries that get back what they said before.
        volumes: volumes it made, which go if nothing else lies in them.
    """

    goes: int = 0
    in_vault: int = 0
    changed: int = 0
    merged: int = 0
    volumes: int = 0

    @property
    def something(self) -> bool:
        """Whether there is anything to undo."""
        return bool(self.goes or self.merged or self.volumes)


def outlook(batch: Import) -> Outlook:
    """Counts what an undo would come to now; costs some milliseconds for every thousand entries."""
    found = Outlook()
    scans = batch.source == SCANS
    for part in batch.parts.filter(undone=False).order_by("number"):
        noted = [UUID(key) for key, _before in part.before]
        for ids in _in_pieces(noted if scans else list(keys_in(part.created))):
            _add(found, part, ids, with_files=scans)
        if not scans:
            merged = Record.objects.filter(id__in=noted, changed_at__lte=part.made_at).count()
            found.merged += merged
            found.changed += len(noted) - merged
            found.volumes += len(list(keys_in(part.volumes)))
    return found


def _add(found: Outlook, part: ImportPart, ids: list[UUID], *, with_files: bool) -> None:
    standing = Record.objects.filter(id__in=ids)
    free = standing.filter(vault_object=None)
    untouched = free.filter(changed_at=part.made_at)
    if not with_files:
        untouched = untouched.filter(~Exists(Document.objects.filter(record=OuterRef("id"))))
    outside, goes = free.count(), untouched.count()
    found.in_vault += standing.count() - outside
    found.goes += goes
    found.changed += outside - goes


def _in_pieces(ids: list[UUID]) -> Iterator[list[UUID]]:
    return (ids[start : start + _ASKED_AT_ONCE] for start in range(0, len(ids), _ASKED_AT_ONCE))
