"""The one door of pages on which something is entered: who sends, how much, what was not right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from lantai.core import settings as configuration
from lantai.core.actors import Actor
from lantai.core.errors import Forbidden
from lantai.core.numerals import read_count
from lantai.institutions.api import Department, Organisation, actor_of
from lantai.records import api as records

from . import intake

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who enters something, and for which agency and department."""

    actor: Actor
    agency: Organisation
    department: Department | None


def sender_of(request: HttpRequest) -> Sender:
    """Who sends this.

    Raises:
        Forbidden: the account belongs to no agency.
    """
    actor = actor_of(request)
    agency = Organisation.objects.filter(id=actor.organisation_id).first() if actor.organisation_id else None
    if agency is None:
        raise Forbidden(
            _("您的账号不属于任何立档单位，不能提交归档。"), remedy=_("请联系安全管理员把账号归到所在单位。")
        )
    department = Department.objects.filter(id=actor.department_id).first() if actor.department_id else None
    return Sender(actor, agency, department)


def measured(view: View) -> View:
    """Looks at the announced length before the body is read, and at the token in it right after."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def look(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        intake.check_length(read_count(request.META.get("CONTENT_LENGTH") or "0", digits=18) or 0)
        return protected(request, *args, **values)

    return look


def entry_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool
) -> HttpResponse:
    """The page of a form, or of what was not right with it."""
    agency = sender_of(request).agency
    known = {
        "whose": agency,
        "unprepared": not records.can_file(agency.id),
        "limit": configuration.MAX_UPLOAD_BYTES.read(),
    }
    return render(request, template, {**known, **context}, status=422 if refused else 200)
