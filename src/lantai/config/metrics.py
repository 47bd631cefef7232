"""Figures for the operator's monitoring. Nothing here names a person, a record or an address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from django.db import DatabaseError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lantai import __version__
from lantai.core import events, settings
from lantai.core.jobs.models import Job, JobState
from lantai.ledger import api as ledger

from .doctor import free_bytes

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "lantai_http_requests", "Requests answered.", ["method", "view", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "lantai_http_request_seconds", "Time to answer a request, seconds.", ["view"], registry=REGISTRY
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """Counts and times requests by the name of their view, never by their address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passes the request on and counts the answer."""
        begun = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name or "unnamed") if match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, view, response.status_code).inc()
        SECONDS.labels(view).observe(time.perf_counter() - begun)
        return response


class PlatformCollector(Collector):
    """What is read at the moment somebody looks."""

    def collect(self) -> Iterator[Metric]:
        """All gauges; those of the database are left out while it is away."""
        build = GaugeMetricFamily("lantai_build_info", "The version that runs.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield GaugeMetricFamily(
            "lantai_disk_free_bytes", "Free space for the data folder, bytes.", free_bytes(settings.home())
        )
        try:
            yield from self._of_database()
        except DatabaseError:
            yield GaugeMetricFamily("lantai_database_up", "Whether the database answers.", 0)

    def _of_database(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("lantai_jobs", "Jobs by state.", labels=["state"])
        counts = dict(Job.objects.values_list("state").annotate(Count("id")).order_by())
        for state in JobState.values:
            jobs.add_metric([state], counts.get(state, 0))
        waiting = GaugeMetricFamily("lantai_outbox_messages", "Events to deliver.", labels=["consumer"])
        oldest = GaugeMetricFamily(
            "lantai_outbox_oldest_seconds",
            "Age of the oldest event to deliver, seconds.",
            labels=["consumer"],
        )
        for queue in events.backlog():
            waiting.add_metric([queue.consumer], queue.messages)
            oldest.add_metric([queue.consumer], (timezone.now() - queue.oldest_at).total_seconds())
        yield from (jobs, waiting, oldest)
        head = ledger.head()
        yield GaugeMetricFamily(
            "lantai_ledger_size", "Entries under the ledger's latest signed head.", head.size if head else 0
        )
        yield GaugeMetricFamily("lantai_database_up", "Whether the database answers.", 1)
