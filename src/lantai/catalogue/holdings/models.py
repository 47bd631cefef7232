"""What was counted of the holdings, by the cell; pages add cells up and never read records."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class HoldingsCount(models.Model):
    """When the holdings were last counted, and up to which line of the ledger use was."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    counted_at = models.DateTimeField(default=timezone.now)
    took_s = models.FloatField(default=0)
    records = models.BigIntegerField(default=0)
    leaves = models.BigIntegerField(default=0)
    """Leaves of the ledger whose use is in :class:`HoldingsUse`."""

    def __str__(self) -> str:
        return f"{self.counted_at:%Y-%m-%d %H:%M}"


class HoldingsCell(models.Model):
    """Records that are alike in every one of these respects."""

    id = models.BigAutoField(primary_key=True)
    archive = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="+")
    category = models.CharField(max_length=8, blank=True)
    decade = models.PositiveSmallIntegerField(default=0)
    """First year; 0 where no year is known."""
    state = models.CharField(max_length=14)
    medium = models.CharField(max_length=10)
    """``born`` born digital, ``scanned`` page images alone, ``entry`` catalogue entry alone."""
    retention = models.CharField(max_length=8, blank=True)
    opening_mark = models.CharField(max_length=10)
    records = models.BigIntegerField()
    pages = models.BigIntegerField()
    files = models.BigIntegerField()
    size_bytes = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["archive", "fonds"], name="holdings_by_fonds")]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.category} {self.decade}: {self.records}"


class HoldingsFormat(models.Model):
    """Files of one fonds and format."""

    id = models.BigAutoField(primary_key=True)
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="+")
    puid = models.CharField(max_length=40, blank=True)
    format_name = models.CharField(max_length=160, blank=True)
    files = models.BigIntegerField()
    size_bytes = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.puid}: {self.files}"


class HoldingsUse(models.Model):
    """How often one of the four acts was done to records of a fonds in a month."""

    id = models.BigAutoField(primary_key=True)
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="+")
    month = models.CharField(max_length=7)
    act = models.CharField(max_length=20)
    times = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fonds", "month", "act"], name="holdings_use_once_a_month")
        ]

    def __str__(self) -> str:
        return f"{self.fonds_id} {self.month} {self.act}: {self.times}"
