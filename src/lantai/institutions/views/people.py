"""People (人员): the system officer opens accounts, the security officer appoints and grants."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.core.errors import LantaiError
from lantai.ui.api import keyset_page

from ..forms import ACTS, AccountForm, AppointForm, GrantForm, day_of, end_of, people_matching
from ..gates import has_authenticator
from ..models import Appointment, Grant, Person
from ..roles import role_label
from ..selectors import actor_names, actor_of, current_appointments
from ..services.accounts import create_person, new_password, remove_authenticator, reset_password, set_active
from ..services.appointments import appoint, dismiss, grant, revoke_grant


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """All accounts, with the roles held now."""
    query = request.GET.get("q", "").strip()
    found = people_matching(query) if query else Person.objects.select_related("organisation")
    page = keyset_page(found, request, order=("username", "id"))
    now = timezone.now()
    held: dict[UUID, list[str]] = {}
    for each in Appointment.objects.filter(person__in=page.items, since__lte=now).exclude(until__lte=now):
        held.setdefault(each.person_id, []).append(role_label(each.role))
    rows = [(person, held.get(person.id, [])) for person in page.items]
    return render(request, "institutions/people.html", {"page": page, "rows": rows, "query": query})


@never_cache
@require_safe
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One account: where it belongs, which roles and grants it has, since and until when."""
    return _show(request, _person(person_id))


def _person(person_id: UUID) -> Person:
    return get_object_or_404(Person.objects.select_related("organisation", "department"), id=person_id)


def _show(request: HttpRequest, shown: Person, status: int = 200, **context: Any) -> HttpResponse:
    now = timezone.now()
    appointments = list(shown.appointments.order_by("-since"))
    grants = list(shown.grants.select_related("organisation"))
    names = actor_names({each.granted_by for each in appointments} | {each.granted_by for each in grants})
    defaults = {
        "person": shown,
        "current": [role_label(each.role) for each in current_appointments(shown)],
        "appointments": [
            (
                each,
                role_label(each.role),
                day_of(each.until),
                names.get(each.granted_by, ""),
                _live(each, now),
            )
            for each in appointments
        ],
        "grants": [
            (each, _acts(each), day_of(each.until), names.get(each.granted_by, ""), _live(each, now))
            for each in grants
        ],
        "authenticator": has_authenticator(shown),
        "appoint_form": AppointForm(),
        "grant_form": GrantForm(),
    }
    return render(request, "institutions/person.html", defaults | context, status=status)


def _live(term: Appointment | Grant, now: Any) -> bool:
    return term.until is None or term.until > now


def _acts(given: Grant) -> str:
    return "、".join(str(label) for word, label in ACTS if word in given.acts)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_account(request: HttpRequest) -> HttpResponse:
    """Opens an account with a first password, shown once."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        first = new_password()
        try:
            opened = create_person(**form.cleaned_data, password=first, actor=actor_of(request))
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            return _show_password(request, opened, first)
    status = 422 if form.errors else 200
    return render(request, "institutions/open_account.html", {"form": form}, status=status)


def _show_password(request: HttpRequest, owner: Person, first: str) -> HttpResponse:
    return render(request, "institutions/first_password.html", {"person": owner, "password": first})


@require_POST
def toggle(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Disables or enables an account."""
    shown = _person(person_id)
    active = request.POST.get("active") == "1"
    set_active(person=shown, active=active, actor=actor_of(request))
    messages.success(request, _("账号已启用。") if active else _("账号已停用，其登录已全部退出。"))
    return redirect("institutions:person", person_id)


@never_cache
@require_POST
def reset(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Gives a first password again."""
    shown, first = _person(person_id), new_password()
    reset_password(person=shown, password=first, actor=actor_of(request))
    return _show_password(request, shown, first)


@require_POST
def forget_authenticator(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Removes a lost authenticator."""
    remove_authenticator(person=_person(person_id), actor=actor_of(request))
    messages.success(request, _("动态口令已解除，本人登录后可重新登记。"))
    return redirect("institutions:person", person_id)


@require_POST
def appoint_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Gives a role."""
    shown, form = _person(person_id), AppointForm(request.POST)
    if form.is_valid():
        try:
            role, until = form.cleaned_data["role"], end_of(form.cleaned_data["until"])
            appoint(person=shown, role=role, until=until, actor=actor_of(request))
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已任“{role}”。").format(role=role_label(role)))
            return redirect("institutions:person", person_id)
    return _show(request, shown, 422, appoint_form=form)


@require_POST
def dismiss_person(request: HttpRequest, person_id: UUID, appointment_id: UUID) -> HttpResponse:
    """Ends a role."""
    appointment = get_object_or_404(Appointment, id=appointment_id, person_id=person_id)
    dismiss(appointment=appointment, actor=actor_of(request))
    messages.success(request, _("已解除“{role}”。").format(role=role_label(appointment.role)))
    return redirect("institutions:person", person_id)


@require_POST
def grant_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Grants rights over records for a term."""
    shown, form = _person(person_id), GrantForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data | {"until": end_of(form.cleaned_data["until"])}
        try:
            grant(person=shown, **wanted, actor=actor_of(request))
        except LantaiError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("授权已登记。"))
            return redirect("institutions:person", person_id)
    return _show(request, shown, 422, grant_form=form)


@require_POST
def end_grant(request: HttpRequest, person_id: UUID, grant_id: UUID) -> HttpResponse:
    """Ends a grant."""
    given = get_object_or_404(Grant, id=grant_id, person_id=person_id)
    revoke_grant(grant=given, actor=actor_of(request))
    messages.success(request, _("授权已收回。"))
    return redirect("institutions:person", person_id)
