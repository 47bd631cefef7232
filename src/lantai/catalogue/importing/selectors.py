"""Reading imports: whose they are, what is wrong with their rows."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import answers_for
from lantai.records.api import Fonds

from ..models import Import, ImportProblem
from .scans import SOURCE as SCANS
from .spool import ROWS, Spool

PREVIEWED = 5
_NOBODY = UUID(int=0)


def importable_fonds(actor: Actor) -> QuerySet[Fonds]:
    """The fonds somebody may import into: their agency's own, or those of their archive."""
    own = actor.organisation_id or _NOBODY
    return Fonds.objects.filter(Q(creator__in=answers_for(own)) | Q(archive_id=own)).order_by("code")


def imports_for(actor: Actor) -> QuerySet[Import]:
    """The imports into those fonds."""
    return Import.objects.filter(fonds__in=importable_fonds(actor)).select_related("fonds")


def tables_for_scans(actor: Actor) -> QuerySet[Import]:
    """Tables that were checked and are not imported yet: scans may come beside them."""
    return imports_for(actor).filter(state=Import.State.CHECKED).exclude(source=SCANS).order_by("-created_at")


def import_for(import_id: UUID, actor: Actor) -> Import:
    """One import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = imports_for(actor).filter(id=import_id).first()
    if found is None:
        raise NotFound(_("没有这个导入批次。"), remedy=_("请从“目录导入”一页进入。"))
    return found


def problems_of(batch: Import, kind: str = "") -> QuerySet[ImportProblem]:
    """What is wrong with its rows, in the order of the rows."""
    problems = batch.problems.all()
    return problems.filter(kind=kind) if kind else problems


def require_rows(batch: Import) -> None:
    """Asks that the rows are still kept: they go some days after the import is over.

    Raises:
        NotFound: they are gone, or not read yet.
    """
    if not Spool(batch.id).is_finished(ROWS):
        raise NotFound(
            _("这次导入的行没有保存，或尚未试导入。"), subject=batch.title, remedy=_("请重新交来原文件。")
        )


def preview(batch: Import) -> list[list[str]]:
    """The first rows as they were read, if they are read already; by column, so that each shows examples."""
    spool = Spool(batch.id)
    if not spool.is_finished(ROWS):
        return [[] for _heading in batch.headings]
    rows = []
    for _number, row in spool.rows_from(batch.headings_row + 1):
        rows.append(row)
        if len(rows) == PREVIEWED:
            break
    return [
        [row[place][:30] for row in rows if place < len(row) and row[place]]
        for place in range(len(batch.headings))
    ]
