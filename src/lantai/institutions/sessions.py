"""Sessions: how many a person has, which the oldest is, and how they end."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lantai.core.settings import SESSIONS_PER_PERSON

from .models import Person, SessionRecord


def remember_session(request: HttpRequest, user: Person, **_signal: Any) -> None:
    """At login: keeps the session on record and ends the oldest ones over the limit."""
    if request.session.session_key is None:
        request.session.save()
    agent = request.META.get("HTTP_USER_AGENT", "")[:120]
    SessionRecord.objects.update_or_create(
        session_key=request.session.session_key, defaults={"person": user, "agent": agent}
    )
    surplus = live_sessions(user)[SESSIONS_PER_PERSON.read() :]
    _end([record.session_key for record in surplus])


_BROWSERS = {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
_SYSTEMS = {
    "HarmonyOS": _("鸿蒙"),
    "Android": _("安卓"),
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Kylin": _("麒麟"),
    "UOS": _("统信"),
    "Linux": "Linux",
}


def browser_of(agent: str) -> str:
    """A browser and a system as people know them, from what the browser says of itself."""
    browser = next((name for sign, name in _BROWSERS.items() if sign in agent), gettext("其他浏览器"))
    system = next((name for sign, name in _SYSTEMS.items() if sign in agent), "")
    return f"{browser} · {system}" if system else browser


def follow_session(request: HttpRequest, old_key: str | None) -> None:
    """Keeps a session on record after it was given a new key."""
    SessionRecord.objects.filter(session_key=old_key).update(session_key=request.session.session_key)


def live_sessions(person: Person) -> list[SessionRecord]:
    """The person's sessions that have not ended, newest first; records of ended ones are removed."""
    records = list(person.session_records.order_by("-started_at", "-id"))
    keys = [record.session_key for record in records]
    live = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    _end([key for key in keys if key not in live])
    return [record for record in records if record.session_key in live]


def end_sessions(person: Person, *, except_key: str | None = None, only: SessionRecord | None = None) -> int:
    """Ends all of a person's sessions, all but one, or only one. Returns how many."""
    records = person.session_records.exclude(session_key=except_key or "")
    if only is not None:
        records = records.filter(id=only.id)
    keys = list(records.values_list("session_key", flat=True))
    _end(keys)
    return len(keys)


def _end(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    SessionRecord.objects.filter(session_key__in=keys).delete()
