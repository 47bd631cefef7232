"""Versions of the texts that make up the guide."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class GuideText(models.Model):
    """One version of what the guide says of a fonds, or, without a fonds, of the archive itself."""

    class State(models.TextChoices):
        """How far a version has come."""

        DRAFT = "draft", _("编写中")
        SUBMITTED = "submitted", _("待审定")
        APPROVED = "approved", _("已审定")
        SUPERSEDED = "superseded", _("已被新版取代")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    fonds = models.ForeignKey("records.Fonds", models.PROTECT, null=True, related_name="guide_texts")
    number = models.PositiveIntegerField(_("版次"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    sections = models.JSONField(default=dict)
    """Text by key of ``data/guide.toml``."""
    edited_by = models.CharField(max_length=60)
    edited_by_name = models.CharField(_("编写人"), max_length=60)
    edited_at = models.DateTimeField(default=timezone.now)
    decided_by = models.CharField(max_length=60, blank=True)
    decided_by_name = models.CharField(_("审定人"), max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    returned_for = models.CharField(_("退回理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("馆藏指南条目")
        constraints = [
            models.UniqueConstraint(
                fields=["fonds", "number"], condition=Q(fonds__isnull=False), name="guide_version_once"
            ),
            models.UniqueConstraint(
                fields=["archive", "number"], condition=Q(fonds=None), name="guide_own_version_once"
            ),
            models.UniqueConstraint(
                fields=["fonds"], condition=Q(state="approved"), name="guide_approved_once"
            ),
            models.UniqueConstraint(
                fields=["archive"], condition=Q(state="approved", fonds=None), name="guide_own_approved_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fonds or self.archive} · {self.number}"
