"""Whether the platform lives (``/healthz``), can work (``/readyz``), and how it fares (``/metrics``)."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from lantai.core import settings
from lantai.core.errors import Forbidden
from lantai.core.findings import Outcome
from lantai.core.health import Health
from lantai.core.language import gettext as _

from . import doctor
from .metrics import REGISTRY, PlatformCollector

_migrated: list[Health] = []


def healthz(_request: HttpRequest) -> HttpResponse:
    """Answers as long as this process answers at all."""
    return JsonResponse({"status": "alive"})


def readyz(_request: HttpRequest) -> HttpResponse:
    """200 when database, tables and disk allow work; 503 otherwise, naming what does not."""
    results = {"database": doctor.check_database()}
    if results["database"].outcome is Outcome.PASS:
        results["migrations"] = _check_migrations()
    results["disk"] = doctor.check_disk()
    ready = all(result.outcome is Outcome.PASS for result in results.values())
    body = {name: str(result.outcome) for name, result in results.items()}
    return JsonResponse({"ready": ready, **body}, status=200 if ready else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: counts, no names. For this machine, or for who shows the token.

    Raises:
        Forbidden: neither is the case.
    """
    if not (_is_local(request) or _shows_token(request)):
        raise Forbidden(
            _("指标只供本机读取。"),
            subject="/metrics",
            remedy=_("从本机读取，或设置 LANTAI_METRICS_TOKEN 并以 HTTP Basic 口令出示。"),
        )
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # several web processes: add up their counters
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry)
    platform = CollectorRegistry()
    platform.register(PlatformCollector())
    return HttpResponse(text + generate_latest(platform), content_type=CONTENT_TYPE_LATEST)


def _check_migrations() -> Health:
    """Looks until all is well, then no more: tables do not go away while a process lives."""
    if not _migrated:
        result = doctor.check_migrations()
        if result.outcome is not Outcome.PASS:
            return result
        _migrated.append(result)
    return _migrated[0]


def _is_local(request: HttpRequest) -> bool:
    """Whether the request comes from this machine and no proxy passed it on."""
    forwarded = any(name in request.META for name in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"))
    try:
        return not forwarded and ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _shows_token(request: HttpRequest) -> bool:
    """Whether the password of HTTP Basic is the token (``Bearer`` is for keys of office systems)."""
    token = settings.METRICS_TOKEN.read()
    given = request.headers.get("Authorization", "").removeprefix("Basic ")
    try:
        shown = base64.b64decode(given, validate=True).partition(b":")[2]
    except binascii.Error:
        return False
    return bool(token) and hmac.compare_digest(shown, token.encode())
