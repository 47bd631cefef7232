"""Offline volumes as the register (离线载体登记) knows them: what they hold, where they are, how they fare."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id

from .layout import Layout
from .media import Medium, medium

LIVE = ("sealed", "damaged")


class OfflineVolume(models.Model):
    """One carrier with a sealed image (离线卷)."""

    class State(models.TextChoices):
        """What has become of it."""

        SEALED = "sealed", _("已封装")
        DAMAGED = "damaged", _("有损坏")
        SUPERSEDED = "superseded", _("已换发，待销毁")
        DESTROYED = "destroyed", _("载体已销毁")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(_("载体编号"), max_length=32, unique=True)
    series = models.CharField(_("套别"), max_length=8, default="A")
    medium_key = models.CharField(_("载体种类"), max_length=16)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.SEALED)
    place = models.CharField(_("存放位置"), max_length=120, blank=True)
    site = models.CharField(_("所在地点"), max_length=80, blank=True)
    """As in ``vault.toml``: 异地 is told by comparing it with the site of the copy in use."""
    holder = models.CharField(_("保管人"), max_length=60, blank=True)
    objects_count = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    capacity_bytes = models.BigIntegerField(default=0)
    image_sha512 = models.CharField(max_length=128)
    layout_text = models.TextField()
    """``layout.json``, so that an image that lost both of its own can still be read."""
    location = models.CharField(max_length=500, blank=True)
    """Where the image was written, relative to the data folder where it lies below it."""
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    registered_at = models.DateTimeField(null=True)
    inspect_by = models.DateField(_("下次检测"))
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        verbose_name = _("离线卷")
        indexes = [models.Index(fields=["state", "inspect_by"], name="vault_volume_due")]

    def __str__(self) -> str:
        return self.number

    @property
    def medium(self) -> Medium:
        """Its kind of carrier, with its sampling plan."""
        return medium(self.medium_key)

    @property
    def layout(self) -> Layout:
        """Where what lies in its image."""
        return Layout.parse(self.layout_text.encode())

    @property
    def copy_key(self) -> str:
        """How its copies are named among those on the stores."""
        return copy_key(self.number)


def copy_key(number: str) -> str:
    """How the copies on a volume are named among those on the stores."""
    return f"volume:{number}"


class VolumeEntry(models.Model):
    """One object on one volume, and which bytes of the image it takes up."""

    volume = models.ForeignKey(OfflineVolume, on_delete=models.CASCADE, related_name="entries")
    object = models.ForeignKey("vault.VaultObject", on_delete=models.CASCADE, related_name="on_volumes")
    version = models.PositiveIntegerField()
    inventory_sha512 = models.CharField(max_length=128)
    offset = models.BigIntegerField()
    length = models.BigIntegerField()

    class Meta:
        verbose_name = _("离线卷内对象")
        constraints = [models.UniqueConstraint(fields=["volume", "object"], name="vault_entry_once_a_volume")]
        indexes = [models.Index(fields=["volume", "offset"], name="vault_entry_in_order")]


class VolumeInspection(models.Model):
    """One time a volume was read back."""

    class Outcome(models.TextChoices):
        """What it found."""

        GOOD = "good", _("完好")
        REPAIRABLE = "repairable", _("有损坏，可全部恢复")
        LOST = "lost", _("有损坏，不能全部恢复")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    volume = models.ForeignKey(OfflineVolume, on_delete=models.CASCADE, related_name="inspections")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    role = models.CharField(max_length=120)
    occasion = models.CharField(max_length=12, default="periodic")
    """``made`` (read back after writing), ``periodic`` or ``mended``."""
    outcome = models.CharField(max_length=10, choices=Outcome)
    sample_percent = models.FloatField(default=100)
    blocks_read = models.BigIntegerField(default=0)
    blocks_damaged = models.BigIntegerField(default=0)
    objects_lost = models.PositiveIntegerField(default=0)
    mib_per_s = models.FloatField(default=0)
    looks = models.CharField(_("外观与仪器指标"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("离线卷检测")
        indexes = [models.Index(fields=["volume", "-at"], name="vault_inspection_last")]
