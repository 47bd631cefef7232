"""Reading the tree: one level at a time, by index."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.records.api import Fonds, Record, readable

from ..models import Branch

PLACES = 500
"""Branches offered to move to: classes, years and groups, not volumes."""


def roots(actor: Actor) -> QuerySet[Branch]:
    """The fonds in which somebody can see something."""
    return Branch.objects.filter(kind=Branch.Kind.FONDS, fonds__in=_seen(actor))


def branch_for(branch_id: UUID, actor: Actor) -> Branch:
    """One branch.

    Raises:
        NotFound: there is none, or the actor sees nothing in its fonds.
    """
    found = (
        Branch.objects.filter(id=branch_id, fonds__in=_seen(actor)).select_related("fonds", "parent").first()
    )
    if found is None:
        raise NotFound(_("目录树里没有这一支，或者您不能查看它。"), remedy=_("请从目录树的全宗进入。"))
    return found


def children_of(branch: Branch) -> QuerySet[Branch]:
    """What hangs below a branch."""
    return Branch.objects.filter(parent=branch).exclude(records=0, kind=Branch.Kind.VOLUME)


def records_of(branch: Branch, actor: Actor) -> QuerySet[Record]:
    """The records a branch holds itself, as far as the actor may see them."""
    place = {"scheme": branch.scheme_id, "year": branch.year or None, "volume": branch.volume_id}
    held = Record.objects.filter(fonds_id=branch.fonds_id, **place)
    return readable(held, actor)


def places_for(branch: Branch) -> QuerySet[Branch]:
    """Where a branch may be moved to."""
    places = Branch.objects.filter(fonds=branch.fonds).exclude(kind=Branch.Kind.VOLUME)
    return (
        places.exclude(id__in=[branch.id, branch.parent_id])
        .select_related("parent")
        .order_by("place", "id")[:PLACES]
    )


def _seen(actor: Actor) -> QuerySet[Fonds]:
    return Fonds.objects.filter(Exists(readable(Record.objects.filter(fonds_id=OuterRef("id")), actor)))
