"""Reminders to agencies (催办): each kept, never more than one a day."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Reminder(models.Model):
    """One reminder to one agency. The desk notice stands until a later one or until nothing is owed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    sent_on = models.DateField()
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_by = models.CharField(max_length=64)
    sent_by_name = models.CharField(max_length=120)
    level = models.PositiveSmallIntegerField(default=1)
    """How far it has escalated: place in ``data/reminders.toml``, from 1."""
    roles = models.JSONField(default=list)
    """Who is told."""
    overdue = models.PositiveIntegerField()
    oldest_due = models.DateField()
    text = models.CharField(_("催办内容"), max_length=500)
    mailed_to = models.JSONField(default=list)
    mail_problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-sent_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["agency", "sent_on"], name="one_reminder_a_day")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.sent_on}"
