"""What the region keeps for its villages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class VillageBackup(models.Model):
    """One upload of a village: files it wants kept, and the receipt it was given."""

    class State(models.TextChoices):
        """Whether it is still kept."""

        KEPT = "kept", _("保存中")
        WITHDRAWN = "withdrawn", _("已撤回")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    village = models.ForeignKey("institutions.Organisation", on_delete=models.PROTECT, related_name="+")
    archive = models.ForeignKey("institutions.Organisation", on_delete=models.PROTECT, related_name="+")
    """Who keeps it."""
    key = models.CharField(max_length=200)
    """Idempotency key: a phone that lost its network sends the same again."""
    title = models.CharField(_("内容"), max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.KEPT)
    files = models.JSONField(default=list)
    """``name``, ``path``, ``size_bytes``, ``sha512``, ``sm3`` of each file, in order."""
    size_bytes = models.BigIntegerField(default=0)
    object_path = models.CharField(max_length=200, unique=True)
    inventory_sha512 = models.CharField(max_length=128)
    receipt = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=64)
    checked_at = models.DateTimeField(null=True)
    copies_good = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(blank=True)

    class Meta:
        verbose_name = _("村社备份")
        constraints = [models.UniqueConstraint(fields=["village", "key"], name="vault_village_key")]
        indexes = [
            models.Index(fields=["village", "-received_at"], name="vault_village_own"),
            models.Index(fields=["archive", "-received_at"], name="vault_village_kept"),
            models.Index(fields=["state", "checked_at"], name="vault_village_check"),
        ]

    @property
    def files_count(self) -> int:
        """How many files it has."""
        return len(self.files)
