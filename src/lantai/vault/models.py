"""What the database knows of the vault: an index over objects that exist without it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Batch(models.Model):
    """One committed batch of writes; its row is what tells recovery to keep the files.

    The row is inserted in the transaction that commits the batch, so a journal whose batch has
    no row was never committed and its files are taken back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=16)
    objects_count = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    committed_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("入库批次")


class VaultObject(models.Model):
    """An OCFL object: one record with its content, or a segment of catalogue entries."""

    class Kind(models.TextChoices):
        """What an object holds."""

        RECORD = "record", _("档案")
        SEGMENT = "segment", _("目录段")

    class State(models.TextChoices):
        """Whether the object can be relied on."""

        HELD = "held", _("完好")
        LOST = "lost", _("已无完好副本")
        ERASING = "erasing", _("正在销毁")
        ERASED = "erased", _("已销毁")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.RECORD)
    record = models.OneToOneField(
        "records.Record", null=True, on_delete=models.PROTECT, related_name="vault_object"
    )
    fonds = models.ForeignKey("records.Fonds", null=True, on_delete=models.PROTECT, related_name="+")
    object_id = models.CharField(max_length=120, unique=True)
    object_path = models.CharField(max_length=200, unique=True)
    version = models.PositiveIntegerField(default=1)
    files_count = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    inventory_sha512 = models.CharField(max_length=128)
    description_sha512 = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="written")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("总库对象")


class SegmentEntry(models.Model):
    """Where a catalogue entry without content lies: the newest segment that describes it."""

    record = models.OneToOneField(
        "records.Record", primary_key=True, on_delete=models.PROTECT, related_name="vault_entry"
    )
    segment = models.ForeignKey(VaultObject, on_delete=models.PROTECT, related_name="entries")
    description_sha512 = models.CharField(max_length=128)

    class Meta:
        verbose_name = _("目录段条目")


class PapersKept(models.Model):
    """Up to which leaf of the ledger papers were written (:mod:`.papers`); one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    leaves = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("业务登记留存进度")


class Copy(models.Model):
    """One object on one store. ``checked_at`` is the last look, ``verified_at`` the last good one."""

    class State(models.TextChoices):
        """What the last look at the copy found."""

        PENDING = "pending", _("待校验")
        VERIFIED = "verified", _("校验通过")
        MISSING = "missing", _("缺失")
        DAMAGED = "damaged", _("损坏")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.ForeignKey(VaultObject, on_delete=models.CASCADE, related_name="copies", db_index=False)
    store = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    detail = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("副本")
        constraints = [models.UniqueConstraint(fields=["object", "store"], name="vault_copy_once_a_store")]
        indexes = [
            models.Index(fields=["store", "checked_at", "id"], name="vault_copy_audit_order"),
            models.Index(fields=["store", "state"], name="vault_copy_state"),
        ]

    @property
    def volume_number(self) -> str:
        """Number of the offline volume it lies on; empty for a copy on a store."""
        kind, _colon, number = self.store.partition(":")
        return number if kind == "volume" else ""


class Event(models.Model):
    """What happened to an object, as ``premis.xml`` tells it (PREMIS 3 event)."""

    class Kind(models.TextChoices):
        """Event types, from the Library of Congress vocabulary of preservation events."""

        INGESTION = "ingestion", _("入库")
        METADATA = "metadata modification", _("著录更新")
        FIXITY = "fixity check", _("校验发现问题")
        RECOVERY = "recovery", _("修复")
        DELETION = "deletion", _("销毁")
        MIGRATION = "migration", _("格式转换")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object = models.ForeignKey(VaultObject, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=32, choices=Kind)
    at = models.DateTimeField()
    agent = models.CharField(max_length=64)
    role = models.CharField(max_length=120)
    store = models.CharField(max_length=40, blank=True)
    outcome = models.CharField(max_length=8, default="success")
    note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("保存事件")
        indexes = [models.Index(fields=["object", "at"], name="vault_event_order")]


class Erasure(models.Model):
    """An order to erase one record everywhere; it stands before the first byte goes.

    What is not finished is taken up again by the next run, however the last one ended.
    """

    class Kind(models.TextChoices):
        """Why it goes, and with that how much of its description stays."""

        DISPOSAL = "disposal", _("到期销毁")
        PURGE = "purge", _("误存清除")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.OneToOneField("records.Record", on_delete=models.PROTECT, related_name="erasure")
    kind = models.CharField(max_length=8, choices=Kind)
    basis = models.CharField(max_length=80)
    """Subject of the ledger lines that approved it, such as ``disposal:…``."""
    ordered_by = models.CharField(max_length=64)
    ordered_role = models.CharField(max_length=120)
    ordered_at = models.DateTimeField()
    files = models.JSONField(default=list)
    """What lay outside the vault, relative to the data folder."""
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("销毁指令")
        indexes = [models.Index(fields=["finished_at", "id"], name="vault_erasure_open")]


class Audit(models.Model):
    """One run of the fixity audit over part of a store."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    store = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    objects_count = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    strays = models.JSONField(default=list)
    is_open = models.BooleanField(default=False)
    """Whether the continuous audit still adds to it; its line in the ledger is written when it closes."""

    class Meta:
        verbose_name = _("校验记录")
        indexes = [models.Index(fields=["store", "-finished_at"], name="vault_audit_last")]

    @property
    def objects_per_s(self) -> int:
        """How fast the audit went."""
        seconds = (self.finished_at - self.started_at).total_seconds()
        return round(self.objects_count / seconds) if seconds else self.objects_count


class CopyPolicy(models.Model):
    """One version of a rule on copies; in force while ``ended_at`` is empty. See ``policy.PolicyTerms``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", null=True, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(_("门类"), max_length=8, blank=True)
    version = models.PositiveIntegerField()
    copies = models.PositiveSmallIntegerField(_("副本份数"))
    elsewhere = models.PositiveSmallIntegerField(_("异地份数"))
    other_medium = models.PositiveSmallIntegerField(_("异质份数"))
    within_days = models.PositiveIntegerField(_("几日内备齐"))
    recheck_days = models.PositiveIntegerField(_("几日内重新校验"))
    sites = models.JSONField(_("须有的地点"), default=list)
    media = models.JSONField(_("须有的介质"), default=list)
    set_by = models.CharField(max_length=64)
    set_role = models.CharField(max_length=120)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("副本策略")
        constraints = [
            models.UniqueConstraint(
                fields=["fonds", "category"],
                condition=models.Q(ended_at=None),
                name="vault_policy_once_a_fonds",
            ),
            models.UniqueConstraint(
                fields=["category"],
                condition=models.Q(ended_at=None, fonds=None),
                name="vault_policy_once_a_class",
            ),
        ]

    @property
    def scope_words(self) -> str:
        """What the rule is for, as people read it."""
        parts = [str(self.fonds)] if self.fonds else []
        parts += [self.category] if self.category else []
        return " · ".join(parts) or str(_("全部档案"))


from .longterm.models import LongtermLook  # noqa: E402, F401 - Django finds models here
from .renewal.models import MigrationItem, MigrationPlan  # noqa: E402, F401
from .villages.models import VillageBackup  # noqa: E402, F401 - here too
from .volumes.models import OfflineVolume, VolumeEntry, VolumeInspection  # noqa: E402, F401 - here too

# Django finds models here
from .watch.models import AuditPlan as AuditPlan  # noqa: E402
from .watch.models import Drill as Drill  # noqa: E402
from .watch.models import Incident as Incident  # noqa: E402
from .watch.models import IncidentObject as IncidentObject  # noqa: E402
