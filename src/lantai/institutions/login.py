"""Logging in and out: password, second factor, lock-out."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.contrib.auth import login as start_session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as confirm_device

from lantai.core.errors import Invalid
from lantai.core.settings import OIDC_URL
from lantai.core.zones import admits
from lantai.ledger import api as ledger

from .forms import CodeForm, LoginForm
from .gates import awaits_code, open_gate
from .models import Person
from .second_factor import verify
from .selectors import person_actor
from .sessions import follow_session


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """The login page (登录)."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = authenticate(
            request, username=form.cleaned_data["username"], password=form.cleaned_data["password"]
        )
        if isinstance(person, Person) and admits(person_actor(person)):
            return _enter(request, person)
        if person is None:
            form.refuse()
        else:
            form.refuse_here()
    return render(
        request,
        "institutions/login.html",
        {"form": form, "next": following(request), "provider": bool(OIDC_URL.read())},
        status=200 if request.method != "POST" or getattr(request, "axes_locked_out", False) else 422,
    )


def _enter(request: HttpRequest, person: Person) -> HttpResponse:
    after = following(request)
    with transaction.atomic():
        start_session(request, person)
        ledger.append(act="institutions.log_in", actor=person_actor(person), subject=f"person:{person.id}")
    if awaits_code(request):
        request.session["next"] = after
        return redirect("institutions:code")
    return redirect(after)


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second factor (动态口令): a code of the authenticator, or a recovery code."""
    person = request.user
    if not isinstance(person, Person) or not awaits_code(request):
        return redirect(settings.LOGIN_URL)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device = verify(person=person, code=form.cleaned_data["code"])
        except Invalid as error:
            form.add_error("code", f"{error.message}{error.remedy}")
        else:
            after = request.session.pop("next", resolve_url(settings.LOGIN_REDIRECT_URL))
            old_key = request.session.session_key
            request.session.cycle_key()
            follow_session(request, old_key)
            confirm_device(request, device)
            open_gate(request)
            return redirect(after)
    status = 422 if form.errors else 200
    return render(request, "institutions/code.html", {"form": form, "person": person}, status=status)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Logs out (退出)."""
    person = request.user
    if isinstance(person, Person):
        ledger.append(act="institutions.log_out", actor=person_actor(person), subject=f"person:{person.id}")
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


def locked_out(request: HttpRequest, *_credentials: Any) -> HttpResponse:
    """The page after too many wrong passwords: how long to wait, whom to ask."""
    cool_off = get_cool_off(request)
    minutes = round(cool_off.total_seconds() / 60) if cool_off else 0
    context = {"minutes": minutes, "limit": settings.AXES_FAILURE_LIMIT}
    return render(request, "institutions/locked_out.html", context, status=429)


def client_address(request: HttpRequest) -> str:
    """Where a login comes from: the last word of the proxy on this machine, else the other end itself.

    What stands before it in the header the caller may have written; from anywhere else all of it.
    """
    other_end = str(request.META.get("REMOTE_ADDR", ""))
    try:
        from_proxy = ip_address(other_end).is_loopback
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        return str(ip_address(told)) if from_proxy and told else other_end
    except ValueError:
        return other_end


def following(request: HttpRequest) -> str:
    """Where to go after login: only within this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
