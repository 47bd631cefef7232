"""The jobs of description, authorities, edits, quality and proposals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext_noop

from .authorities.linking import LINK_ALL, link_by_names


@job(LINK_ALL, title=gettext_noop("按责任者关联规范档"))
def link_authorities(run: JobRun, archive_id: str) -> dict[str, Any]:
    """Ties the records of an archive to its authority records."""
    return dict(link_by_names(run, UUID(archive_id), run.actor))
