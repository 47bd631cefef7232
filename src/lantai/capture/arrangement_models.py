"""What arrangement keeps: overruled proposals, reference notes, and batches of edited cells."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Overruling(models.Model):
    """Somebody chose otherwise than a rule proposed, and why; never changed."""

    class What(models.TextChoices):
        """What was chosen."""

        RETENTION = "retention", _("保管期限")
        SCHEME = "scheme", _("分类方案")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="overrulings")
    what = models.CharField(max_length=10, choices=What.choices)
    proposed = models.CharField(max_length=100)
    proposal_reason = models.CharField(max_length=600)
    chosen = models.CharField(max_length=100)
    reason = models.CharField(_("理由"), max_length=300)
    decided_by = models.CharField(max_length=60)
    decided_by_name = models.CharField(max_length=60)
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return f"{self.proposed} → {self.chosen}"


class ClassNote(models.Model):
    """What people say in the reference note (备考表) of one lowest class, and who checked it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scheme = models.ForeignKey("records.Scheme", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    class_code = models.CharField(max_length=120)
    text = models.TextField(_("盒内文件情况说明"), blank=True)
    arranged_by = models.CharField(max_length=60, blank=True)
    arranged_by_name = models.CharField(_("整理人"), max_length=60, blank=True)
    arranged_on = models.DateField(_("整理日期"), null=True, blank=True)
    checked_by = models.CharField(max_length=60, blank=True)
    checked_by_name = models.CharField(_("检查人"), max_length=60, blank=True)
    checked_on = models.DateField(_("检查日期"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "year", "class_code"], name="one_note_per_class")
        ]

    def __str__(self) -> str:
        return self.class_code


class GridEdit(models.Model):
    """One saved batch of cells, with what stood there before, so that it can be undone as an act."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scheme = models.ForeignKey("records.Scheme", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    made_by = models.CharField(max_length=60)
    made_by_name = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=timezone.now)
    undone_by = models.CharField(max_length=60, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["scheme", "year", "-made_at"], name="grid_edit_newest")]

    def __str__(self) -> str:
        return f"{self.made_by_name} {self.made_at}"


class GridChange(models.Model):
    """The cells of one record that a batch changed."""

    edit = models.ForeignKey(GridEdit, models.CASCADE, related_name="changes")
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="grid_changes")
    before = models.JSONField()
    after = models.JSONField()

    def __str__(self) -> str:
        return str(self.record_id)
