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

    class SignaturePolicy(models.TextChoices):
        """What travels of the electronic signatures in the files (去技术化)."""

        KEEP = "keep", _("签名随档移交")
        IMAGE = "image", _("去技术化：只留印章图样，验签结果写入元数据")

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
    signature_policy = models.CharField(
        _("电子签名"), max_length=5, choices=SignaturePolicy, default=SignaturePolicy.KEEP
    )
    carrier = models.JSONField(default=dict, help_text="type, numbers and looks of the carrier; empty online")
    schedule = models.CharField(max_length=8, blank=True, help_text="early or late against the plan")
    schedule_reason = models.TextField(blank=True)
    foreign_keys = models.JSONField(default=dict, help_text="public keys of another installation, PEM by id")
    receipt = models.JSONField(
        null=True, blank=True, help_text="what another installation's archive answered"
    )
    catalogue = models.JSONField(
        default=dict, help_text="export of the sender's database: name, sm3, entries, matched"
    )
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
    catalogued = models.JSONField(
        default=dict, help_text="the item as the sender's database has it, by M-code"
    )
    received_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["handover", "place"], name="one_record_per_place"),
            models.UniqueConstraint(fields=["handover", "record"], name="a_record_once_per_handover"),
        ]

    def __str__(self) -> str:
        return self.reference_code


class Correction(models.Model):
    """One record sent back out of a hand-over, corrected by its agency and sent again (退改).

    ``first`` is the record as it was first submitted: its description and the digests of its
    documents. ``changes`` tells what is different in what was sent again. Both stay.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    returned_item = models.OneToOneField(HandoverItem, models.PROTECT, related_name="correction")
    sent_again = models.ForeignKey(
        HandoverItem, models.SET_NULL, related_name="corrects", null=True, blank=True
    )
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="corrections")
    reasons = models.JSONField(default=list, help_text="sentences: what is wrong and what is to be done")
    first = models.JSONField(default=dict)
    changes = models.JSONField(default=list, help_text="[{what, before, after}] against ``first``")
    answer = models.TextField(blank=True, help_text="what the agency says to it")
    returned_by = models.CharField(max_length=64)
    returned_by_name = models.CharField(max_length=120)
    returned_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["record", "closed_at"], name="correction_of_record")]

    def __str__(self) -> str:
        return f"{self.returned_item} {self.returned_at:%Y-%m-%d}"


class Readiness(models.Model):
    """One assessment of a business system: may its records be kept in electronic form only (单套制)?"""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    system = models.CharField(_("业务系统"), max_length=200)
    scope = models.CharField(_("适用的文件范围"), max_length=400)
    answers = models.JSONField(default=dict, help_text="by key of the checklist: {answer, evidence}")
    checklist = models.CharField(max_length=40, help_text="version of data/readiness.toml it was made by")
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=12, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    assessed_by = models.CharField(max_length=64)
    assessed_by_name = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    concluded_at = models.DateTimeField(null=True, blank=True)
    seal = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["agency", "-started_at", "-id"], name="readiness_of_agency")]

    def __str__(self) -> str:
        return self.system


class Isolation(models.Model):
    """A record found to be classified after it was taken in: shut off at once, reported (隔离).

    What its content was stays out of this table; the purge of every copy comes with the vault.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="isolations")
    state_before = models.CharField(max_length=14)
    classification_before = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=400)
    found_by = models.CharField(max_length=64)
    found_by_name = models.CharField(max_length=120)
    found_at = models.DateTimeField()
    handled_by_name = models.CharField(max_length=120, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["handled_at", "-found_at", "-id"], name="isolation_open")]
        constraints = [
            models.UniqueConstraint(
                fields=["record"], condition=models.Q(handled_at=None), name="one_open_isolation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.found_at:%Y-%m-%d}"


class Agreement(models.Model):
    """What agency and archive agree on: another day than the rule's for a fonds, year and kind."""

    class State(models.TextChoices):
        """How far it has come."""

        PROPOSED = "proposed", _("商请中")
        AGREED = "agreed", _("已商定")
        REFUSED = "refused", _("未同意")

    class Kind(models.TextChoices):
        """Which records: the two have different terms."""

        ELECTRONIC = "electronic", _("电子档案")
        TRADITIONAL = "traditional", _("传统载体档案")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=11, choices=Kind)
    wanted_by = models.DateField()
    reason = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    paper = models.CharField(max_length=400, blank=True, help_text="the supervisor's consent, or why not")
    proposed_by = models.CharField(max_length=64)
    proposed_by_name = models.CharField(max_length=120)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["fonds", "year", "kind", "-proposed_at"], name="agreement_of_year")]

    def __str__(self) -> str:
        return f"{self.fonds} {self.year}"

    @property
    def is_agreed(self) -> bool:
        """Whether the archive agreed."""
        return self.state == self.State.AGREED

    @property
    def told(self) -> str:
        """The reason and the consent in one sentence."""
        return f"{self.reason}（{self.paper}）" if self.paper else self.reason
