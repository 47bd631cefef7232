"""What the record office lends from its holdings (借阅)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Loan(models.Model):
    """One record lent to one person, from the request to the return."""

    class State(models.TextChoices):
        """Where it stands."""

        REQUESTED = "requested", _("待批准")
        LENT = "lent", _("借出")
        REFUSED = "refused", _("未同意")
        RETURNED = "returned", _("已归还")

    class Form(models.TextChoices):
        """What is lent."""

        ELECTRONIC = "electronic", _("在线查阅（加水印）")
        PAPER = "paper", _("纸质原件")

    class Purpose(models.TextChoices):
        """What for (利用目的)."""

        WORK = "work", _("工作查考")
        HISTORY = "history", _("编史修志")
        RESEARCH = "research", _("学术研究")
        PROOF = "proof", _("维权取证")
        OTHER = "other", _("其他")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="loans")
    reference_code = models.CharField(max_length=120)
    borrower_name = models.CharField(max_length=120)
    borrower_unit = models.CharField(max_length=200)
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.WORK)
    note = models.CharField(max_length=400, blank=True)
    form = models.CharField(max_length=10, choices=Form, default=Form.ELECTRONIC)
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    asked_by = models.CharField(max_length=64)
    asked_by_name = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    refused_for = models.CharField(max_length=400, blank=True)
    due_on = models.DateField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    condition = models.CharField(max_length=400, blank=True, help_text="how it came back")

    class Meta:
        indexes = [
            models.Index(fields=["agency", "state", "-asked_at", "-id"], name="loan_of_agency"),
            models.Index(fields=["asked_by", "-asked_at", "-id"], name="loan_of_person"),
            models.Index(fields=["state", "due_on"], name="loan_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["record"],
                condition=models.Q(state="lent", form="paper"),
                name="one_original_lent_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference_code} {self.borrower_name}"
