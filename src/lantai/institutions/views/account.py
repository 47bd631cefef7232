"""One's own account (我的账号): password, authenticator, sessions."""

from __future__ import annotations

from base64 import b32encode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as confirm_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from lantai.core.errors import Forbidden, Invalid

from ..forms import EnrolForm, PasswordForm, day_of
from ..gates import AUTHENTICATOR, PASSWORD, gate_of, has_authenticator, open_gate
from ..models import Person, SessionRecord
from ..roles import role_label
from ..second_factor import device_to_enrol, enrol, qr_of
from ..selectors import actor_of, current_appointments, person_actor
from ..services.accounts import change_password
from ..sessions import browser_of, end_sessions, follow_session, live_sessions


def person_of(request: HttpRequest) -> Person:
    """Who is logged in.

    Raises:
        Forbidden: nobody is; an office system's key has no account.
    """
    if not isinstance(request.user, Person):
        raise Forbidden(_("这一页只给登录的人看。"), remedy=_("请先登录。"))
    return request.user


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what I may do until when, and where I am logged in."""
    person = person_of(request)
    context = {
        "person": person,
        "appointments": [
            (role_label(each.role), day_of(each.until)) for each in current_appointments(person)
        ],
        "authenticator": has_authenticator(person),
        "codes_left": person.recovery_codes.filter(used_at__isnull=True).count(),
        "sessions": [(each, browser_of(each.agent)) for each in live_sessions(person)],
        "here": request.session.session_key,
    }
    return render(request, "institutions/account.html", context)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Changes my password; the other sessions end."""
    person = person_of(request)
    forced = gate_of(request) == PASSWORD
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_password(
                person=person,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                actor=person_actor(person),
            )
        except Invalid as error:
            form.add_error(None, f"{error.message}{error.remedy}")
        else:
            old_key = request.session.session_key
            end_sessions(person, except_key=old_key)
            update_session_auth_hash(request, person)
            follow_session(request, old_key)
            messages.success(request, _("口令已更换，其他地方的登录已退出。"))
            return redirect("faces:desk" if forced else "institutions:account")
    status = 422 if form.errors else 200
    return render(request, "institutions/password.html", {"form": form, "forced": forced}, status=status)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authenticator(request: HttpRequest) -> HttpResponse:
    """Enrols an authenticator and shows the recovery codes once."""
    person = person_of(request)
    replaces = has_authenticator(person)
    form = EnrolForm(request.POST or None, replaces=replaces)
    device = device_to_enrol(person)
    if request.method == "POST" and form.is_valid():
        try:
            codes = enrol(person=person, actor=actor_of(request), **form.cleaned_data)
        except Invalid as error:
            form.add_error(None, f"{error.message}{error.remedy}")
        else:
            device.refresh_from_db()
            confirm_device(request, device)
            open_gate(request)
            return render(request, "institutions/recovery_codes.html", {"codes": codes})
    context = {
        "form": form,
        "qr": qr_of(device),
        "secret": _grouped(device),
        "forced": gate_of(request) == AUTHENTICATOR,
        "replaces": replaces,
    }
    return render(request, "institutions/authenticator.html", context, status=422 if form.errors else 200)


def _grouped(device: TOTPDevice) -> str:
    """The secret in groups of four, for typing by hand."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@require_POST
def end_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Ends one of my other sessions."""
    person = person_of(request)
    record = get_object_or_404(SessionRecord, id=session_id, person=person)
    end_sessions(person, only=record)
    messages.success(request, _("已退出那一处登录。"))
    return redirect("institutions:account")
