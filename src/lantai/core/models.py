"""Tables of the core: the outbox, and jobs."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .identifiers import new_id
from .jobs.models import Job, JobLine, JobMark, JobState, Worker

__all__ = ["Job", "JobLine", "JobMark", "JobState", "OutboxMessage", "Worker"]


class OutboxMessage(models.Model):
    """An event that one consumer has yet to take; deleted when it has (see ``core.events``)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    consumer = models.CharField(max_length=80)
    event_type = models.CharField(max_length=80)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["consumer", "next_try_at"], name="core_outbox_due")]
