"""What every page's shell needs: who reads, in which network, with which preferences."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, gettext_lazy

from lantai.core.actors import ANONYMOUS, Actor
from lantai.core.settings import ZONE

from .navigation import beside, links
from .preferences import Preferences

ZONES = {
    "all": gettext_lazy("单机全区"),
    "archive": gettext_lazy("局域网"),
    "government": gettext_lazy("政务外网"),
    "official": gettext_lazy("公务网"),
    "public": gettext_lazy("互联网"),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``shell`` for the templates ``ui/base.html`` and its faces."""
    actor: Actor = getattr(request, "actor", ANONYMOUS)
    return {
        "shell": {
            "actor": actor,
            "zone": ZONES[ZONE.read()],
            "preferences": Preferences.of(request),
            "language": get_language(),
            "portal": SimpleLazyObject(lambda: links("portal", actor, request.path)),
            "desk": SimpleLazyObject(lambda: links("desk", actor, request.path)),
            "beside": SimpleLazyObject(lambda: beside("desk", actor, request.path)),
        }
    }
