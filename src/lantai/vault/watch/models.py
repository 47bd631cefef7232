"""What watching over the vault leaves behind: plans, incidents, drills, and figures counted once."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class AuditPlan(models.Model):
    """One version of how a store is re-read; in force while ``ended_at`` is empty. See ``plans.AuditTerms``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    period_days = models.PositiveIntegerField(_("几日内全部重读一遍"))
    rate_mib_s = models.FloatField(_("读取速度上限（MiB/秒）"))
    starts_at = models.TimeField(_("每天几时起"), null=True)
    ends_at = models.TimeField(_("每天几时止"), null=True)
    mends = models.BooleanField(_("发现损坏后自动修复"))
    set_by = models.CharField(max_length=64)
    set_role = models.CharField(max_length=120)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("校验方案")
        constraints = [
            models.UniqueConstraint(
                fields=["store"], condition=models.Q(ended_at=None), name="vault_audit_plan_once_a_store"
            )
        ]


class Incident(models.Model):
    """Something that must not stay as it is: people are told, and somebody answers for it in words."""

    class Kind(models.TextChoices):
        """What happened."""

        DAMAGED = "damaged", _("副本损坏")
        MISSING = "missing", _("副本缺失")
        LOST = "lost", _("已无完好副本")
        DRILL = "drill", _("恢复演练不符")
        DISPUTED = "disputed", _("对账不符")
        UNFIT = "unfit", _("长期保存检测不合格")

    class State(models.TextChoices):
        """How far it has come."""

        OPEN = "open", _("待处理")
        MENDED = "mended", _("已修复，待确认")
        CLOSED = "closed", _("已处置")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("种类"), max_length=8, choices=Kind)
    store = models.CharField(_("存储"), max_length=40, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.OPEN)
    detail = models.TextField(_("情况"), blank=True)
    objects_count = models.PositiveIntegerField(default=0)
    mended_count = models.PositiveIntegerField(default=0)
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_by_name = models.CharField(_("处置人"), max_length=120, blank=True)
    words = models.TextField(_("处置说明"), blank=True)

    class Meta:
        verbose_name = _("总库事件")
        indexes = [
            models.Index(fields=["state", "-raised_at"], name="vault_incident_open"),
            models.Index(fields=["-raised_at", "-id"], name="vault_incident_newest"),
        ]


class IncidentObject(models.Model):
    """One object an incident is about."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="objects_hit")
    object = models.ForeignKey("vault.VaultObject", on_delete=models.CASCADE, related_name="incidents")
    detail = models.TextField(blank=True)
    found_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("受影响的对象")
        constraints = [
            models.UniqueConstraint(fields=["incident", "object"], name="vault_object_once_an_incident")
        ]


class Drill(models.Model):
    """One restore drill (恢复演练) with its report as it was sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    passed = models.BooleanField(_("是否合格"))
    objects_count = models.PositiveIntegerField(default=0)
    held_by = models.CharField(_("主持"), max_length=120)
    report = models.JSONField()
    seal = models.JSONField()

    class Meta:
        verbose_name = _("恢复演练")
        indexes = [models.Index(fields=["-started_at", "-id"], name="vault_drill_newest")]
