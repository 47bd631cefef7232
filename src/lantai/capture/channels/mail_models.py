"""Which conversation each filed message belongs to; derived from the records, and made again from them."""

from __future__ import annotations

from django.db import models


class MailMessage(models.Model):
    """A message among the others of its conversation."""

    record = models.OneToOneField("records.Record", models.CASCADE, primary_key=True, related_name="+")
    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    thread = models.CharField(max_length=400)
    message_id = models.CharField(max_length=400, blank=True)
    answers = models.CharField(max_length=400, blank=True, help_text="the message id it answers")
    sent_at = models.CharField(max_length=40, blank=True, help_text="ISO 8601 with its zone")

    class Meta:
        indexes = [
            models.Index(fields=["agency", "thread", "sent_at"], name="mail_conversation"),
            models.Index(fields=["agency", "message_id"], name="mail_by_id"),
            models.Index(fields=["agency", "answers"], name="mail_answering"),
        ]

    def __str__(self) -> str:
        return self.thread
