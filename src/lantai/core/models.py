"""Tables of the core: the outbox, jobs, and figures that took long to count."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .identifiers import new_id
from .jobs.models import Job, JobLine, JobMark, JobState, Worker

__all__ = ["Figures", "Job", "JobLine", "JobMark", "JobState", "OutboxMessage", "Worker"]


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


class Figures(models.Model):
    """Figures that took long to count, kept for a while (``figures.kept``)."""

    key = models.CharField(max_length=80, primary_key=True)
    figures = models.JSONField()
    seconds = models.FloatField()
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("统计")
