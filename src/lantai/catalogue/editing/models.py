"""Edits of many records, and what each record said before."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class BulkEdit(models.Model):
    """One edit of many records (成批修改)."""

    class State(models.TextChoices):
        """Where it stands."""

        PREVIEWING = "previewing", _("预览中")
        PREVIEWED = "previewed", _("待执行")
        APPLYING = "applying", _("修改中")
        DONE = "done", _("已修改")
        UNDOING = "undoing", _("撤销中")
        UNDONE = "undone", _("已撤销")

    class Operation(models.TextChoices):
        """What is done to a value."""

        SET = "set", _("填入")
        REPLACE = "replace", _("替换文字")
        APPEND = "append", _("追加")
        MAP = "map", _("按词表规范")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.PREVIEWING)
    chosen = models.JSONField(default=dict)
    """How the records were chosen, in words and as values."""
    record_ids = models.BinaryField(default=bytes)
    """The records chosen, 16 bytes each; emptied once the edit is done."""
    element = models.CharField(max_length=60)
    operation = models.CharField(max_length=8, choices=Operation)
    find = models.CharField(max_length=1000, blank=True)
    value = models.CharField(max_length=4000, blank=True)
    vocabulary = models.ForeignKey("catalogue.Vocabulary", models.PROTECT, null=True, related_name="+")
    counts = models.JSONField(default=dict)
    """``chosen``, ``change``, ``same``, ``problems`` by kind; then ``changed``, ``stayed``; then ``undone``."""
    samples = models.JSONField(default=list)
    """``{"record", "code", "title", "before", "after"}`` of the first that change."""
    problems = models.JSONField(default=list)
    """``{"record", "code", "title", "kind", "details"}`` of the first that cannot be changed."""
    job_id = models.UUIDField(null=True, blank=True)
    created_by = models.CharField(max_length=60)
    created_by_name = models.CharField(max_length=60)
    organisation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("成批修改")
        indexes = [models.Index(fields=["organisation_id", "-created_at", "-id"], name="edit_newest")]

    def __str__(self) -> str:
        return self.title


class EditChange(models.Model):
    """One record of an edit: what its element said before, and after."""

    id = models.BigAutoField(primary_key=True)
    edit = models.ForeignKey(BulkEdit, models.CASCADE, related_name="changes")
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="edit_changes")
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edit", "record"], name="edited_once")]
        indexes = [models.Index(fields=["record"], name="edits_of_record")]

    def __str__(self) -> str:
        return f"{self.edit_id} {self.record_id}"
