"""What an agency hands in, and what became of each item of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id

from .arrangement_models import ClassNote as ClassNote
from .arrangement_models import GridChange as GridChange
from .arrangement_models import GridEdit as GridEdit
from .arrangement_models import Overruling as Overruling
from .channel_models import Callback as Callback
from .channel_models import CallbackAddress as CallbackAddress
from .channel_models import Upload as Upload
from .channels.mail_models import MailMessage as MailMessage
from .collecting.models import CollectingScope as CollectingScope
from .collecting.models import RosterClass as RosterClass
from .collecting.models import RosterUnit as RosterUnit
from .completeness.models import Arrival as Arrival
from .completeness.models import ClosedMatter as ClosedMatter
from .completeness.models import Expectation as Expectation
from .completeness.models import Tally as Tally
from .lending_models import Loan as Loan


class Submission(models.Model):
    """One package (归档信息包) as it came in, from receipt to receipt.

    The package itself lies under ``LANTAI_HOME/intake/<id>/`` until every item of it is
    either a record or returned; its digests are kept for good.
    """

    class Channel(models.TextChoices):
        """How it came in."""

        UPLOAD = "upload", _("网页上传")
        API = "api", _("业务系统接口")
        FOLDER = "folder", _("文件夹导入")
        VILLAGE = "village", _("村里拍照")
        MAIL = "mail", _("电子邮件")
        WEB = "web", _("网页采集")

    class State(models.TextChoices):
        """What became of it."""

        RECEIVED = "received", _("已收到，待处理")
        PROCESSING = "processing", _("处理中")
        RETURNED = "returned", _("已退回")
        ACCEPTED = "accepted", _("已归档")
        PARTLY_ACCEPTED = "partly_accepted", _("部分归档")
        FAILED = "failed", _("处理未完成")

    FINISHED = (State.RETURNED, State.ACCEPTED, State.PARTLY_ACCEPTED)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "institutions.Department", models.PROTECT, related_name="+", null=True, blank=True
    )
    channel = models.CharField(max_length=8, choices=Channel.choices)
    idempotency_key = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=400)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVED)
    previous = models.ForeignKey("self", models.PROTECT, related_name="resubmissions", null=True, blank=True)
    package_path = models.CharField(max_length=600, help_text="relative to LANTAI_HOME")
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sm3 = models.CharField(max_length=64, blank=True)
    submitted_by = models.CharField(max_length=64, help_text="actor id, as in the ledger")
    submitted_by_name = models.CharField(max_length=120)
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.ForeignKey("inspection.Report", models.PROTECT, related_name="+", null=True, blank=True)
    job = models.ForeignKey("core.Job", models.SET_NULL, related_name="+", null=True, blank=True)
    counts = models.JSONField(default=dict)
    described = models.JSONField(
        default=dict, help_text="what the channel says of every item, by DA/T 46 code or name"
    )
    receipt = models.JSONField(null=True, blank=True, help_text="signed receipt: facts and seal")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="one_submission_per_key",
            )
        ]
        indexes = [
            models.Index(fields=["agency", "-received_at", "-id"], name="submission_of_agency"),
            models.Index(fields=["-received_at", "-id"], name="submission_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        """Whether every item of it has been accepted or returned."""
        return self.state in self.FINISHED


class SubmissionItem(models.Model):
    """One record (件) of a package: accepted, with its record, or returned, with the reasons.

    The row is written when the item is decided; an accepted one gets its record in the same
    transaction in which the record is made.
    """

    class State(models.TextChoices):
        """What became of it."""

        ACCEPTED = "accepted", _("已归档")
        RETURNED = "returned", _("已退回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    submission = models.ForeignKey(Submission, models.CASCADE, related_name="items")
    sequence = models.PositiveIntegerField(help_text="place in the package's catalogue, from 1")
    number = models.CharField(max_length=200, blank=True, help_text="the number the package gave it")
    title = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=8, choices=State.choices)
    record = models.ForeignKey(
        "records.Record", models.PROTECT, related_name="submission_items", null=True, blank=True
    )
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["submission", "sequence"], name="one_item_per_place"),
        ]
        indexes = [models.Index(fields=["submission", "state", "sequence"], name="item_by_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()
