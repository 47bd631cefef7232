"""Stored inspection reports (检测报告). A report is never changed; a person's decision is added to it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from lantai.core.findings import Outcome
from lantai.core.identifiers import new_id


class Report(models.Model):
    """One inspection: what was inspected, by which plan, and how it ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.CharField("检测对象", max_length=200)
    title = models.CharField("名称", max_length=500, blank=True)
    organisation = models.ForeignKey(
        "institutions.Organisation",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="单位",
    )
    stage = models.CharField("环节", max_length=2)
    kind = models.CharField("信息包种类", max_length=20)
    verdict = models.CharField("结论", max_length=20)
    item_count = models.PositiveIntegerField("件数")
    accepted_count = models.PositiveIntegerField("合格件数")
    counts = models.JSONField("各性结果", default=dict)
    results = models.JSONField("各项结果", default=dict)
    plan_version = models.CharField("方案版本", max_length=200, blank=True)
    plan = models.JSONField("检测方案", default=list)
    input_digest = models.CharField("输入摘要（SM3）", max_length=64)
    started_at = models.DateTimeField("开始时间")
    finished_at = models.DateTimeField("结束时间")
    created_at = models.DateTimeField("保存时间", default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="inspection_report_recent"),
            models.Index(fields=["subject"], name="inspection_report_subject"),
            models.Index(fields=["stage", "verdict", "-created_at"], name="inspection_report_by_stage"),
        ]

    def __str__(self) -> str:
        return f"检测报告 {self.title or self.subject}"

    @property
    def returned_count(self) -> int:
        """Items that went back."""
        return self.item_count - self.accepted_count


class ReportFinding(models.Model):
    """One line of a report that is not a pass, in the report's order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="findings")
    sequence = models.PositiveIntegerField("顺序")
    item_number = models.PositiveIntegerField("件序号", null=True)
    item_title = models.CharField("题名", max_length=500, blank=True)
    key = models.CharField("检测项", max_length=60)
    code = models.CharField("编号", max_length=100)
    clause = models.CharField("依据", max_length=100)
    nature = models.CharField("性质", max_length=20)
    subject = models.TextField("对象")
    outcome = models.CharField("结果", max_length=20)
    blocking = models.BooleanField("是否阻断", default=False)
    item_returned = models.BooleanField("所属件已退回", default=False)
    expected = models.TextField("应为", blank=True)
    observed = models.TextField("实为", blank=True)
    remedy = models.TextField("怎么办", blank=True)

    class Meta:
        ordering = ["sequence"]
        constraints = [
            models.UniqueConstraint(fields=["report", "sequence"], name="inspection_finding_sequence")
        ]
        indexes = [models.Index(fields=["report", "item_number"], name="inspection_finding_by_item")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject}"


class ManualDecision(models.Model):
    """What a person decided on a check that awaited one (人工检测签署)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="decisions")
    key = models.CharField("检测项", max_length=60)
    outcome = models.CharField(
        "结论", max_length=20, choices=[(Outcome.PASS, "通过"), (Outcome.FAIL, "不通过")]
    )
    note = models.TextField("说明")
    decided_by = models.CharField("签署人标识", max_length=60)
    decided_by_name = models.CharField("签署人", max_length=100)
    decided_at = models.DateTimeField("签署时间", default=timezone.now, editable=False)
    evidence_name = models.CharField("佐证文件", max_length=255, blank=True)
    evidence_sm3 = models.CharField("佐证文件摘要（SM3）", max_length=64, blank=True)
    evidence = models.BinaryField("佐证文件内容", blank=True, default=b"")

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="inspection_decision_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.get_outcome_display()}"


class ManualTask(models.Model):
    """A manual check somebody was asked to do (人工检测任务); done when its decision is there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, models.CASCADE, related_name="tasks")
    key = models.CharField("检测项", max_length=60)
    assignee = models.ForeignKey(
        "institutions.Person", models.PROTECT, related_name="+", verbose_name="检测人"
    )
    assigned_by = models.CharField("指派人标识", max_length=60)
    assigned_by_name = models.CharField("指派人", max_length=100)
    assigned_at = models.DateTimeField("指派时间", default=timezone.now)

    class Meta:
        ordering = ["-assigned_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="inspection_task_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.assigned_by_name}"


class PlanVersion(models.Model):
    """A version of an archive's inspection plan for a stage and a category; never changed, only followed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey(
        "institutions.Organisation", models.PROTECT, related_name="+", verbose_name="档案馆"
    )
    stage = models.CharField("环节", max_length=2)
    category = models.CharField("门类", max_length=20, blank=True)
    version = models.PositiveIntegerField("版本")
    checks = models.JSONField("检测项设置", default=dict)
    note = models.TextField("修改说明")
    created_by = models.CharField("修改人标识", max_length=60)
    created_by_name = models.CharField("修改人", max_length=100)
    created_at = models.DateTimeField("修改时间", default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "stage", "category", "version"], name="inspection_plan_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.category} 第 {self.version} 版"


class ExaminedContent(models.Model):
    """What an examination found in certain bytes; a memory that may be emptied at any time."""

    sha512 = models.CharField(primary_key=True, max_length=128)
    examined_by = models.CharField("程序与签名库版本", max_length=60)
    facts = models.JSONField("检测所见")

    class Meta:
        verbose_name = "已检测内容"

    def __str__(self) -> str:
        return self.sha512[:16]
