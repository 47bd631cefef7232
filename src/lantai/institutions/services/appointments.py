"""Who holds which role, and rights granted for a term. The security officer's work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.ports import require
from lantai.ledger import api as ledger

from ..models import Appointment, Department, Grant, Organisation, Person
from ..rights import RECORD_ACTS, classifications, words_of
from ..roles import excluded_by, keys_of, role_label, role_named

APPOINT, DISMISS = "institutions.appoint", "institutions.dismiss"
GRANT, REVOKE = "institutions.grant", "institutions.revoke_grant"


@transaction.atomic
def appoint(
    *,
    person: Person,
    role: str,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
) -> Appointment:
    """Gives a person a role in the person's own organisation, from ``since`` (now) to before ``until``.

    Raises:
        Conflict: the role excludes one held in that term, or is held already.
        Invalid: the term is empty, or a role with a reach is given to somebody of no organisation.
        Forbidden: nobody appoints themselves.
    """
    require(actor, APPOINT, subject=person.username)
    if actor.id == str(person.id):
        raise Forbidden(_("不能给自己授予角色。"), subject=person.username)
    _check_place(person, role)
    since = since or timezone.now()
    if until is not None and until <= since:
        raise Invalid(_("任期的止日应晚于起日。"), subject=person.username)
    Person.objects.select_for_update().get(id=person.id)  # two appointments at once see each other
    held = _held_during(person, since, until)
    if conflicts := excluded_by(role, held):
        raise Conflict(
            _("“{role}”与已任的“{held}”互斥，不得兼任。").format(
                role=role_label(role), held="、".join(map(role_label, conflicts))
            ),
            subject=person.username,
            remedy=_("三员之间、三员与业务岗位之间不得兼任；请先解除原任职，或换一个人。"),
        )
    if role in held:
        raise Conflict(_("该人已任此角色。"), subject=f"{person.username} · {role_label(role)}")
    appointment = Appointment.objects.create(
        person=person,
        role=role,
        organisation=person.organisation,
        since=since,
        until=until,
        granted_by=actor.id,
    )
    ledger.append(act=APPOINT, actor=actor, subject=f"person:{person.id}", after={"role": role})
    return appointment


@transaction.atomic
def dismiss(*, appointment: Appointment, actor: Actor) -> None:
    """Ends a role now; one that has not begun is ended before it begins."""
    require(actor, DISMISS, subject=appointment.person.username)
    if actor.id == str(appointment.person_id):
        raise Forbidden(_("不能解除自己的任职。"), subject=appointment.person.username)
    now = timezone.now()
    if appointment.until is not None and appointment.until <= now:
        raise Conflict(_("该任职已经结束。"), subject=role_label(appointment.role))
    appointment.until = max(now, appointment.since)
    appointment.save(update_fields=["until"])
    ledger.append(
        act=DISMISS,
        actor=actor,
        subject=f"person:{appointment.person_id}",
        before={"role": appointment.role},
    )


@transaction.atomic
def grant(
    *,
    person: Person,
    acts: Sequence[str],
    until: datetime,
    reason: str,
    since: datetime | None = None,
    organisation: Organisation | None = None,
    fonds_id: UUID | None = None,
    category: str = "",
    year_from: int | None = None,
    year_to: int | None = None,
    classification_max: str = "",
    opening_marks: Sequence[str] = (),
    department: Department | None = None,
    actor: Actor,
) -> Grant:
    """Widens a person's rights for a term, to records that meet every given condition.

    ``acts`` are words of the four record acts: ``entry``, ``original``, ``print``, ``download``.
    Every grant ends, at ``until``.

    Raises:
        Invalid: no act, no end, no reason, or neither an organisation nor a fonds named.
        Conflict: officers get no rights over records.
    """
    require(actor, GRANT, subject=person.username)
    since = since or timezone.now()
    _check_grant(person, acts, since, until, reason, classification_max)
    if organisation is None and fonds_id is None:
        raise Invalid(_("授权须指明单位或全宗。"), remedy=_("请选择授权涉及的单位，或填写全宗。"))
    if year_from is not None and year_to is not None and year_to < year_from:
        raise Invalid(_("年度的止年早于起年。"), subject=f"{year_from}–{year_to}")
    given = Grant.objects.create(
        person=person,
        organisation=organisation,
        fonds_id=fonds_id,
        category=category,
        year_from=year_from,
        year_to=year_to,
        classification_max=classification_max,
        opening_marks=list(opening_marks),
        department=department,
        acts=words_of(acts),
        since=since,
        until=until,
        reason=reason.strip(),
        granted_by=actor.id,
    )
    ledger.append(
        act=GRANT,
        actor=actor,
        subject=f"person:{person.id}",
        after={"grant": str(given.id), "acts": given.acts, "until": until.isoformat()},
    )
    return given


@transaction.atomic
def revoke_grant(*, grant: Grant, actor: Actor) -> None:
    """Ends a grant now."""
    require(actor, REVOKE, subject=grant.person.username)
    now = timezone.now()
    if grant.until <= now:
        raise Conflict(_("该授权已经结束。"), subject=grant.reason)
    grant.until = max(now, grant.since)
    grant.save(update_fields=["until"])
    ledger.append(
        act=REVOKE, actor=actor, subject=f"person:{grant.person_id}", before={"grant": str(grant.id)}
    )


def _check_place(person: Person, role: str) -> None:
    reach = role_named(role).reach
    if reach != "any" and person.organisation is None:
        raise Invalid(
            _("该账号没有所属单位，不能担任“{role}”。").format(role=role_label(role)),
            subject=person.username,
            remedy=_("请系统管理员先为其指定所属单位。"),
        )
    if reach == "department" and person.department is None:
        raise Invalid(
            _("该账号没有所属处室，不能担任“{role}”。").format(role=role_label(role)),
            subject=person.username,
            remedy=_("请系统管理员先为其指定所属处室。"),
        )
    kind = Organisation.Kind.ARCHIVE
    if reach == "custody" and person.organisation and person.organisation.kind != kind:
        raise Invalid(
            _("“{role}”只能由档案馆的人员担任。").format(role=role_label(role)), subject=person.username
        )


def _held_during(person: Person, since: datetime, until: datetime | None) -> set[str]:
    terms = person.appointments.filter(Q(until__isnull=True) | Q(until__gt=since))
    if until is not None:
        terms = terms.filter(since__lt=until)
    return set(terms.values_list("role", flat=True))


def _check_grant(
    person: Person,
    acts: Sequence[str],
    since: datetime,
    until: datetime,
    reason: str,
    classification_max: str,
) -> None:
    officer = _held_during(person, since, until) & keys_of("officer")
    if officer:
        raise Conflict(
            _("三员不得取得档案的利用权限。"), subject=person.username, remedy=_("请授权给业务人员。")
        )
    words = {act.removeprefix("record.") for act in RECORD_ACTS}
    if not acts or set(acts) - words:
        raise Invalid(_("请至少选择一项许可。"), remedy=_("看目录、看原文、打印、下载。"))
    if until <= since:
        raise Invalid(_("授权的止日应晚于起日。"), subject=person.username)
    if not reason.strip():
        raise Invalid(_("请写明授权事由。"), remedy=_("例如：编纂某专题需查阅。"))
    if classification_max not in classifications():
        raise Invalid(
            _("密级上限“{word}”不在可授权的范围内。").format(word=classification_max),
            remedy="、".join(filter(None, classifications())),
        )
