"""What the HTTP channel keeps: uploads that go on after an interruption, and callbacks."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Upload(models.Model):
    """A file on its way in (tus 1.0.0); its bytes lie in ``LANTAI_HOME/uploads/<id>``.

    How far it has come is the size of that file and stands nowhere else, so that no crash can make
    the two disagree.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    actor_id = models.CharField(max_length=64, help_text="who sends it, as in the ledger")
    length_bytes = models.BigIntegerField()
    metadata = models.JSONField(default=dict, help_text="as the sender gave it: filename, filetype, …")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    submission = models.ForeignKey(
        "capture.Submission", models.CASCADE, related_name="uploads", null=True, blank=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["agency", "expires_at"], name="upload_of_agency"),
            models.Index(fields=["expires_at"], name="upload_expiring"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the sender calls the file."""
        return str(self.metadata.get("filename", "") or self.id)


class CallbackAddress(models.Model):
    """Where an office system wants to be told that a submission is finished; one for each sender."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    actor_id = models.CharField(max_length=64, unique=True, help_text="the API key, as in the ledger")
    url = models.CharField(max_length=2000)
    secret_id = models.UUIDField(help_text="what the signing secret is derived from")

    def __str__(self) -> str:
        return self.url


class Callback(models.Model):
    """One message to a sender about one submission, and how far its delivery is."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("待办结")
        DUE = "due", _("待通知")
        DELIVERED = "delivered", _("已通知")
        GIVEN_UP = "given_up", _("多次未通，已停止")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    submission = models.OneToOneField("capture.Submission", models.CASCADE, related_name="callback")
    address = models.ForeignKey(CallbackAddress, models.CASCADE, related_name="+")
    url = models.CharField(max_length=2000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True, help_text="of the last try")

    class Meta:
        indexes = [models.Index(fields=["state", "next_try_at"], name="callback_due")]

    def __str__(self) -> str:
        return self.url
