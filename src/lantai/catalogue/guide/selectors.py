"""Reading the guide: what the public sees, and how far each text has come."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds

from .models import GuideText
from .sections import Section, sections_of

State = GuideText.State


def published() -> QuerySet[GuideText]:
    """Every approved text, the archives' own first, then by fonds."""
    rows = GuideText.objects.filter(state=State.APPROVED).select_related("archive", "fonds")
    return rows.order_by("archive__code", "fonds__code")


def published_of(archive: Organisation) -> tuple[GuideText | None, list[GuideText]]:
    """What is approved of an archive: its own text, and those of its fonds in order."""
    rows = list(published().filter(archive=archive))
    own = next((row for row in rows if row.fonds_id is None), None)
    return own, [row for row in rows if row.fonds_id is not None]


def to_approve(actor: Actor) -> QuerySet[GuideText]:
    """What waits in the actor's archive for somebody who did not write it, oldest first."""
    rows = GuideText.objects.filter(archive=actor.organisation_id, state=State.SUBMITTED)
    return rows.exclude(edited_by=actor.id).select_related("archive", "fonds").order_by("edited_at", "id")


def find(archive: Organisation, words: str) -> list[GuideText]:
    """The approved texts of fonds that say all of the words, in name, code or any section."""
    rows = published().filter(archive=archive, fonds__isnull=False)
    for word in words.split()[:8]:
        keys = [section.key for section in sections_of(Fonds())]
        said = Q(fonds__name__icontains=word) | Q(fonds__code__iexact=word)
        for key in keys:
            said |= Q(**{f"sections__{key}__icontains": word})
        rows = rows.filter(said)
    return list(rows)


def archives_with_guide() -> QuerySet[Organisation]:
    """Archives that published anything."""
    return Organisation.objects.filter(id__in=published().values("archive")).order_by("code")


def archive_with_guide(archive_id: UUID) -> Organisation:
    """One of them.

    Raises:
        NotFound: it published nothing.
    """
    found = archives_with_guide().filter(id=archive_id).first()
    if found is None:
        raise NotFound(_("这个档案馆还没有公布馆藏指南。"))
    return found


def said(text: GuideText) -> list[tuple[Section, str]]:
    """Its sections that say something."""
    return [
        (section, text.sections[section.key])
        for section in sections_of(text.fonds)
        if text.sections.get(section.key)
    ]
