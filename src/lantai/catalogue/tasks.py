"""The jobs of the catalogue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.errors import LantaiError
from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext_noop
from lantai.ledger.api import append

from . import describing_jobs as describing_jobs
from .exporting import jobs as exporting_jobs  # noqa: F401 - registers its job
from .holdings import jobs as holdings_jobs  # noqa: F401 - registers its job
from .importing.checking import check_import
from .importing.keeping import KEEP, keep_parts
from .importing.loading import load_import
from .importing.scans import SOURCE as SCANS
from .importing.scans.checking import check_scans
from .importing.scans.loading import load_scans
from .importing.scans.places import forget_unpacked
from .importing.services import CHECK, LOAD, TAKE_BACK
from .importing.spool import Spool
from .importing.undoing import undo_import
from .models import Import


@job(CHECK, title=gettext_noop("试导入目录"))
def check(run: JobRun, import_id: str) -> dict[str, Any]:
    """Holds every row to the rules; a file with classified rows is refused whole and removed."""
    batch = Import.objects.select_related("fonds__creator").get(id=UUID(import_id))
    try:
        kinds = check_scans(run, batch) if batch.source == SCANS else check_import(run, batch)
    except LantaiError:  # nothing can be read: other columns, or another file, can be tried
        Import.objects.filter(id=batch.id).update(state=Import.State.RECEIVED)
        raise
    with transaction.atomic():
        batch.state = Import.State.CHECKED
        if kinds["classified"]:
            batch.state = Import.State.REFUSED
            batch.problems.exclude(kind="classified").delete()  # the others quote the rows
            append(
                act="catalogue.refuse",
                actor=run.actor,
                subject=f"import:{batch.id}",
                count=kinds["classified"],
            )
        batch.save(update_fields=["state", "counts", "remarks"])
    if batch.state == Import.State.REFUSED:
        Spool(batch.id).remove()
    return dict(batch.counts)


def help_load(run: JobRun, import_id: str) -> None:
    """Shares the pieces of a table, or of scans, that another worker loads."""
    batch = Import.objects.select_related("fonds__creator").get(id=UUID(import_id))
    _load(run, batch)


@job(LOAD, title=gettext_noop("导入目录"), helper=help_load)
def load(run: JobRun, import_id: str) -> dict[str, Any]:
    """Loads what was checked."""
    batch = Import.objects.select_related("fonds__creator").get(id=UUID(import_id))
    _load(run, batch)
    forget_unpacked(batch)
    batch.refresh_from_db(fields=["counts"])  # helpers counted too
    batch.state, batch.done_at = Import.State.DONE, timezone.now()
    batch.save(update_fields=["state", "done_at"])
    return dict(batch.counts)


def _load(run: JobRun, batch: Import) -> None:
    load_all = load_scans if batch.source == SCANS else load_import
    load_all(run, batch)


@job(TAKE_BACK, title=gettext_noop("撤销目录导入"))
def undo(run: JobRun, import_id: str) -> dict[str, Any]:
    """Takes an import back."""
    batch = Import.objects.select_related("fonds__creator").get(id=UUID(import_id))
    undo_import(run, batch)
    batch.state = Import.State.UNDONE
    batch.save(update_fields=["state"])
    return dict(batch.counts)


@job(KEEP, title=gettext_noop("目录条目入总库"))
def keep(run: JobRun) -> dict[str, Any]:
    """Writes imported entries into the vault."""
    return {"entries": keep_parts(run)}
