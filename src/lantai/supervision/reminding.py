"""Reminding agencies of what is overdue: a notice on the desk, an e-mail where there is a mail server.

Who is told, and how it escalates, is data (``data/reminders.toml``). Never more than one a day.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from lantai.capture import api as capture
from lantai.core import settings
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import Organisation
from lantai.ledger.api import append

from .mail import send_mail
from .models import Reminder

_SHIPPED = Path(__file__).parent / "data" / "reminders.toml"


def remind(*, agency: Organisation, actor: Actor, note: str = "") -> Reminder:
    """Reminds an agency of what is overdue now.

    Args:
        agency: who is late.
        actor: who reminds.
        note: what the supervisor adds.

    Raises:
        Forbidden: the agency lies outside the supervisor's region.
        Conflict: nothing is overdue, or the agency was reminded today.
    """
    require(actor, "supervision.remind", Scope(organisation_id=agency.id), subject=agency.name)
    overdue, oldest = capture.overdue_of(agency.id)
    if not overdue or oldest is None:
        raise Conflict(_("这个单位现在没有逾期未归的，不用催办。"), subject=agency.name)
    today = timezone.localdate()
    level, rule = level_of((today - oldest).days)
    reminder = Reminder(
        agency=agency,
        sent_on=today,
        sent_by=actor.id,
        sent_by_name=actor.name,
        level=level,
        roles=rule["roles"],
        overdue=overdue,
        oldest_due=oldest,
        text=_text(rule["name"], overdue, oldest, note),
    )
    try:
        with transaction.atomic():
            reminder.save(force_insert=True)
            append(
                act="supervision.remind",
                actor=actor,
                subject=f"organisation:{agency.id}",
                after={
                    "level": level,
                    "overdue": overdue,
                    "oldest_due": oldest.isoformat(),
                    "text": reminder.text,
                },
            )
    except IntegrityError:
        raise Conflict(
            _("今天已经催办过，一天最多一次。"), subject=agency.name, remedy=_("请明天再办，或电话联系。")
        ) from None
    _mail(reminder)
    return reminder


def remind_due() -> int:
    """Reminds every agency whose turn it is; by the worker."""
    rule = reminder_rules()
    if not rule["automatic"]:
        return 0
    today = timezone.localdate()
    since = today - datetime.timedelta(days=rule["pause_days"])
    known = capture.late_agencies(today - datetime.timedelta(days=rule["grace_days"]))
    recent = set(Reminder.objects.filter(sent_on__gt=since).values_list("agency_id", flat=True))
    late = [agency_id for agency_id in known if agency_id not in recent]
    for agency in Organisation.objects.filter(id__in=late, active=True):
        remind(agency=agency, actor=SYSTEM)
    return len(late)


def standing_reminder(agency_id: UUID, roles: Iterable[str]) -> Reminder | None:
    """The last reminder that tells one of these roles, while anything is still overdue."""
    last = Reminder.objects.filter(agency_id=agency_id).first()
    if last is None or not set(roles) & set(last.roles) or not capture.overdue_of(agency_id)[0]:
        return None
    return last


def level_of(days_late: int) -> tuple[int, dict[str, Any]]:
    """How far lateness has escalated: the level's place from 1, and its rule."""
    levels = list(enumerate(sorted(reminder_rules()["level"], key=lambda rule: rule["after_days"]), 1))
    reached = [(place, rule) for place, rule in levels if rule["after_days"] <= days_late]
    return reached[-1] if reached else levels[0]


def reminder_rules() -> dict[str, Any]:
    """The rules as they stand now."""
    own = settings.home() / "data" / "reminders.toml"
    path = own if own.exists() else _SHIPPED
    return _parsed(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _parsed(path: str, _changed_ns: int) -> dict[str, Any]:
    return tomllib.loads(Path(path).read_text(encoding="utf-8"))


def _text(name: str, overdue: int, oldest: datetime.date, note: str) -> str:
    told = _("%(name)s：有 %(overdue)s 项逾期未归，最早的应于 %(oldest)s 前归档。请归档，或说明原因。") % {
        "name": name, "overdue": overdue, "oldest": oldest,
    }  # fmt: skip
    return f"{told}{note.strip()}"[:500]


def _mail(reminder: Reminder) -> None:
    """The mail is sent when the reminder stands; one that fails is told on it and stops nothing."""
    addresses = reminder_rules().get("addresses", {}).get(reminder.agency.code, [])
    if not addresses or not settings.MAIL_URL.read():
        return
    subject = _("归档催办：%(agency)s") % {"agency": reminder.agency.name}
    reminder.mail_problem = send_mail(subject=subject, text=reminder.text, addresses=addresses)
    reminder.mailed_to = [] if reminder.mail_problem else addresses
    reminder.save(update_fields=["mail_problem", "mailed_to"])
