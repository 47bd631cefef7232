"""What the archive's collecting scope asks of an agency: of the year past, every class of its roster line."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count

from lantai.core.language import gettext as _
from lantai.records.api import Scheme, categories

from ..collecting.models import RosterClass
from ..collecting.selectors import classes_of, schemes_filing
from ..collecting.specialised import specialised_classes
from .models import Arrival, Expectation
from .rules import due_of

Ground = Expectation.Ground


def expect_roster(agency_id: UUID, today: datetime.date) -> Iterator[Expectation]:
    """One expectation a class that the approved roster names for last year.

    An agency that has never filed anything is asked as well: that it is on the roster is enough.
    What a later version no longer asks for is forgotten, unless it came or was answered.
    """
    year = today.year - 1
    asked = {
        f"roster:{year}:{each.category}:{each.specialised}": each
        for each in classes_of(agency_id, today)
        if each.covers(year)
    }
    outdated = Expectation.objects.filter(
        agency_id=agency_id, ground=Ground.ROSTER, year=year, came=0, explanation=""
    )
    outdated.exclude(key__in=asked).delete()
    if not asked:
        return
    arrivals = Arrival.objects.filter(agency_id=agency_id, year=year)
    by_category = dict(arrivals.values_list("category").annotate(Count("pk")).order_by())
    schemes = list(Scheme.objects.filter(fonds__creator=agency_id))
    for key, each in asked.items():
        if each.specialised:
            came = arrivals.filter(record__scheme__in=schemes_filing(each, schemes)).count()
        else:
            came = by_category.get(each.category, 0)
        yield Expectation(
            agency_id=agency_id,
            ground=Ground.ROSTER,
            key=key,
            title=_("%(year)s 年的%(name)s：档案馆收集范围列明要收") % {"year": year, "name": name_of(each)},
            year=year,
            category=each.category,
            due_on=due_of(year),
            came=min(came, 1),
        )


def name_of(each: RosterClass) -> str:
    """The class in words: 婚姻登记档案, 会计档案."""
    known = specialised_classes().get(each.specialised)
    if known:
        return known.name
    return _("%(category)s档案") % {"category": categories().get(each.category, each.category)}
