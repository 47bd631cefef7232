"""Officers read one another's log and say so (互审). The log is the ledger itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden
from lantai.core.ports import require
from lantai.ledger import api as ledger

from .models import LogReview, Person
from .roles import keys_of, role_label, role_named, roles

REVIEW = "institutions.review_log"
STAFF = "staff"


def reviewed_by(actor: Actor) -> list[str]:
    """The roles whose log the actor reviews; ``staff`` stands for every business role."""
    return [role for held in sorted(actor.roles) if held in roles() for role in roles()[held].reviews]


def log_label(role: str) -> str:
    """What the log of a role is called."""
    return _("业务人员") if role == STAFF else role_label(role)


def entries_of(role: str, actor: Actor) -> QuerySet[ledger.Entry]:
    """The acts done in a role, newest first.

    Raises:
        Forbidden: the actor does not review that role.
    """
    if role not in reviewed_by(actor):
        raise Forbidden(
            _("这份日志不由您审查。"),
            subject=log_label(role),
            remedy=_("系统与安全管理员的日志由审计管理员审查，审计管理员的日志由安全管理员审查。"),
        )
    entries = ledger.Entry.objects.order_by("-at", "-id")
    if role != STAFF:
        return entries.filter(role=role_named(role).key)
    business = Q()
    for key in sorted(keys_of("business")):
        business |= Q(role=key) | Q(role__startswith=f"{key}+") | Q(role__contains=f"+{key}")
    return entries.filter(business)


def last_review(role: str) -> LogReview | None:
    """The latest statement on a role's log."""
    return LogReview.objects.filter(reviewed_role=role).first()


@transaction.atomic
def record_review(*, role: str, through: datetime, note: str, reviewer: Person, actor: Actor) -> LogReview:
    """States that a role's log was read up to a moment.

    Raises:
        Conflict: nothing was done in that role since the last statement.
    """
    require(actor, REVIEW, subject=role)
    entries = entries_of(role, actor).filter(at__lte=min(through, timezone.now()))
    previous = last_review(role)
    if previous is not None:
        entries = entries.filter(at__gt=previous.through)
    count = entries.count()
    if count == 0:
        raise Conflict(_("上次审查以来没有新的记录。"), subject=log_label(role))
    review = LogReview.objects.create(
        reviewed_role=role, reviewer=reviewer, through=through, entry_count=count, note=note.strip()
    )
    ledger.append(
        act=REVIEW,
        actor=actor,
        subject=f"log_review:{review.id}",
        after={"role": role, "through": through.isoformat(), "entries": count},
    )
    return review
