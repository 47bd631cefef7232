"""Letting go of the agency's copies, once every copy in the vault is known to be good."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.capture.api import held_paths
from lantai.core import jobs
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict
from lantai.core.jobs import Job, JobRun
from lantai.ledger.api import append
from lantai.vault.api import Copy, VaultObject

from .importing import discard_files
from .models import Handover
from .register import seals_hold
from .stripping import signed_original

RELEASE = "transfer.release"
AGAIN_AFTER = timedelta(hours=24)
CHUNK = 500
COPIES = 3
"""One for use, two backups (一用两备): so many must be verified."""


def release_copies(run: JobRun, handover: Handover) -> int:
    """Removes the files under ``holdings/`` of records whose copies are all verified.

    A record with a copy missing, damaged or not yet verified keeps its files; asking again later
    takes up what is left. Returns how many records still keep theirs.
    """
    _require_receipt(handover)
    staying = handover.items.filter(returned_at=None)
    run.step(_("清理移交方副本"), staying.count())
    kept = 0
    rows = staying.order_by("place").values_list("record_id", flat=True)
    for chunk in run.chunks(rows, CHUNK):
        safe = fully_verified(list(chunk))
        kept += len(chunk) - len(safe) - _without_content(chunk, safe)
        _remove(list(safe))
        with run.commit(chunk):
            append(
                act="transfer.release_copies",
                actor=run.actor,
                subject=f"handover:{handover.id}",
                after=[str(record_id) for record_id in safe],
                count=len(safe),
            )
    if not kept:
        if handover.foreign_keys:
            discard_files(handover)
        handover.copies_released_at = timezone.now()
        handover.save(update_fields=["copies_released_at"])
    else:
        run.log(_("%(count)s 件的副本还没有全部校验通过，移交方的文件暂时保留。") % {"count": kept})
    return kept


def _require_receipt(handover: Handover) -> None:
    """The agency deletes nothing before the archive has sealed the register for itself."""
    if handover.state != Handover.State.RECEIVED or not seals_hold(handover)["receiver"]:
        raise Conflict(
            _("档案馆还没有签章接收，移交方的文件一件也不能清理。"),
            subject=handover.title,
            remedy=_("请等档案馆办结，收到回执以后再清理。"),
        )


def release_later() -> int:
    """Starts a release for hand-overs that still keep copies, once a day each; run by the worker."""
    since = timezone.now() - AGAIN_AFTER
    kept = Handover.objects.filter(
        state=Handover.State.RECEIVED, copies_released_at=None, received_at__lt=since, receipt=None
    ).exclude(id__in=_tried_since(since))
    for handover in kept:
        jobs.start(
            RELEASE, SYSTEM, title=_("清理移交方副本：%s") % handover.title, handover_id=str(handover.id)
        )
    return len(kept)


def _tried_since(since: datetime) -> list[UUID]:
    tried = Job.objects.filter(kind=RELEASE, created_at__gte=since).values_list("params", flat=True)
    return [UUID(params["handover_id"]) for params in tried]


def _without_content(record_ids: Sequence[UUID], safe: Sequence[UUID]) -> int:
    """How many of the others have no files to let go of: catalogue entries."""
    others = set(record_ids) - set(safe)
    return len(others) - VaultObject.objects.filter(record__in=others).count()


def fully_verified(record_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the records whose copies are all verified, in the order given."""
    good = Count("copies", filter=Q(copies__state=Copy.State.VERIFIED))
    objects = VaultObject.objects.filter(record__in=record_ids, state=VaultObject.State.HELD)
    sound = set(
        objects.annotate(good=good, there=Count("copies"))
        .filter(good__gte=COPIES, good=F("there"))
        .values_list("record_id", flat=True)
    )
    return [record_id for record_id in record_ids if record_id in sound]


def _remove(record_ids: Sequence[UUID]) -> None:
    for path in held_paths(record_ids):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
            signed_original(path).unlink(missing_ok=True)
