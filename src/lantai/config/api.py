"""The HTTP API: one OpenAPI 3.1 document, assembled from the contexts' ``endpoints`` modules."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.schema import OpenAPISchema

from lantai import __version__
from lantai.core.errors import Invalid, LantaiError
from lantai.core.language import gettext as _

from .api_document import complete


class LantaiAPI(NinjaAPI):
    """The API, whose document also tells what holds for every operation."""

    def get_openapi_schema(self, **given: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        return complete(super().get_openapi_schema(**given))


api = LantaiAPI(title="兰台 Lantai", version=__version__, docs_url=None, openapi_url="openapi.json")


@api.exception_handler(LantaiError)
def _answer_error(request: HttpRequest, error: LantaiError) -> HttpResponse:
    body = {"message": error.message, "subject": error.subject, "remedy": error.remedy}
    return api.create_response(request, body, status=error.http_status)


@api.exception_handler(ValidationError)
def _answer_malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Says what is wrong with the first value; ``detail`` tells programs of all."""
    first = error.errors[0]
    body = {
        "message": _("请求中有一项不合要求：%(why)s。") % {"why": first.get("msg", "")},
        "subject": ".".join(map(str, first.get("loc", ()))),
        "remedy": _("请对照接口文档（openapi.json）改正后重发。"),
        "detail": [
            {name: each[name] for name in ("type", "loc", "msg") if name in each} for each in error.errors
        ],
    }
    return api.create_response(request, body, status=422)


@api.exception_handler(DataError)
def _answer_unkept(request: HttpRequest, _error: DataError) -> HttpResponse:
    """Says so where only the database noticed that it cannot keep or compare a value."""
    refused = Invalid(
        _("请求中有数据库不能接受的值。"),
        remedy=_("请去掉空字符（NUL），检查各项的长度和数值范围后重发。"),
    )
    return _answer_error(request, refused)


for _name in settings.CONTEXTS:
    if find_spec(f"lantai.{_name}.endpoints"):
        api.add_router("", import_module(f"lantai.{_name}.endpoints").router)
