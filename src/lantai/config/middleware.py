"""Edges shared by every page: what the browser may load, and errors as people read them."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import Morsel

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lantai.core.errors import LantaiError
from lantai.core.settings import FRAME_ANCESTORS

Respond = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "style-src 'self'; script-src 'self'; object-src 'self'; "
    "frame-src 'self'; frame-ancestors {framed_by}; base-uri 'none'; form-action 'self'"
)


# http.cookies knows this attribute from Python 3.14 on.
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]


class ContentSecurityMiddleware:
    """Lets pages load nothing from any other host, and no inline script."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Adds the policy to every answer that has none of its own."""
        response = self.get_response(request)
        framed_by = FRAME_ANCESTORS.read()
        policy = POLICY.format(framed_by=" ".join(("'self'", *framed_by)))
        response.headers.setdefault("Content-Security-Policy", policy)
        if framed_by:  # the older header knows no other site than one's own
            response.headers.pop("X-Frame-Options", None)
            _partition_cookies(response)
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=()")
        return response


def _partition_cookies(response: HttpResponse) -> None:
    """Cookies for frames of other sites get a jar of their own in each site (CHIPS); browsers drop them else."""
    for cookie in response.cookies.values():
        if cookie["samesite"] == "None":
            cookie["partitioned"] = True


class ErrorMiddleware:
    """Turns the error tree into pages, once."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on, unless its address asks for a NUL, which PostgreSQL cannot even compare.

        Raises:
            BadRequest: it does. No page and no form of ours ever leads there.
        """
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            raise BadRequest("NUL in the address")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page with what happened, to which object, and what to do next."""
        if not isinstance(exception, LantaiError):
            return None
        return render(request, "ui/error.html", {"error": exception}, status=exception.http_status)
