"""An agency's retention schedule (归档范围和保管期限表): adopted, then edited rule by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.ports import Scope, require
from lantai.ledger.api import append

from .models import RetentionRule, RetentionSchedule
from .setting_up import SET_UP
from .tables import read_table
from .terms import retention_term
from .vocabulary import VersionState

SCHEDULE_FIELDS = ("name", "version", "approval_number", "effective_from", "effective_to")
RULE_FIELDS = (
    "number", "heading", "material", "keywords", "document_types", "issuers", "retention", "department_id",
    "to_archive", "note",
)  # fmt: skip


@transaction.atomic
def adopt_reference_schedule(
    *, agency_id: UUID, name: str, version: str, effective_from: date, approval_number: str = "", actor: Actor
) -> RetentionSchedule:
    """Gives an agency a schedule of its own, copied from the reference one, to be edited from there.

    Raises:
        Conflict: the agency has a schedule of that version.
        Invalid: the name or version is missing.
    """
    require(actor, SET_UP, Scope(organisation_id=agency_id), subject=name)
    schedule = RetentionSchedule(
        agency_id=agency_id,
        name=name,
        version=version,
        effective_from=effective_from,
        approval_number=approval_number,
    )
    _check_schedule(schedule)
    schedule.save()
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
        act=SET_UP, actor=actor, subject=f"schedule:{schedule.id}",
        after=_values(schedule, SCHEDULE_FIELDS) | {"rules": len(rows)},
    )  # fmt: skip
    return schedule


@transaction.atomic
def import_schedule(
    *, schedule: RetentionSchedule, rules: Sequence[RetentionRule], actor: Actor
) -> RetentionSchedule:
    """Makes a draft of an agency's schedule from the rules of its spreadsheet, all or none.

    Raises:
        Conflict: the agency has a schedule of that version, or a number stands twice.
        Invalid: there is no rule, or one lacks its number, its material or a known term.
    """
    require(actor, SET_UP, Scope(organisation_id=schedule.agency_id), subject=schedule.name)
    _check_schedule(schedule)
    if not rules:
        raise Invalid(_("表里没有条款。"), subject=schedule.name)
    numbers = Counter(rule.number for rule in rules)
    for rule in rules:
        rule.schedule = schedule
        _check_rule(rule)
        if numbers[rule.number] > 1:
            raise Conflict(_("表中已有这个条款号。"), subject=rule.number, remedy=_("请另编条款号。"))
    schedule.state = VersionState.DRAFT
    schedule.save()
    RetentionRule.objects.bulk_create(rules)
    append(
        act=SET_UP, actor=actor, subject=f"schedule:{schedule.id}", count=len(rules),
        after=_values(schedule, SCHEDULE_FIELDS) | {"rules": [_values(rule, RULE_FIELDS) for rule in rules]},
    )  # fmt: skip
    return schedule


@transaction.atomic
def change_schedule(*, schedule: RetentionSchedule, actor: Actor) -> RetentionSchedule:
    """Saves a schedule's name, version, approval number and dates.

    Raises:
        Conflict: see :func:`adopt_reference_schedule`.
        Invalid: see :func:`adopt_reference_schedule`; or the dates are in the wrong order.
    """
    stored = RetentionSchedule.objects.select_for_update().get(id=schedule.id)
    require(actor, SET_UP, Scope(organisation_id=stored.agency_id), subject=str(stored))
    refuse_unless_draft(stored)
    _check_schedule(schedule)
    before, after = _values(stored, SCHEDULE_FIELDS), _values(schedule, SCHEDULE_FIELDS)
    if before != after:
        schedule.save()
        append(act=SET_UP, actor=actor, subject=f"schedule:{schedule.id}", before=before, after=after)
    return schedule


@transaction.atomic
def save_rule(*, rule: RetentionRule, actor: Actor) -> RetentionRule:
    """Adds a rule to its schedule, or saves a changed one.

    Raises:
        Conflict: the schedule has a rule of that number.
        Invalid: the term is not known, the material is missing, or the department is another agency's.
    """
    schedule = RetentionSchedule.objects.select_for_update().get(id=rule.schedule_id)
    require(actor, SET_UP, Scope(organisation_id=schedule.agency_id), subject=str(schedule))
    refuse_unless_draft(schedule)
    _check_rule(rule)
    if rule.department and rule.department.organisation_id != schedule.agency_id:
        raise Invalid(_("这个处室不属于本单位。"), subject=rule.department.name)
    if schedule.rules.filter(number=rule.number).exclude(id=rule.id).exists():
        raise Conflict(_("表中已有这个条款号。"), subject=rule.number, remedy=_("请另编条款号。"))
    stored = RetentionRule.objects.filter(id=rule.id).first()
    before, after = stored and _values(stored, RULE_FIELDS), _values(rule, RULE_FIELDS)
    if before != after:
        rule.save()
        append(act=SET_UP, actor=actor, subject=f"schedule:{schedule.id}", before=before, after=after)
    return rule


@transaction.atomic
def remove_rule(*, rule: RetentionRule, actor: Actor) -> None:
    """Takes a rule out of its schedule; what it was stays in the ledger as a digest."""
    schedule = RetentionSchedule.objects.select_for_update().get(id=rule.schedule_id)
    require(actor, SET_UP, Scope(organisation_id=schedule.agency_id), subject=str(schedule))
    refuse_unless_draft(schedule)
    append(act=SET_UP, actor=actor, subject=f"schedule:{schedule.id}", before=_values(rule, RULE_FIELDS))
    rule.delete()


def refuse_unless_draft(schedule: RetentionSchedule) -> None:
    """Raises ``Conflict`` for a version that somebody relies on already."""
    if schedule.state != VersionState.DRAFT:
        raise Conflict(
            _("这一版已经报批或批准，不能再改。"), subject=str(schedule),
            remedy=_("请另立新版；正在报批的，可请档案馆退回。"),
        )  # fmt: skip


def _check_rule(rule: RetentionRule) -> None:
    if not rule.number.strip() or not rule.material.strip():
        raise Invalid(_("条款号和归档文件材料名称不能为空。"), subject=rule.number or rule.material)
    rule.retention = retention_term(rule.retention).code


def _check_schedule(schedule: RetentionSchedule) -> None:
    if not schedule.name.strip() or not schedule.version.strip():
        raise Invalid(_("保管期限表的名称和版本不能为空。"))
    if schedule.effective_to and schedule.effective_to < schedule.effective_from:
        raise Invalid(_("失效日早于生效日。"), subject=str(schedule))
    same = RetentionSchedule.objects.filter(agency_id=schedule.agency_id, version=schedule.version)
    if same.exclude(id=schedule.id).exists():
        raise Conflict(
            _("本单位已有这个版本的保管期限表。"), subject=schedule.version,
            remedy=_("请另写版本，例如制定的年份。"),
        )  # fmt: skip


def _values(row: RetentionSchedule | RetentionRule, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}
