"""What a person has to do after the password and before anything else: code, new password, authenticator."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from lantai.core.settings import REQUIRE_TOTP

from .models import Person
from .passwords import has_expired

AWAITS = "awaits"
ENTERED_BY = "entered_by"
CODE, PASSWORD, AUTHENTICATOR = "institutions:code", "institutions:password", "institutions:authenticator"
ALWAYS = frozenset({"institutions:logout", "set_language", "ui:preferences"})
"""Pages that stay open while a gate is shut."""


def has_authenticator(person: Person) -> bool:
    """Whether a confirmed authenticator (动态口令) is enrolled."""
    return bool(TOTPDevice.objects.filter(user=person, confirmed=True).exists())


def shut_gates(request: HttpRequest, user: Person, **_signal: Any) -> None:
    """At login by password: the second factor is still to come, or still to be enrolled."""
    request.session.pop(ENTERED_BY, None)
    request.session.pop(AWAITS, None)
    if has_authenticator(user):
        request.session[AWAITS] = CODE
    elif REQUIRE_TOTP.read():
        request.session[AWAITS] = AUTHENTICATOR


def enter_by_provider(request: HttpRequest) -> None:
    """At login by the identity provider, which answers for its own factors and passwords."""
    request.session.pop(AWAITS, None)
    request.session[ENTERED_BY] = "provider"


def open_gate(request: HttpRequest) -> None:
    """The second factor was shown or enrolled."""
    request.session.pop(AWAITS, None)


def awaits_code(request: HttpRequest) -> bool:
    """Whether only the password was shown so far: nobody is logged in yet."""
    return bool(request.session.get(AWAITS) == CODE)


def gate_of(request: HttpRequest) -> str | None:
    """The page the person has to pass first, if any."""
    person = request.user
    if not isinstance(person, Person):
        return None
    if awaits_code(request):
        return CODE
    if request.session.get(ENTERED_BY) != "provider" and has_expired(person):
        return PASSWORD
    return AUTHENTICATOR if request.session.get(AWAITS) == AUTHENTICATOR else None
