"""The papers of a fonds file, and reforms of institutions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class FondsPaper(models.Model):
    """One paper of a fonds file (全宗卷, DA/T 12): added by a person or come by itself.

    Its number stands for ever; a paper that was withdrawn keeps its line and its reason.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.PROTECT, related_name="papers")
    group = models.CharField(_("类别"), max_length=2)
    """Key of ``data/fonds_file.toml``."""
    number = models.PositiveIntegerField(_("顺序号"))
    title = models.CharField(_("题名"), max_length=300)
    responsible = models.CharField(_("责任者"), max_length=200, blank=True)
    made_on = models.DateField(_("日期"))
    page_count = models.PositiveIntegerField(_("页数"), default=0)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    """What came by itself, as ``[collected]`` of the data file calls it; empty: added by a person."""
    source = models.CharField(max_length=60, blank=True)
    """Ledger subject of what it tells of, such as ``handover:…``."""
    file_name = models.CharField(_("文件"), max_length=255)
    media_type = models.CharField(max_length=120)
    size_bytes = models.BigIntegerField(_("大小"))
    sha256 = models.CharField(max_length=64)
    location = models.CharField(max_length=200)
    """Relative to the data folder."""
    added_by = models.CharField(max_length=60)
    added_by_name = models.CharField(_("归入人"), max_length=60)
    added_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_for = models.CharField(_("注销原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("全宗卷材料")
        constraints = [
            models.UniqueConstraint(fields=["fonds", "group", "number"], name="fonds_paper_number_once"),
            models.UniqueConstraint(
                fields=["fonds", "kind", "source"],
                condition=~Q(source=""),
                name="fonds_paper_collected_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Reform(models.Model):
    """An institutional reform (机构改革): planned, looked at, then carried out by the security officer.

    ``parties`` names whom it concerns; its shape is :class:`.parties.Parties`.
    """

    class Kind(models.TextChoices):
        """What happens to the agencies."""

        RENAME = "rename", _("更名")
        MERGE = "merge", _("合并")
        SPLIT = "split", _("分立")
        CEDE = "cede", _("职能划转")

    class State(models.TextChoices):
        """How far it has come."""

        PLANNED = "planned", _("待确认")
        DONE = "done", _("已生效")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(_("种类"), max_length=6, choices=Kind)
    state = models.CharField(_("状态"), max_length=9, choices=State, default=State.PLANNED)
    document = models.CharField(_("依据文件"), max_length=300)
    effective_on = models.DateField(_("生效日期"))
    note = models.TextField(_("说明"), blank=True)
    parties = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    """What was there before and what was done, once it is carried out."""
    planned_by = models.CharField(max_length=60)
    planned_by_name = models.CharField(_("拟定人"), max_length=60)
    planned_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_by_name = models.CharField(_("确认人"), max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("机构改革")
        indexes = [models.Index(fields=["-planned_at", "-id"], name="reform_newest")]

    def __str__(self) -> str:
        return self.document
