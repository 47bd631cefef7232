"""Conditional requests over the whole HTTP API (RFC 9110 §13): ETags, ``If-None-Match``, ``If-Match``.

Every JSON answer carries an ETag of what it says; asked again with it, 304 comes without a body.
A write that names the ETag of the thing it is about is refused with 412 if the thing is another by
then: the check and the write are one transaction, and what changes the thing meanwhile undoes it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags, quote_etag

from lantai.core.canonical import sm3
from lantai.core.language import gettext as _
from lantai.institutions.api import is_api

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SERIALIZATION_FAILURE = "40001"
"""SQLSTATE of a transaction that met a change made since it began."""
View = Callable[..., HttpResponseBase]


class ConditionalMiddleware:
    """Tags answers of the API and keeps the conditions callers set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Tags the answer; says only that nothing changed where that is so."""
        response = self.get_response(request)
        match = request.resolver_match
        if match is None or not is_api(match) or request.method != "GET":
            return response
        return _tagged(request, response)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Lets a write with ``If-Match`` through if the thing still is as the caller saw it."""
        match = request.resolver_match
        if match is None or not is_api(match) or request.method not in WRITES:
            return None
        if "If-Match" not in request.headers:
            return None
        try:
            with transaction.atomic():
                _freeze()
                if not _is_as_seen(request):
                    return _changed(request)
                return view(request, *args, **kwargs)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != SERIALIZATION_FAILURE:
                raise
            return _changed(request)


def thing_paths(path: str) -> tuple[str, str]:
    """Where the thing a write is about can be read: its own address, or the one it is an action of."""
    return path, path.rstrip("/").rpartition("/")[0]


def _freeze() -> None:
    """On PostgreSQL, has a row that changes after the check refuse the write; SQLite writes one by one."""
    if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _is_as_seen(request: HttpRequest) -> bool:
    standing = next(filter(None, (_standing(request, path) for path in thing_paths(request.path))), None)
    seen = parse_etags(request.headers["If-Match"])
    return standing is not None and (seen == ["*"] or standing in seen)


def _standing(request: HttpRequest, path: str) -> str | None:
    """The ETag of what a reading of this address would answer the same caller now."""
    reading = copy.copy(request)
    reading.method, reading.path, reading.path_info, reading.GET = "GET", path, path, QueryDict()
    reading.META = {name: value for name, value in request.META.items() if name != "HTTP_IF_NONE_MATCH"}
    reading.__dict__.pop("headers", None)
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return _etag(match.func(reading, *match.args, **match.kwargs)) if is_api(match) else None


def _etag(response: HttpResponseBase) -> str | None:
    """The tag an endpoint gave its answer, or one of what it says; none for files and refusals."""
    if response.status_code != 200 or not isinstance(response, HttpResponse):
        return None
    if "ETag" in response:
        return str(response["ETag"])
    if not response.get("Content-Type", "").startswith("application/json"):
        return None
    return quote_etag(sm3(response.content).hex())


def _tagged(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    etag = _etag(response)
    if etag is None or not isinstance(response, HttpResponse):
        return response
    response["ETag"] = etag
    if "Cache-Control" not in response:
        patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Authorization", "Cookie", "Accept-Language"])
    answer = get_conditional_response(request, etag=etag, response=response) or response
    if "Retry-After" in response:
        answer["Retry-After"] = response["Retry-After"]
    return answer


def _changed(request: HttpRequest) -> JsonResponse:
    body = {
        "message": _("这一项与您读取时不同，没有改动任何内容。"),
        "subject": request.path,
        "remedy": _("请重新读取，核对后用新的 ETag 再提交。"),
    }
    return JsonResponse(body, status=412, json_dumps_params={"ensure_ascii": False})
