"""Proposing a retention term from a title (归档范围和保管期限表). The clerk may overrule it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from lantai.core.language import gettext as _

from .models import RetentionSchedule
from .tables import read_table
from .terms import RetentionTerm, retention_term


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed term: the rule it comes from, and why that rule."""

    term: RetentionTerm
    rule_number: str
    material: str
    reason: str
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A rule as it is matched, from the agency's schedule or the reference one."""

    number: str
    material: str
    words: Sequence[str]
    retention: str
    source: str
    rule_id: UUID | None = None


def propose_retention(
    title: str, agency_id: UUID, on: date | None = None, department_id: UUID | None = None
) -> Proposal | None:
    """The term of the rule whose longest word stands in the title; ``None`` if no rule fits.

    The agency's schedule in force on that day counts; an agency without one is served by the
    reference schedule of ``data/retention.toml``. Of words of one length that of a rule for the
    clerk's own department counts, then the one that stands first: a title names its matter
    before its kind (关于放假的通知).
    """
    fitting = [
        (_rank(word, title, own), word, line)
        for line, own in _lines(agency_id, on or timezone.localdate(), department_id)
        for word in line.words
        if word and word in title
    ]
    if not fitting:
        return None
    _rank_of, word, line = max(fitting, key=lambda found: found[0])
    reason = _("题名含“%(word)s”，依%(source)s第 %(number)s 条“%(material)s”。") % {
        "word": word,
        "source": line.source,
        "number": line.number,
        "material": line.material,
    }
    return Proposal(retention_term(line.retention), line.number, line.material, reason, line.rule_id)


def _rank(word: str, title: str, own: bool) -> tuple[int, bool, int]:
    return len(word), own, -title.index(word)


def _lines(agency_id: UUID, on: date, department_id: UUID | None) -> Iterable[tuple[_Line, bool]]:
    schedule = (
        RetentionSchedule.objects.filter(agency_id=agency_id, effective_from__lte=on)
        .filter(Q(effective_to__isnull=True) | Q(effective_to__gte=on))
        .order_by("-effective_from")
        .first()
    )
    if schedule is None:
        for row in read_table("retention")["rule"]:
            yield (
                _Line(row["number"], row["material"], row["any"], row["retention"], _("参考保管期限表")),
                False,
            )
        return
    for rule in schedule.rules.filter(Q(department=None) | Q(department_id=department_id)):
        line = _Line(
            rule.number, rule.material, rule.keywords, rule.retention, f"《{schedule.name}》", rule.id
        )
        yield line, rule.department_id is not None
