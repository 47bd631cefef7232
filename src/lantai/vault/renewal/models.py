"""Plans of migration and what became of each document."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class MigrationPlan(models.Model):
    """Documents of some formats that are to get a lasting form beside them, proposed and approved."""

    class State(models.TextChoices):
        """How far it has come."""

        PROPOSED = "proposed", _("待批准")
        RUNNING = "running", _("正在转换")
        DONE = "done", _("已完成")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    family = models.CharField(_("原格式"), max_length=60)
    converter = models.CharField(max_length=20)
    fonds = models.ForeignKey("records.Fonds", null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("理由"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.PROPOSED)
    proposed_by = models.CharField(max_length=64)
    proposed_by_name = models.CharField(_("拟定人"), max_length=120)
    proposed_at = models.DateTimeField()
    approved_by = models.CharField(max_length=64, blank=True)
    approved_by_name = models.CharField(_("批准人"), max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    tool = models.CharField(_("转换程序"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("格式转换方案")
        indexes = [models.Index(fields=["-proposed_at", "-id"], name="vault_migration_newest")]


class MigrationItem(models.Model):
    """One document of a plan: what was made of it, or why nothing was."""

    class State(models.TextChoices):
        """What became of it."""

        MADE = "made", _("已转换")
        FAILED = "failed", _("未通过检验")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    plan = models.ForeignKey(MigrationPlan, on_delete=models.CASCADE, related_name="items")
    document = models.ForeignKey("records.Document", on_delete=models.CASCADE, related_name="+")
    made = models.ForeignKey("records.Document", null=True, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State)
    note = models.TextField(blank=True)
    told = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("转换的文稿")
        constraints = [
            models.UniqueConstraint(fields=["plan", "document"], name="vault_migrated_once_a_plan")
        ]
        indexes = [models.Index(fields=["document", "state"], name="vault_migrated_document")]
