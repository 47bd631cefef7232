"""Proposing a retention term from a title (归档范围和保管期限表). The clerk may overrule it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.ports import Scope, require
from lantai.ledger.api import append

from .models import RetentionRule, RetentionSchedule
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
    _, word, line = max(fitting, key=lambda found: found[0])
    reason = f"题名含“{word}”，依{line.source}第 {line.number} 条“{line.material}”。"
    return Proposal(retention_term(line.retention), line.number, line.material, reason, line.rule_id)


def _rank(word: str, title: str, own: bool) -> tuple[int, bool, int]:
    return len(word), own, -title.index(word)


@transaction.atomic
def adopt_reference_schedule(
    *, agency_id: UUID, name: str, version: str, effective_from: date, approval_number: str = "", actor: Actor
) -> RetentionSchedule:
    """Gives an agency a schedule of its own, copied from the reference one, to be edited from there."""
    require(actor, "records.set_up", Scope(organisation_id=agency_id), subject=name)
    schedule = RetentionSchedule.objects.create(
        agency_id=agency_id,
        name=name,
        version=version,
        effective_from=effective_from,
        approval_number=approval_number,
    )
    rows = read_table("retention")["rule"]
    RetentionRule.objects.bulk_create(
        RetentionRule(
            schedule=schedule,
            number=row["number"],
            heading=row["heading"],
            material=row["material"],
            keywords=row["any"],
            retention=retention_term(row["retention"]).code,
        )
        for row in rows
    )
    append(
        act="records.set_up", actor=actor, subject=f"schedule:{schedule.id}",
        after={"version": version, "approval": approval_number, "rules": len(rows)},
    )  # fmt: skip
    return schedule


def _lines(agency_id: UUID, on: date, department_id: UUID | None) -> Iterable[tuple[_Line, bool]]:
    schedule = (
        RetentionSchedule.objects.filter(agency_id=agency_id, effective_from__lte=on)
        .filter(Q(effective_to__isnull=True) | Q(effective_to__gte=on))
        .order_by("-effective_from")
        .first()
    )
    if schedule is None:
        for row in read_table("retention")["rule"]:
            yield _Line(row["number"], row["material"], row["any"], row["retention"], "参考保管期限表"), False
        return
    for rule in schedule.rules.filter(Q(department=None) | Q(department_id=department_id)):
        line = _Line(
            rule.number, rule.material, rule.keywords, rule.retention, f"《{schedule.name}》", rule.id
        )
        yield line, rule.department_id is not None
