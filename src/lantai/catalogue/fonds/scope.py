"""Which fonds somebody has to do with."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import answers_for, organisations_in_region_of
from lantai.records.api import Fonds


def fonds_for(actor: Actor) -> QuerySet[Fonds]:
    """The fonds of one's agency and of those it succeeds, of one's archive, or of one's region."""
    rows = Fonds.objects.select_related("archive", "creator").order_by("code", "id")
    if "system" in actor.roles:
        return rows
    if actor.organisation_id is None:
        return rows.none()
    if "supervisor" in actor.roles:
        region = organisations_in_region_of(actor.organisation_id)
        return rows.filter(Q(creator__in=region) | Q(archive__in=region))
    return rows.filter(Q(creator__in=answers_for(actor.organisation_id)) | Q(archive=actor.organisation_id))


def one_fonds(fonds_id: UUID, actor: Actor) -> Fonds:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    found = fonds_for(actor).filter(id=fonds_id).first()
    if found is None:
        raise NotFound(_("没有这个全宗，或者它不归您管。"), remedy=_("请从“全宗”一页进入。"))
    return found


def fonds_by_code(code: str, archive: str = "") -> Fonds:
    """A fonds by its code, for commands.

    Raises:
        NotFound: there is none.
        Invalid: several archives have one of that code.
    """
    found = Fonds.objects.filter(code=code).select_related("archive", "creator")
    rows = list(found.filter(archive__code=archive) if archive else found)
    if not rows:
        raise NotFound(_("没有这个全宗。"), subject=code, remedy=_("请先在“全宗与方案”中建立。"))
    if len(rows) > 1:
        raise Invalid(
            _("有几个馆都有这个全宗号。"), subject=code,
            remedy=_("请用 --archive 指明：%(codes)s。") % {"codes": "、".join(row.archive.code for row in rows)},
        )  # fmt: skip
    return rows[0]
