"""Exports on their way, and the protocols of migrations."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Export(models.Model):
    """One file made of catalogue entries."""

    class State(models.TextChoices):
        """How far it has come."""

        MAKING = "making", _("正在生成")
        READY = "ready", _("可下载")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="exports")
    layout = models.CharField(_("格式"), max_length=40)
    choice = models.JSONField(default=dict)
    """``year_from``, ``year_to``, ``category`` where given."""
    state = models.CharField(max_length=6, choices=State, default=State.MAKING)
    records = models.BigIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    made_by = models.CharField(max_length=60)
    made_by_name = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("目录导出")
        indexes = [models.Index(fields=["-made_at", "-id"], name="export_newest")]

    def __str__(self) -> str:
        return self.file_name or str(self.id)


class MigrationProtocol(models.Model):
    """What an older system held against what stands here now, and who vouches for it (迁移核对书)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.PROTECT, related_name="+")
    source_name = models.CharField(max_length=255)
    source_sha256 = models.CharField(max_length=64)
    report = models.JSONField(default=dict)
    seal = models.JSONField(default=dict)
    signed_by = models.CharField(max_length=60)
    signed_by_name = models.CharField(max_length=60)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("迁移核对书")
        indexes = [models.Index(fields=["fonds", "-signed_at"], name="protocol_of_fonds")]

    def __str__(self) -> str:
        return self.source_name
