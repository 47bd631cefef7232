"""What happened lately, where a clock may have run ahead for a while: what is dated in the future says nothing."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from lantai.core.jobs.models import Job, JobState

SKEW = timedelta(days=1)
"""How far clocks of honest machines may differ, time zones mistaken included."""


def since(moment: str, ago: timedelta) -> Q:
    """That a moment lies within a span until now; one of a future that a wrong clock told does not."""
    now = timezone.now()
    return Q(**{f"{moment}__gte": now - ago, f"{moment}__lte": now + SKEW})


def is_under_way(kind: str) -> bool:
    """Whether a job of a kind waits or runs."""
    return Job.objects.filter(kind=kind, state__in=[JobState.QUEUED, JobState.RUNNING]).exists()


def last_job(kind: str) -> Job | None:
    """The job of a kind begun last."""
    begun = Job.objects.filter(kind=kind, created_at__lte=timezone.now() + SKEW)
    return begun.order_by("-created_at").first()
