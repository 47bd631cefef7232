"""What imports leave on disk goes once nobody needs it: rows, files as they came, unpacked scans."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.settings import home

from ..models import Import

KEPT_DAYS = 30
"""After so many days an import that is over keeps its problems but not its rows, and one that nobody
went on with is forgotten: its file can be handed in again."""
_STRAY_S = 24 * 3600
"""A folder of no import may be of one that is being received."""
_OVER = (Import.State.DONE, Import.State.UNDONE, Import.State.REFUSED)
_WAITING = (Import.State.RECEIVED, Import.State.CHECKED)


def sweep_imports() -> int:
    """Removes what is no longer needed; returns how many folders went. What is under way is left alone."""
    removed = 0
    for folder in sorted((home() / "imports").glob("*")):
        if _is_needless(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _is_needless(folder: Path) -> bool:
    batch = _import_of(folder)
    if batch is None:
        return timezone.now().timestamp() - folder.stat().st_mtime > _STRAY_S
    if (batch.done_at or batch.created_at) > timezone.now() - timedelta(days=KEPT_DAYS):
        return False
    if batch.state in _OVER:
        return True
    return batch.state in _WAITING and _forget(batch)


def _import_of(folder: Path) -> Import | None:
    try:
        return Import.objects.filter(id=UUID(folder.name)).first()
    except ValueError:
        return None


@transaction.atomic
def _forget(batch: Import) -> bool:
    """Forgets an import nobody went on with, unless somebody does just now."""
    waiting = Import.objects.select_for_update(of=("self",)).filter(state__in=_WAITING, parts=None)
    locked = waiting.filter(id=batch.id).first()
    if locked is None:
        return False
    locked.delete()
    return True
