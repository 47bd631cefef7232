"""The jobs of description, authorities, edits, quality and proposals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext_noop

from .assist.running import PROPOSE, propose_for
from .authorities.linking import LINK_ALL, link_by_names
from .editing import running
from .editing.models import BulkEdit
from .quality.taking import TAKE, take_quality


@job(LINK_ALL, title=gettext_noop("按责任者关联规范档"))
def link_authorities(run: JobRun, archive_id: str) -> dict[str, Any]:
    """Ties the records of an archive to its authority records."""
    return dict(link_by_names(run, UUID(archive_id), run.actor))


@job(running.PREVIEW, title=gettext_noop("预览成批修改"))
def preview_edit(run: JobRun, edit_id: str) -> dict[str, Any]:
    """Counts what an edit would change."""
    return _done(running.preview, run, edit_id)


@job(running.APPLY, title=gettext_noop("成批修改"))
def apply_edit(run: JobRun, edit_id: str) -> dict[str, Any]:
    """Changes the records of an edit."""
    return _done(running.apply, run, edit_id)


@job(running.TAKE_BACK, title=gettext_noop("撤销成批修改"))
def undo_edit(run: JobRun, edit_id: str) -> dict[str, Any]:
    """Takes an edit back."""
    return _done(running.undo, run, edit_id)


@job(TAKE, title=gettext_noop("检查目录质量"))
def quality(run: JobRun) -> dict[str, Any]:
    """Looks at what changed since it was last looked at."""
    return dict(take_quality(run))


@job(PROPOSE, title=gettext_noop("提出著录建议"))
def propose(run: JobRun, record_ids: list[str]) -> dict[str, Any]:
    """Proposes descriptions for many records."""
    return dict(propose_for(run, [UUID(key) for key in record_ids]))


def _done(work: Callable[[JobRun, BulkEdit], None], run: JobRun, edit_id: str) -> dict[str, Any]:
    edit = BulkEdit.objects.select_related("vocabulary").get(id=UUID(edit_id))
    work(run, edit)
    return {name: count for name, count in edit.counts.items() if isinstance(count, int | dict)}
