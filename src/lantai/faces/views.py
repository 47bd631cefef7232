"""First pages: of the portal, and of each desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.institutions.api import Organisation, actor_of, role_label
from lantai.search.api import wants_news

from . import desks, portal, waiting


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The portal: one search box, true figures, doors, what was opened last."""
    return render(
        request,
        "faces/home.html",
        {"figures": portal.figures(), "doors": portal.doors(), "newest": portal.newly_opened()},
    )


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, whatever the roles."""
    actor = actor_of(request)
    figures = waiting.waiting_for(actor)
    organisation = (
        Organisation.objects.filter(id=actor.organisation_id).first() if actor.organisation_id else None
    )
    return render(
        request,
        "faces/desk.html",
        {
            "greeting": _greeting(),
            "figures": figures,
            "asked": sum(figure.count for figure in figures if figure.asks),
            "organisation": organisation,
            "wants_news": wants_news(actor),
            "roles": [role_label(role) for role in sorted(actor.roles)],
            **desks.lists_for(actor),
        },
    )


def _greeting() -> str:
    hour = timezone.localtime().hour
    if hour < 5 or hour >= 22:
        return _("夜深了")
    if hour < 11:
        return _("早上好")
    if hour < 13:
        return _("中午好")
    return _("下午好") if hour < 18 else _("晚上好")
