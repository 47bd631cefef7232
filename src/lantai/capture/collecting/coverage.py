"""What the scope in force asks for against what there is: body by body, and kind by kind of specialised records.

Counts are read from the kept counts of the tree (``records.ClassCount``) and from the records still
with the agencies, never by counting the holdings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Max, Sum

from lantai.institutions.api import Organisation
from lantai.records.api import LEFT, ClassCount, Record, Scheme, retention_term

from ..completeness.roster import name_of
from .models import CollectingScope, RosterClass, RosterUnit
from .selectors import schemes_filing
from .specialised import SpecialisedClass, specialised_classes


@dataclass(frozen=True, slots=True)
class Figures:
    """Records of some schemes.

    Attributes:
        records: on the platform.
        waiting: of these still with the agency.
        last_year: their latest year.
    """

    records: int = 0
    waiting: int = 0
    last_year: int | None = None

    @property
    def come(self) -> int:
        """At the archive."""
        return max(self.records - self.waiting, 0)


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class a body hands over, and what there is of it."""

    asked: RosterClass
    name: str
    figures: Figures

    @property
    def terms(self) -> list[str]:
        """Names of the retention terms taken in."""
        return [retention_term(code).name for code in self.asked.terms]

    @property
    def standing(self) -> str:
        """``come`` to the archive, ``waiting`` at the agency, or ``none``."""
        return "come" if self.figures.come else "waiting" if self.figures.records else "none"


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A body of the roster and its classes."""

    unit: RosterUnit
    classes: Sequence[ClassLine]


def roster(scope: CollectingScope, units: Iterable[RosterUnit]) -> list[UnitLine]:
    """Those bodies of a version with what there is of each class."""
    units = list(units)
    agencies = {unit.agency_id for unit in units if unit.agency_id}
    schemes, figures = _schemes(agencies), _figures(agencies)
    asked: dict[UUID, list[RosterClass]] = defaultdict(list)
    for each in RosterClass.objects.filter(unit__in=units, unit__scope=scope):
        asked[each.unit_id].append(each)
    return [
        UnitLine(
            unit,
            [
                ClassLine(
                    each,
                    name_of(each),
                    summed(figures, schemes_filing(each, schemes.get(unit.agency_id, []))),
                )
                for each in asked[unit.id]
            ],
        )
        for unit in units
    ]


@dataclass(slots=True)
class SpecialisedLine:
    """A kind of specialised records in a region.

    Attributes:
        found: the kind.
        units: bodies the scope in force asks it of.
        schemes: schemes of agencies that file it.
        figures: what there is of it.
    """

    found: SpecialisedClass
    units: list[RosterUnit] = field(default_factory=list)
    schemes: list[Scheme] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    @property
    def standing(self) -> str:
        """How it is collected, as shown and filtered.

        ``come`` to the archive; ``waiting`` at the agencies; ``none``: asked for, nothing there;
        ``unasked``: records there, not in the scope; ``absent``: neither.
        """
        if self.figures.come:
            return "come" if self.units else "unasked"
        if self.figures.records:
            return "waiting" if self.units else "unasked"
        return "none" if self.units else "absent"


def specialised(archive_id: UUID | None, scope: CollectingScope | None) -> list[SpecialisedLine]:
    """Every kind of the list for one archive, in the list's order."""
    lines = {key: SpecialisedLine(found) for key, found in specialised_classes().items()}
    agencies = set(Organisation.objects.filter(archive_id=archive_id).values_list("id", flat=True))
    asked = RosterClass.objects.filter(unit__scope=scope).exclude(specialised="").select_related("unit")
    for each in asked.order_by("unit__number") if scope else ():
        if (line := lines.get(each.specialised)) and each.unit not in line.units:
            line.units.append(each.unit)
    schemes = [scheme for found in _schemes(agencies).values() for scheme in found]
    figures = _figures(agencies)
    for line in lines.values():
        kind = RosterClass(category=line.found.category, specialised=line.found.key)
        line.schemes = schemes_filing(kind, schemes)
        line.figures = summed(figures, line.schemes)
    return list(lines.values())


def summed(figures: Mapping[UUID, Figures], schemes: Iterable[Scheme]) -> Figures:
    """The figures of several schemes together."""
    found = [figures[scheme.id] for scheme in schemes if scheme.id in figures]
    return Figures(
        sum(each.records for each in found),
        sum(each.waiting for each in found),
        max((each.last_year for each in found if each.last_year), default=None),
    )


def _schemes(agencies: Iterable[UUID]) -> dict[UUID | None, list[Scheme]]:
    found: dict[UUID | None, list[Scheme]] = defaultdict(list)
    rows = Scheme.objects.filter(fonds__creator__in=agencies).select_related("fonds")
    for scheme in rows.order_by("fonds__code", "year_from"):
        found[scheme.fonds.creator_id].append(scheme)
    return found


def _figures(agencies: Iterable[UUID]) -> dict[UUID, Figures]:
    """By scheme."""
    agencies = list(agencies)
    waiting = dict(
        Record.objects.filter(fonds__creator__in=agencies)
        .exclude(state__among_these=LEFT)
        .exclude(scheme=None)
        .values_list("scheme")
        .annotate(Count("pk"))
        .order_by()
    )
    rows = (
        ClassCount.objects.filter(fonds__creator__in=agencies, records__gt=0)
        .exclude(scheme=None)
        .values("scheme")
        .annotate(count=Sum("records"), last=Max("year"))
        .order_by()
    )
    return {
        row["scheme"]: Figures(row["count"], waiting.get(row["scheme"], 0), row["last"] or None)
        for row in rows
    }
