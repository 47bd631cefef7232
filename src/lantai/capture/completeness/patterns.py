"""What is expected without a register: last year's pattern, the scope table, an agency's own rhythm."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from lantai.core.language import gettext as _
from lantai.records.api import schedule_in_force

from ..models import Submission
from .models import Arrival, ClosedMatter, Expectation
from .rules import due_of, rules

Ground = Expectation.Ground


def expect_pattern(agency_id: UUID, today: datetime.date) -> Iterator[Expectation]:
    """Months of this year and the last against the same month a year before, by category."""
    rule = rules("pattern")
    for year in (today.year - 1, today.year):
        if ClosedMatter.objects.filter(agency_id=agency_id, closed_on__year=year).exists():
            Expectation.objects.filter(agency_id=agency_id, ground=Ground.PATTERN, year=year).delete()
            continue
        before, now = _by_month(agency_id, year - 1), _by_month(agency_id, year)
        for (category, month), usual in sorted(before.items()):
            if usual < rule["least"] or (year, month) >= (today.year, today.month):
                continue
            expected = math.ceil(usual * rule["share"])
            yield Expectation(
                agency_id=agency_id,
                ground=Ground.PATTERN,
                key=f"pattern:{category}:{year}-{month:02d}",
                title=_("%(year)s 年 %(month)s 月的文件（%(category)s）：去年同月 %(usual)s 件")
                % {"year": year, "month": month, "category": category or _("未定门类"), "usual": usual},
                year=year,
                category=category,
                due_on=due_of(year),
                expected=expected,
                came=min(now.get((category, month), 0), expected),
            )


def expect_scope(agency_id: UUID, today: datetime.date) -> Iterator[Expectation]:
    """Rules of the approved scope table whose material comes every year, for the year past."""
    year = today.year - 1
    schedule = schedule_in_force(agency_id, datetime.date(year, 12, 31))
    if schedule is None or not Arrival.objects.filter(agency_id=agency_id).exists():
        return
    came = dict(
        Arrival.objects.filter(agency_id=agency_id, year=year)
        .values_list("rule")
        .annotate(Count("pk"))
        .order_by()
    )
    words = rules("scope")["yearly_words"]
    for rule in schedule.rules.filter(department=None):
        if any(word in rule.material for word in words):
            yield Expectation(
                agency_id=agency_id,
                ground=Ground.SCOPE,
                key=f"scope:{year}:{rule.number}",
                number=rule.number,
                title=_("%(year)s 年的“%(material)s”") % {"year": year, "material": rule.material},
                year=year,
                due_on=due_of(year),
                came=min(came.get(rule.number, 0), 1),
            )


def expect_sound(agency_id: UUID, today: datetime.date) -> Iterator[Expectation]:
    """Whether the agency has been quiet for longer than its own rhythm allows."""
    rule = rules("quiet")
    newest = Submission.objects.filter(agency_id=agency_id).order_by("-received_at")
    days = sorted(
        {timezone.localdate(at) for at in newest.values_list("received_at", flat=True)[: rule["looked_at"]]}
    )
    if not days:
        return
    yield from _ended(agency_id, days[-1])
    if len(days) < rule["least_submissions"]:
        return
    usual = median((later - earlier).days for earlier, later in pairwise(days))
    due_on = days[-1] + datetime.timedelta(days=max(rule["least_days"], round(usual * rule["factor"])))
    if due_on < today:
        yield Expectation(
            agency_id=agency_id,
            ground=Ground.QUIET,
            key=f"quiet:{days[-1]}",
            title=_("%(last)s 以后没有再送来归档；以往约每 %(usual)s 天送一次")
            % {"last": days[-1], "usual": max(1, round(usual))},
            year=due_on.year,
            due_on=due_on,
        )


def _ended(agency_id: UUID, last: datetime.date) -> Iterator[Expectation]:
    """Silences that ended."""
    silences = Expectation.objects.filter(agency_id=agency_id, ground=Ground.QUIET, came=0)
    for silence in silences.exclude(key=f"quiet:{last}"):
        silence.came, silence.met_on = silence.expected, last
        yield silence


def _by_month(agency_id: UUID, year: int) -> dict[tuple[str, int], int]:
    rows: Any = (
        Arrival.objects.filter(Q(agency_id=agency_id, year=year), month__gt=0)
        .values_list("category", "month")
        .annotate(Count("pk"))
        .order_by()
    )
    return {(category, month): count for category, month, count in rows}
