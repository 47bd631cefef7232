"""Reading authority records."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.records.api import Record, readable

from ..description.vocabularies import archive_of
from .models import Authority, AuthorityLink, AuthorityName, AuthorityRelation
from .names import fold


def authorities_for(actor: Actor, query: str = "", kind: str = "") -> QuerySet[Authority]:
    """The authority file of the actor's archive; ``query`` is how any of the names begins."""
    archive = archive_of(actor)
    found = Authority.objects.all() if "system" in actor.roles else Authority.objects.filter(archive=archive)
    if kind in Authority.Kind.values:
        found = found.filter(kind=kind)
    if folded := fold(query):
        named = AuthorityName.objects.filter(
            authority=OuterRef("id"), folded__gte=folded, folded__lt=folded + "\U0010fffd"
        )
        found = found.filter(Exists(named))
    return found


def authority_for(authority_id: UUID, actor: Actor) -> Authority:
    """One authority record.

    Raises:
        NotFound: there is none in the actor's archive.
    """
    found = authorities_for(actor).select_related("archive").filter(id=authority_id).first()
    if found is None:
        raise NotFound(_("没有这条规范记录。"), remedy=_("请从“规范档”一页进入。"))
    return found


def relations_of(authority: Authority) -> list[tuple[AuthorityRelation, str, Authority]]:
    """Its relations read from its side: the relation, what the other is to it, the other."""
    rows = AuthorityRelation.objects.filter(Q(source=authority) | Q(target=authority))
    inverse = {
        AuthorityRelation.Kind.EARLIER: (_("后身"), _("前身")),
        AuthorityRelation.Kind.SUPERIOR: (_("下级"), _("上级")),
        AuthorityRelation.Kind.MEMBER: (_("任职机构"), _("任职的人")),
        AuthorityRelation.Kind.ASSOCIATED: (_("相关"), _("相关")),
    }
    return [
        (row, *((inverse[AuthorityRelation.Kind(row.kind)][0], row.target) if row.source_id == authority.id
                else (inverse[AuthorityRelation.Kind(row.kind)][1], row.source)))
        for row in rows.select_related("source", "target").order_by("kind", "id")
    ]  # fmt: skip


def links_of(authority: Authority, actor: Actor) -> QuerySet[AuthorityLink]:
    """The records it has to do with, as far as the actor may see them."""
    visible = readable(Record.objects.filter(id=OuterRef("record_id")), actor)
    return authority.links.filter(Exists(visible)).select_related("record")


def authorities_of(record_id: UUID) -> Sequence[AuthorityLink]:
    """Whom a record has to do with."""
    return list(
        AuthorityLink.objects.filter(record_id=record_id).select_related("authority").order_by("role", "id")
    )
