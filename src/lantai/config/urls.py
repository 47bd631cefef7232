"""Root URLs: each context brings its own; the HTTP API is assembled in ``config.api``."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from . import health
from .api import api

own = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
PUBLIC = ("access", "search", "faces")
"""Whose addresses are looked at first: what the public asks for by the hundred a second."""
urlpatterns = [
    path("", include((own, "config"))),
    path("api/v1/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *(
        path("", include(f"lantai.{name}.urls"))
        for name in sorted(settings.CONTEXTS, key=lambda name: name not in PUBLIC)
        if find_spec(f"lantai.{name}.urls")
    ),
]
