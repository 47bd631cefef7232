"""What the text of a record suggests, and what a person made of it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Proposal(models.Model):
    """A value proposed for one element of one record, with the place it was read from (著录建议)."""

    class State(models.TextChoices):
        """What a person made of it."""

        OPEN = "open", _("待定")
        ACCEPTED = "accepted", _("已采纳")
        ALTERED = "altered", _("改后采纳")
        REFUSED = "refused", _("未采纳")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="proposals")
    element = models.CharField(max_length=60)
    value = models.TextField()
    confidence = models.PositiveSmallIntegerField()
    """In hundredths, as the rule that found it was measured or set."""
    rule = models.CharField(max_length=40)
    evidence = models.JSONField(default=dict)
    """``document`` (key and name), ``page`` from 1, ``sentence``, ``start`` and ``end`` in it, and ``box``
    in thousandths of a scanned page."""
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    made_at = models.DateTimeField(default=timezone.now)
    decided_value = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("著录建议")
        indexes = [
            models.Index(fields=["record", "state"], name="proposals_of_record"),
            models.Index(fields=["state", "-made_at", "id"], name="proposals_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.value}"
