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
urlpatterns = [
    path("", include((own, "config"))),
    path("api/v1/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *(
        path("", include(f"lantai.{name}.urls"))
        for name in settings.CONTEXTS
        if find_spec(f"lantai.{name}.urls")
    ),
]
