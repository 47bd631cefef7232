"""How good the catalogue is, by fonds, year and agency, and which records fail which rule."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from lantai.core.identifiers import new_id


class QualityScore(models.Model):
    """The records of one fonds, year and agency: how many there are, and how they fare."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="quality_scores")
    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    records = models.IntegerField(default=0)
    failing = models.IntegerField(default=0)
    """Records that fail at least one rule."""
    points = models.BigIntegerField(default=0)
    """Points of all of them; a record without fault has a hundred."""
    by_rule = models.JSONField(default=dict)
    """Records that fail, by key of the rule."""
    failing_since = models.DateTimeField(null=True)
    """When records of this place were first found failing and have been ever since; none while all are good."""
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["fonds", "year"], name="score_of_fonds_year")]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.year}"


class QualityFailure(models.Model):
    """One record that fails one rule."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="quality_failures")
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    rule = models.CharField(max_length=40)
    detail = models.CharField(max_length=120, blank=True)
    """What is wrong, as far as the rule's name does not say it: the element, the other code."""

    class Meta:
        indexes = [
            models.Index(fields=["fonds", "rule", "record"], name="failures_of_fonds"),
            models.Index(fields=["fonds", "year"], name="failures_of_year"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.rule}"


class QualityDue(models.Model):
    """A fonds and year whose records changed since they were last looked at."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField(default=0)
    """0 where the year is not known."""
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fonds", "year"], name="due_once")]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.year}"
