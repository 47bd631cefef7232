"""The HTTP API: one OpenAPI 3.1 document, assembled from the contexts' ``endpoints`` modules."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from lantai import __version__
from lantai.core.errors import LantaiError

api = NinjaAPI(title="兰台 Lantai", version=__version__, docs_url=None, openapi_url="openapi.json")


@api.exception_handler(LantaiError)
def _answer_error(request: HttpRequest, error: LantaiError) -> HttpResponse:
    body = {"message": error.message, "subject": error.subject, "remedy": error.remedy}
    return api.create_response(request, body, status=error.http_status)


for _name in settings.CONTEXTS:
    if find_spec(f"lantai.{_name}.endpoints"):
        api.add_router("", import_module(f"lantai.{_name}.endpoints").router)
