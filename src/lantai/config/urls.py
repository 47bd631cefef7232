"""Root URLs: each context brings its own; the HTTP API is assembled in ``config.api``."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from .api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    *(
        path("", include(f"lantai.{name}.urls"))
        for name in settings.CONTEXTS
        if find_spec(f"lantai.{name}.urls")
    ),
]
