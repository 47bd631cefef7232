"""Pages of the design system: the specimen book, and the reader's preferences."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from .preferences import THEMES, TYPES, Preferences
from .specimen import specimen


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keeps one choice (``theme`` or ``type``) and returns to the page it was made on."""
    now = Preferences.of(request)
    theme = request.POST.get("theme", now.theme)
    size = request.POST.get("type", now.type)
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = Preferences(theme if theme in THEMES else now.theme, size if size in TYPES else now.type)
    chosen.keep(response, secure=request.is_secure())
    return response


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """The specimen book (样张): every component in every state it can take."""
    return render(request, "ui/style.html", specimen())
