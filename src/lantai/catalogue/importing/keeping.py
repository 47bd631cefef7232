"""What was imported comes to stand in the vault within minutes: segment objects of its fonds.

An import can be undone for :data:`UNDO_FOR_FREE_S` before its entries are written there; later it
still can, by the vault's own way of forgetting.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.jobs import Job, JobRun, JobState, start
from lantai.core.language import gettext as _
from lantai.records.api import Record
from lantai.vault.api import IngestItem, ingest

from ..models import Import, ImportPart
from .loading import keys_in
from .scans import SOURCE as SCANS
from .scans.loading import keep_scans

KEEP = "catalogue.keep"
UNDO_FOR_FREE_S = 300
"""How long the entries wait before they are written to the stores, seconds."""


def keep_what_is_due() -> None:
    """Has the worker keep what was loaded long enough ago; costs one query when there is nothing."""
    due = timezone.now() - timedelta(seconds=UNDO_FOR_FREE_S)
    waiting = ImportPart.objects.filter(
        kept=False, undone=False, made_at__lte=due, batch__state=Import.State.DONE
    )
    under_way = Job.objects.filter(kind=KEEP, state__in=[JobState.QUEUED, JobState.RUNNING])
    if waiting.exists() and not under_way.exists():
        start(KEEP, SYSTEM, title=_("目录条目入总库"))


def keep_parts(run: JobRun) -> int:
    """Writes the entries of every part that is due, a part an object a fonds; returns entries written."""
    parts = list(
        ImportPart.objects.filter(kept=False, undone=False, batch__state=Import.State.DONE)
        .select_related("batch__fonds__creator")
        .order_by("made_at")
    )
    run.step(_("写入总库，每批 5,000 条"), total=len(parts))
    kept = 0
    for part in parts:
        kept += keep_scans(part) if part.batch.source == SCANS else keep_part(part)
        run.advance()
    return kept


def keep_part(part: ImportPart) -> int:
    """Writes one part's entries; repeating it writes nothing twice, since the vault knows its own."""
    ids = list(keys_in(part.created))
    standing = set()
    for begin in range(0, len(ids), 500):
        standing |= set(
            Record.objects.filter(id__in=ids[begin : begin + 500], documents=None).values_list(
                "id", flat=True
            )
        )
    done = ingest([IngestItem(key) for key in ids if key in standing], SYSTEM) if standing else None
    ImportPart.objects.filter(id=part.id).update(kept=True)
    return len(done.record_ids) if done else 0
