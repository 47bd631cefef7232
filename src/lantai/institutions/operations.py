"""Which API operation a request calls, read from the OpenAPI document of the HTTP API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import ResolverMatch
from django.utils.module_loading import import_string

API_NAMESPACE = "api"
_PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@cache
def operations() -> Mapping[tuple[str, str], str]:
    """Operation ids by method and path template, such as ``("POST", "/api/v1/submissions")``."""
    document = import_string(settings.HTTP_API).get_openapi_schema()
    return {
        (method.upper(), path): operation["operationId"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    }


def is_api(match: ResolverMatch) -> bool:
    """Whether the address belongs to the HTTP API."""
    return match.app_names[:1] == ["ninja"]


def operation_of(request: HttpRequest, match: ResolverMatch) -> str | None:
    """The id of the operation called; none for a method the address does not know."""
    template = "/" + _PARAMETER.sub(r"{\1}", match.route)
    return operations().get((request.method or "", template))


def page_name(match: ResolverMatch) -> str:
    """The name a page is declared by; those of the HTTP API itself do not carry its version."""
    if is_api(match):
        return f"{API_NAMESPACE}:{match.url_name}"
    return match.view_name or ""
