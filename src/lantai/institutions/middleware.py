"""Names the actor of every request and refuses what is not declared for one of the actor's roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect, render
from django.urls import ResolverMatch, reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from lantai.core.actors import ANONYMOUS, Actor
from lantai.core.errors import Forbidden
from lantai.core.zones import within_zone

from .declaration import declaration
from .gates import ALWAYS, CODE, awaits_code, gate_of
from .keys import Refused, admit
from .models import Person
from .operations import is_api, operation_of, page_name
from .selectors import api_key_actor, person_actor

Respond = Callable[[HttpRequest], HttpResponse]
POLL = "X-Lantai-Poll"
"""The header of a page's own requests."""
log = structlog.get_logger("lantai.access")


class ActorMiddleware:
    """Sets ``request.actor``; lets through what ``config/access.toml`` declares, and nothing else.

    Pages redirect strangers to the login page and show the others a refusal; the HTTP API
    answers 401 and 403 in JSON, and 429 with ``Retry-After`` to a key that calls too often.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Finds out who asks and passes the request on."""
        bearer = request.headers.get("Authorization", "")
        if bearer.startswith("Bearer "):
            key = admit(bearer.removeprefix("Bearer ").strip())
            if isinstance(key, Refused):
                return _refuse_key(key)
            actor = within_zone(api_key_actor(key))
        else:
            actor = _visitor(request)
        request.actor = actor  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Refuses what is not declared for the actor."""
        match = request.resolver_match
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if match is None:
            return None
        operation = operation_of(request, match) if is_api(match) else None
        if operation is not None:
            return _guard_operation(request, actor, operation)
        return _guard_page(request, actor, match)


class IdleMiddleware:
    """Counts idle time anew from what a person does, not from a page that asks by itself.

    Pages that follow a running task send :data:`POLL` with each of their own requests, so that a
    desk left alone with such a page open is logged out like any other.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Has the session saved, and by that prolonged, unless the page asked by itself."""
        if POLL not in request.headers:
            request.session.modified = True
        return self.get_response(request)


def _visitor(request: HttpRequest) -> Actor:
    person = request.user
    if not isinstance(person, Person) or awaits_code(request):
        return ANONYMOUS
    return within_zone(person_actor(person))


def _guard_operation(request: HttpRequest, actor: Actor, operation: str) -> HttpResponse | None:
    if actor.via == "web" and not actor.is_anonymous:
        if gate_of(request):
            return _answer(403, _("请先在网页上完成登录所需的步骤。"), operation)
        if _forged(request):
            return _answer(403, _("请求缺少防伪标记。"), operation)
    if declaration().answers(within_zone(actor, operation), operation):
        return None
    log.warning("operation refused", operation=operation, role=actor.role)
    if actor.is_anonymous:
        answer = _answer(401, _("请出示接口密钥或先登录。"), operation)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return _answer(403, _("您的角色不能调用此接口。"), operation)


def _guard_page(request: HttpRequest, actor: Actor, match: ResolverMatch) -> HttpResponse | None:
    name = page_name(match)
    gate = gate_of(request)
    if gate and name not in ALWAYS | {gate}:
        if gate == CODE and declaration().opens(ANONYMOUS, name):
            return None
        return _send(request, redirect(gate))
    guest = ANONYMOUS if actor.via == "api" else actor  # a key calls operations; pages are for people
    if declaration().opens(within_zone(guest, name), name):
        return None
    log.warning("page refused", page=name or match.route, role=actor.role)
    if is_api(match) or actor.via == "api":
        return _answer(401 if actor.is_anonymous else 403, _("此地址未向您开放。"), match.route)
    if actor.is_anonymous and name in declaration().pages:
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
        return _send(request, redirect_to_login(back, reverse(settings.LOGIN_URL)))
    error = Forbidden(_("您的角色不能打开这一页。"), remedy=_("如确需办理，请联系本单位的安全管理员授权。"))
    if declaration().opens(actor, name):
        error = Forbidden(_("这一页不在本网络服务。"), remedy=_("请到单位内部网络上的平台办理。"))
    return render(request, "ui/error.html", {"error": error}, status=403)


def _send(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A redirect that moves the whole page, also when htmx asked for a part of it."""
    return HttpResponseClientRedirect(response["Location"]) if request.headers.get("HX-Request") else response


def _forged(request: HttpRequest) -> bool:
    """Whether a browser session calls an operation without the page's token (CSRF)."""
    check = CsrfViewMiddleware(lambda _request: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _request: HttpResponse(), (), {}) is not None


def _refuse_key(refused: Refused) -> JsonResponse:
    if refused.retry_after_s is None:
        answer = _answer(401, refused.reason, "", _("请向档案室或安全管理员申请新的密钥。"))
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    wait = _("请在 {seconds} 秒后重试。").format(seconds=refused.retry_after_s)
    answer = _answer(429, refused.reason, "", wait)
    answer["Retry-After"] = str(refused.retry_after_s)
    return answer


def _answer(status: int, message: str, subject: str, remedy: str = "") -> JsonResponse:
    body = {"message": message, "subject": subject, "remedy": remedy}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
