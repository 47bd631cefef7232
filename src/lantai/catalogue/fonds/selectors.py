"""Reading fonds files and reforms."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.records.api import Fonds

from .groups import Group, groups
from .models import FondsPaper, Reform
from .scope import fonds_for


def papers_of(fonds: Fonds) -> QuerySet[FondsPaper]:
    """The papers of its file in the order of their numbers."""
    return FondsPaper.objects.filter(fonds=fonds).select_related("fonds").order_by("group", "number")


def by_group(fonds: Fonds) -> list[tuple[Group, list[FondsPaper]]]:
    """Every group of the standard, also those in which nothing lies yet."""
    papers: dict[str, list[FondsPaper]] = {key: [] for key in groups()}
    for paper in papers_of(fonds):
        papers[paper.group].append(paper)
    return [(group, papers[key]) for key, group in groups().items()]


def paper_for(paper_id: UUID, actor: Actor) -> FondsPaper:
    """One paper.

    Raises:
        NotFound: there is none, or its fonds is not the actor's.
    """
    found = (
        FondsPaper.objects.filter(id=paper_id, fonds__in=fonds_for(actor))
        .select_related("fonds__archive")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份全宗卷材料。"), remedy=_("请从全宗卷的目录进入。"))
    return found


def planned_reforms() -> QuerySet[Reform]:
    """Those whose day has come and that nobody confirmed or withdrew."""
    return Reform.objects.filter(state=Reform.State.PLANNED, effective_on__lte=timezone.localdate())
