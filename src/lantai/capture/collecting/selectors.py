"""Reading collecting scopes: versions, the one in force, and whether it asks for given records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows, require
from lantai.institutions.api import Organisation
from lantai.records.api import Scheme, VersionState

from .models import CollectingScope, RosterClass
from .specialised import specialised_classes


def scopes_for(actor: Actor) -> QuerySet[CollectingScope]:
    """Versions the actor may see: the archive's own; of a supervisor's region what was sent; else what is approved."""
    require(actor, "capture.see_collecting")
    rows = CollectingScope.objects.select_related("archive").annotate(size=Count("units"))
    if "system" in actor.roles:
        return rows
    own = (
        Organisation.objects.filter(id=actor.organisation_id or UUID(int=0)).select_related("region").first()
    )
    if own is None:
        return rows.none()
    if own.kind == Organisation.Kind.ARCHIVE:
        return rows.filter(archive=own)
    if own.kind == Organisation.Kind.SUPERVISOR:
        return rows.filter(archive__region__path__startswith=own.region.path).exclude(
            state=VersionState.DRAFT
        )
    return rows.filter(archive_id=own.archive_id, state=VersionState.APPROVED)


def scope_for(actor: Actor, scope_id: UUID) -> CollectingScope:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    found = scopes_for(actor).filter(id=scope_id).first()
    if found is None:
        raise NotFound(
            _("没有找到这一版收集范围。"), subject=str(scope_id), remedy=_("请从“收集范围”里打开。")
        )
    return found


def archives_for(actor: Actor) -> list[Organisation]:
    """Archives whose collecting concerns the actor: their own, those of a supervisor's region, or the agency's."""
    require(actor, "capture.see_collecting")
    rows = Organisation.objects.filter(kind=Organisation.Kind.ARCHIVE, active=True)
    own = (
        Organisation.objects.filter(id=actor.organisation_id or UUID(int=0)).select_related("region").first()
    )
    if "system" in actor.roles:
        return list(rows)
    if own is None:
        return []
    if own.kind == Organisation.Kind.SUPERVISOR:
        return list(rows.filter(region__path__startswith=own.region.path).order_by("region__path", "code"))
    nearest = own.id if own.kind == Organisation.Kind.ARCHIVE else own.archive_id
    return list(rows.filter(id__in=[nearest] if nearest else []))


def waiting_for(actor: Actor) -> QuerySet[CollectingScope]:
    """What was sent and waits for the actor to decide on."""
    if not allows(actor, "capture.approve_collecting", Scope()):
        return CollectingScope.objects.none()
    return scopes_for(actor).filter(state=VersionState.SUBMITTED)


def scope_in_force(archive_id: UUID | None, on: date | None = None) -> CollectingScope | None:
    """The archive's approved version on a day; of several the one that began last."""
    return (
        CollectingScope.objects.filter(
            archive_id=archive_id, effective_from__lte=on or timezone.localdate(), state=VersionState.APPROVED
        )
        .select_related("archive")
        .order_by("-effective_from", "-approved_at")
        .first()
    )


def classes_of(agency_id: UUID, on: date | None = None) -> list[RosterClass]:
    """What the scope in force of the agency's archive asks of it; nothing where there is no such scope."""
    archive_id = Organisation.objects.filter(id=agency_id).values_list("archive_id", flat=True).first()
    scope = scope_in_force(archive_id, on)
    if scope is None:
        return []
    return list(RosterClass.objects.filter(unit__scope=scope, unit__agency=agency_id))


@dataclass(frozen=True, slots=True)
class Collecting:
    """The scope in force of one archive, ready to be asked of many records.

    Attributes:
        scope: the version.
        asked: classes by agency.
    """

    scope: CollectingScope
    asked: dict[UUID, Sequence[RosterClass]]

    def lists(self, agency_id: UUID) -> bool:
        """Whether the agency is on the roster."""
        return agency_id in self.asked

    def takes(
        self, *, agency_id: UUID, category: str, scheme: str, year: int, retention: str, usual: Sequence[str]
    ) -> bool:
        """Whether records like these are asked for.

        Args:
            agency_id: whose records.
            category: their category (门类); empty where nothing tells it.
            scheme: name of their scheme, by which a kind of specialised records is known.
            year: their year.
            retention: code of their term.
            usual: terms taken in where a class names none.
        """
        return any(
            each.covers(year) and _is_of(each, category, scheme) and retention in (each.terms or usual)
            for each in self.asked.get(agency_id, ())
        )


def collecting(archive_id: UUID | None, on: date | None = None) -> Collecting | None:
    """The scope in force of an archive; ``None`` where none is approved."""
    scope = scope_in_force(archive_id, on)
    if scope is None:
        return None
    asked: dict[UUID, list[RosterClass]] = defaultdict(list)
    for each in RosterClass.objects.filter(unit__scope=scope).select_related("unit"):
        if each.unit.agency_id:
            asked[each.unit.agency_id].append(each)
    return Collecting(scope, dict(asked))


def schemes_filing(each: RosterClass, schemes: Iterable[Scheme]) -> list[Scheme]:
    """Those of an agency's schemes that file the class: by category, specialised records also by name."""
    return [scheme for scheme in schemes if _is_of(each, scheme.category, scheme.name)]


def _is_of(each: RosterClass, category: str, scheme: str) -> bool:
    if each.category != category:
        return False
    known = specialised_classes().get(each.specialised)
    return not each.specialised or (known is not None and known.is_named_in(scheme))
