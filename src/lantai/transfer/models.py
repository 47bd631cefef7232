"""Hand-over of records from an agency to its archive (电子档案移交与接收)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Handover(models.Model):
    """One hand-over: prepared and sealed by the agency, received or sent back by the archive.

    ``register`` holds the 《电子档案移交与接收登记表》 as the sender sealed it, ``acceptance`` what the
    receiver adds to it; see :mod:`lantai.transfer.register` for what each seal covers.
    """

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", _("准备中")
        SUBMITTED = "submitted", _("已移交，待接收")
        RECEIVING = "receiving", _("接收中")
        RECEIVED = "received", _("已接收")
        RETURNED = "returned", _("已退回")

    OPEN = (State.DRAFT, State.SUBMITTED, State.RECEIVING)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    fonds = models.ForeignKey("records.Fonds", models.PROTECT, related_name="+")
    year_from = models.PositiveSmallIntegerField()
    year_to = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=400)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    register = models.JSONField(default=dict)
    opinions = models.JSONField(default=dict, help_text="the three opinions that go with a transfer")
    sender_seal = models.JSONField(null=True, blank=True)
    acceptance = models.JSONField(null=True, blank=True)
    receiver_seal = models.JSONField(null=True, blank=True)
    report = models.ForeignKey("inspection.Report", models.PROTECT, related_name="+", null=True, blank=True)
    job = models.ForeignKey("core.Job", models.SET_NULL, related_name="+", null=True, blank=True)
    prepared_by = models.CharField(max_length=64)
    prepared_by_name = models.CharField(max_length=120)
    prepared_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    received_by = models.CharField(max_length=64, blank=True)
    received_by_name = models.CharField(max_length=120, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    returned_reason = models.TextField(blank=True)
    copies_released_at = models.DateTimeField(
        null=True, blank=True, help_text="when the agency-side copies were removed, all vault copies verified"
    )

    class Meta:
        indexes = [
            models.Index(fields=["archive", "-prepared_at", "-id"], name="handover_of_archive"),
            models.Index(fields=["agency", "-prepared_at", "-id"], name="handover_of_agency"),
        ]

    def __str__(self) -> str:
        return self.title


class HandoverItem(models.Model):
    """One record in a hand-over. ``place`` is its order in the register's catalogue, from 1."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items")
    place = models.PositiveIntegerField()
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="handover_items")
    reference_code = models.CharField(max_length=200)
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "place"], name="one_record_per_place"),
            models.UniqueConstraint(fields=["handover", "record"], name="a_record_once_per_handover"),
        ]

    def __str__(self) -> str:
        return self.reference_code
