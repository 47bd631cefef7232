"""Disposals (鉴定销毁): the box that was appraised, who said what, and what became of it."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id
from lantai.records.api import retention_term


class Disposal(models.Model):
    """Records appraised together: opinions, approval, two witnesses, and the register that remains.

    A ``purge`` takes a record out that must never have come in; its descriptions go too.
    """

    class Kind(models.TextChoices):
        """Why records are condemned."""

        DISPOSAL = "disposal", _("到期鉴定")
        PURGE = "purge", _("误存清除")

    class State(models.TextChoices):
        """How far it has come."""

        OPEN = "open", _("鉴定中")
        APPROVED = "approved", _("已批准，待监销")
        REJECTED = "rejected", _("未批准")
        EXECUTING = "executing", _("正在销毁")
        DONE = "done", _("已办结")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("种类"), max_length=8, choices=Kind)
    organisation = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    title = models.CharField(_("名称"), max_length=200)
    reason = models.TextField(_("理由"))
    state = models.CharField(_("状态"), max_length=9, choices=State, default=State.OPEN)
    proposed_by = models.CharField(max_length=60)
    proposed_by_name = models.CharField(_("经办人"), max_length=60)
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_by_name = models.CharField(_("批准人"), max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    approval_number = models.CharField(_("批准文号"), max_length=60, blank=True)
    refused_for = models.CharField(_("不批准的理由"), max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True)
    register = models.JSONField(null=True)
    """The 销毁清册 as it was sealed; written once, when everything is gone."""
    seal = models.JSONField(null=True)

    class Meta:
        verbose_name = _("鉴定销毁")
        indexes = [models.Index(fields=["organisation", "-proposed_at", "id"], name="disposal_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_state(self) -> str:
        """By which tone its state is shown: what is still under way is not shown as done."""
        under_way = (self.State.OPEN, self.State.APPROVED, self.State.EXECUTING)
        return "running" if self.state in under_way else str(self.state)

    def condemned(self) -> list[UUID]:
        """Ids of the records it destroys."""
        return list(
            self.items.filter(outcome=DisposalItem.Outcome.DESTROY).values_list("record_id", flat=True)
        )


class DisposalItem(models.Model):
    """One record of a disposal, and what the group decided on it."""

    class Outcome(models.TextChoices):
        """What becomes of it."""

        DESTROY = "destroy", _("销毁")
        EXTEND = "extend", _("延长保管期限")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    disposal = models.ForeignKey(Disposal, models.CASCADE, related_name="items")
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="disposal_items")
    outcome = models.CharField(_("鉴定结果"), max_length=8, choices=Outcome, default=Outcome.DESTROY)
    retention = models.CharField(_("新的保管期限"), max_length=8, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("鉴定的档案")
        constraints = [
            models.UniqueConstraint(fields=["disposal", "record"], name="disposal_item_once"),
            models.UniqueConstraint(
                fields=["record"], condition=Q(is_open=True), name="record_in_one_open_disposal"
            ),
        ]

    @property
    def term_name(self) -> str:
        """The new term in words; empty where it stays."""
        return retention_term(self.retention).name if self.retention else ""


class Opinion(models.Model):
    """What one member of the appraisal group (鉴定小组) holds."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    disposal = models.ForeignKey(Disposal, models.CASCADE, related_name="opinions")
    member = models.CharField(max_length=60)
    member_name = models.CharField(_("成员"), max_length=60)
    agrees = models.BooleanField(_("同意"))
    text = models.CharField(_("意见"), max_length=500)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("鉴定意见")
        ordering = ["given_at", "id"]
        constraints = [models.UniqueConstraint(fields=["disposal", "member"], name="opinion_once_a_member")]


class Witness(models.Model):
    """Who watched over the destruction (监销人) and signed before it began."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    disposal = models.ForeignKey(Disposal, models.CASCADE, related_name="witnesses")
    person = models.CharField(max_length=60)
    name = models.CharField(_("监销人"), max_length=60)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("监销人")
        ordering = ["signed_at", "id"]
        constraints = [models.UniqueConstraint(fields=["disposal", "person"], name="witness_once")]
