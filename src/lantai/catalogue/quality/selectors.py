"""Reading quality: scores summed by fonds, year or agency, and what fails, by key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Sum

from lantai.core.actors import Actor
from lantai.core.language import gettext as _
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds, Record, readable

from .models import QualityFailure, QualityScore
from .rules import rules

By = Literal["fonds", "year", "agency"]


@dataclass(frozen=True, slots=True)
class QualityLine:
    """How the records of one fonds, year or agency fare.

    Attributes:
        key: key of the fonds or agency, or the year (0 where it is not known).
        label: what people call it.
        records: how many were looked at.
        failing: how many fail at least one rule.
        score: mean points, of a hundred.
        by_rule: how many fail each rule.
        since: when the oldest of what still fails was found.
    """

    key: str
    label: str
    records: int
    failing: int
    score: float
    by_rule: Mapping[str, int]
    since: datetime | None = None

    @property
    def causes(self) -> list[tuple[str, int]]:
        """Why it is not a hundred: names of rules and how many fail them, what costs most first."""
        known = rules()
        failed = [(known[key], count) for key, count in self.by_rule.items() if key in known]
        failed.sort(key=lambda pair: -pair[0].weight * pair[1])
        return [(_(rule.name), count) for rule, count in failed]


def quality_of(
    by: By = "fonds", *, fonds_ids: Sequence[UUID] | None = None, agency_ids: Sequence[UUID] | None = None
) -> list[QualityLine]:
    """Scores by fonds, year or agency; read from sums, as fast for five million records.

    Args:
        by: what a line stands for.
        fonds_ids: only of these fonds.
        agency_ids: only of records of these agencies.
    """
    scores = QualityScore.objects.order_by()
    if fonds_ids is not None:
        scores = scores.filter(fonds__in=fonds_ids)
    if agency_ids is not None:
        scores = scores.filter(agency__in=agency_ids)
    sums = {row.pop(_KEYS[by]): row for row in scores.values(_KEYS[by]).annotate(**_SUMS)}
    failing: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    alike = scores.filter(failing__gt=0).values_list(_KEYS[by], "by_rule").annotate(Count("id"))
    for key, by_rule, times in alike:
        failing[key].update({rule: count * times for rule, count in by_rule.items()})
    labels = _labels(by, list(sums))
    lines = [_line(str(key or 0), labels[key], summed, failing[key]) for key, summed in sums.items()]
    return sorted(lines, key=lambda line: (line.label, line.key))


_KEYS = {"fonds": "fonds_id", "year": "year", "agency": "agency_id"}
_SUMS = {
    "n": Sum("records"),
    "failed": Sum("failing"),
    "earned": Sum("points"),
    "since": Min("failing_since"),
}


def _labels(by: By, keys: Sequence[Any]) -> dict[Any, str]:
    """What people call a fonds, a year, an agency."""
    if by == "year":
        return {year: str(year or "") for year in keys}
    if by == "fonds":
        return {fonds.id: str(fonds) for fonds in Fonds.objects.filter(id__in=keys)}
    return dict(Organisation.objects.filter(id__in=keys).values_list("id", "name"))


def _line(key: str, label: str, sums: Mapping[str, Any], by_rule: Mapping[str, int]) -> QualityLine:
    score = round(int(sums["earned"]) / sums["n"], 1) if sums["n"] else 100.0
    order = {rule: place for place, rule in enumerate(rules())}
    told = dict(sorted(by_rule.items(), key=lambda pair: order.get(pair[0], 99)))
    return QualityLine(key, label, sums["n"], sums["failed"], score, told, sums["since"])


def whole(lines: Sequence[QualityLine]) -> QualityLine:
    """All lines as one."""
    by_rule: Counter[str] = Counter()
    for line in lines:
        by_rule.update(line.by_rule)
    sums = {
        "n": sum(line.records for line in lines),
        "failed": sum(line.failing for line in lines),
        "earned": sum(round(line.score * line.records) for line in lines),
        "since": min((line.since for line in lines if line.since), default=None),
    }
    return _line("", "", sums, by_rule)


def fonds_seen_by(actor: Actor) -> QuerySet[Fonds]:
    """The fonds that hold something the actor may see."""
    visible = readable(Record.objects.filter(fonds_id=OuterRef("id")), actor)
    return Fonds.objects.filter(Exists(visible)).order_by("code")


def failures_of(fonds_id: UUID, rule: str, actor: Actor) -> QuerySet[QualityFailure]:
    """The records of a fonds that fail a rule, as far as the actor may see them."""
    visible = readable(Record.objects.filter(id=OuterRef("record_id")), actor)
    failing = QualityFailure.objects.filter(fonds_id=fonds_id, rule=rule)
    return failing.filter(Exists(visible)).select_related("record")


def line_as_json(line: QualityLine) -> dict[str, Any]:
    """A line as the API and the command line tell it."""
    return {name: getattr(line, name) for name in ("key", "label", "records", "failing", "score")} | {
        "by_rule": dict(line.by_rule)
    }
