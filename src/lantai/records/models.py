"""Fonds, schemes, volumes, records and documents (全宗、分类方案、案卷、件、文稿).

Keys are UUIDv7. A reference code (档号) is data, unique per archive: ``archive`` is therefore
stored beside ``fonds`` on volumes and records, because a constraint cannot follow a relation.
Level, custody, lifecycle state, classification, disclosure and opening mark are fields of
their own; none is derived from another.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id

from . import lookups as lookups
from .characters import PERSONAL_DATA
from .versions import Version
from .vocabulary import (
    LEFT,
    Arrangement,
    DateCertainty,
    DocumentRole,
    Level,
    NumberState,
    OpeningMark,
    State,
)


class Fonds(models.Model):
    """All records of one creator (全宗)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="archive_fonds")
    creator = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="created_fonds")
    code = models.CharField(_("全宗号"), max_length=16)
    name = models.CharField(_("全宗名称"), max_length=200)
    started = models.DateField(_("起始日期"), null=True, blank=True)
    ended = models.DateField(_("终止日期"), null=True, blank=True)
    history = models.TextField(_("立档单位历史沿革"), blank=True)

    class Meta:
        verbose_name = _("全宗")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["archive", "code"], name="fonds_code_once_per_archive")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Scheme(models.Model):
    """How one category of a fonds is arranged and numbered in a span of years (分类方案)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey(Fonds, models.CASCADE, related_name="schemes")
    category = models.CharField(_("门类"), max_length=8)
    subclasses = models.CharField(
        _("下级类别"), max_length=60, blank=True, help_text=_("二级至四级类别号，以“·”分隔，如 JC·CC。")
    )
    catalogue_number = models.CharField(_("目录号"), max_length=16, blank=True)
    name = models.CharField(_("名称"), max_length=100)
    year_from = models.PositiveSmallIntegerField(_("起始年度"))
    year_to = models.PositiveSmallIntegerField(_("终止年度"), null=True, blank=True)
    arrangement = models.CharField(_("整理方式"), max_length=20, choices=Arrangement)
    code_template = models.CharField(
        _("档号模板"), max_length=120, help_text=_("模板名称，或以花括号写成的模板本身。")
    )
    metadata_template = models.CharField(_("元数据模板"), max_length=40, default="da_t_46")
    number_width = models.PositiveSmallIntegerField(_("件号位数"), default=4)

    class Meta:
        verbose_name = _("分类方案")
        ordering = ["fonds", "category", "year_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["fonds", "category", "subclasses", "year_from"], name="scheme_once_per_class_and_year"
            ),
            models.CheckConstraint(
                condition=Q(year_to__isnull=True) | Q(year_to__gte=F("year_from")),
                name="scheme_years_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RetentionSchedule(Version):
    """One version of an agency's schedule of what is kept and for how long (归档范围和保管期限表).

    Only a version that the archive has approved proposes anything.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey(
        "institutions.Organisation", models.CASCADE, related_name="retention_schedules"
    )
    effective_to = models.DateField(_("失效日"), null=True, blank=True)

    class Meta:
        verbose_name = _("保管期限表")
        ordering = ["agency", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["agency", "version"], name="schedule_version_once")]


class RetentionRule(models.Model):
    """One line of a schedule: material that is kept for one term."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    schedule = models.ForeignKey(RetentionSchedule, models.CASCADE, related_name="rules")
    number = models.CharField(_("条款号"), max_length=20)
    heading = models.CharField(_("类目"), max_length=60)
    material = models.CharField(_("归档文件材料名称"), max_length=300)
    keywords = models.JSONField(_("匹配词"), default=list)
    document_types = models.JSONField(_("文种"), default=list)
    issuers = models.JSONField(_("责任者"), default=list)
    retention = models.CharField(_("保管期限"), max_length=8)
    department = models.ForeignKey(
        "institutions.Department", models.SET_NULL, null=True, blank=True, related_name="retention_rules"
    )
    to_archive = models.BooleanField(_("是否进馆"), default=True)
    note = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("保管期限条款")
        ordering = ["schedule", "number"]
        constraints = [models.UniqueConstraint(fields=["schedule", "number"], name="rule_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.material}"


class DatedModel(models.Model):
    """A historical date as written, and the days it may mean (``core.dates``)."""

    date_text = models.CharField(_("日期"), max_length=60, blank=True)
    date_start = models.DateField(null=True, blank=True)
    date_end = models.DateField(null=True, blank=True)
    date_certainty = models.CharField(max_length=10, choices=DateCertainty, default=DateCertainty.UNKNOWN)

    class Meta:
        abstract = True


class Volume(DatedModel):
    """A volume, a project's volume or a group of photographs (案卷、照片组)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    fonds = models.ForeignKey(Fonds, models.PROTECT, related_name="volumes")
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="volumes")
    reference_code = models.CharField(_("档号"), max_length=120, blank=True)
    number = models.PositiveIntegerField(_("案卷号"), null=True, blank=True)
    project = models.CharField(_("项目号"), max_length=40, blank=True)
    title = models.TextField(_("题名"))
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    retention = models.CharField(_("保管期限"), max_length=8, blank=True)
    unit_code = models.CharField(_("机构或问题"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("案卷")
        indexes = [models.Index(fields=["fonds", "scheme", "year", "number"], name="volume_in_tree")]
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "reference_code"],
                condition=~Q(reference_code=""),
                name="volume_code_once_per_archive",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference_code} {self.title}".strip()


class Record(DatedModel):
    """One record (件): what is captured, numbered, kept and opened as a whole.

    An entry costs mostly its indexes. So foreign keys that begin an index of ``Meta`` have none of their
    own, those that few entries have are indexed where they have them, and the archive is asked for with
    codes alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+", db_index=False)
    fonds = models.ForeignKey(Fonds, models.PROTECT, related_name="records", db_index=False)
    scheme = models.ForeignKey(
        Scheme, models.PROTECT, null=True, blank=True, related_name="records", db_index=False
    )
    volume = models.ForeignKey(
        Volume, models.PROTECT, null=True, blank=True, related_name="records", db_index=False
    )
    agency = models.ForeignKey(
        "institutions.Organisation", models.PROTECT, related_name="agency_records", db_index=False
    )
    department = models.ForeignKey(
        "institutions.Department",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="records",
        db_index=False,
    )
    custodian = models.ForeignKey(
        "institutions.Organisation", models.PROTECT, related_name="held_records", db_index=False
    )
    reference_code = models.CharField(_("档号"), max_length=120, blank=True)
    number_state = models.CharField(max_length=12, choices=NumberState, default=NumberState.NONE)
    item_number = models.PositiveIntegerField(_("件号"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    retention = models.CharField(_("保管期限"), max_length=8, blank=True)
    unit_code = models.CharField(_("机构或问题"), max_length=40, blank=True)
    title = models.TextField(_("题名"))
    responsible = models.CharField(_("责任者"), max_length=300, blank=True)
    document_number = models.CharField(_("文号"), max_length=100, blank=True)
    level = models.CharField(_("聚合层次"), max_length=8, choices=Level, default=Level.ITEM)
    state = models.CharField(_("状态"), max_length=14, choices=State, default=State.CAPTURED)
    classification = models.CharField(_("密级"), max_length=8, blank=True)
    secrecy_period = models.CharField(_("保密期限"), max_length=20, blank=True)
    disclosure = models.CharField(_("公开属性"), max_length=12, blank=True)
    opening_mark = models.CharField(
        _("开放标识"), max_length=12, choices=OpeningMark, default=OpeningMark.UNREVIEWED
    )
    page_count = models.PositiveIntegerField(_("页数"), default=0)
    metadata = models.JSONField(_("元数据"), default=dict, blank=True)
    flags = models.JSONField(_("提示"), default=list, blank=True)
    created_in = models.CharField(max_length=60, blank=True, editable=False)
    """Subject of the ledger line that tells of its making: the record itself or its batch."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("档案")
        indexes = [
            models.Index(fields=["-created_at", "id"], name="record_newest"),
            models.Index(fields=["volume"], name="record_volume", condition=Q(volume__isnull=False)),
            models.Index(
                fields=["department"], name="record_department", condition=Q(department__isnull=False)
            ),
            models.Index(fields=["scheme", "year", "reference_code", "id"], name="record_by_code"),
            models.Index(fields=["fonds", "year", "-created_at", "id"], name="record_fonds_year"),
            models.Index(fields=["state", "-created_at", "id"], name="record_state"),
            models.Index(fields=["agency", "state", "-created_at", "id"], name="record_agency_state"),
            models.Index(fields=["custodian", "-created_at", "id"], name="record_custodian"),
            models.Index(fields=["opening_mark", "date_end", "id"], name="record_opening_due"),
            models.Index(fields=["opening_mark", "-created_at", "id"], name="record_mark_newest"),
            models.Index(fields=["custodian", "retention", "year", "id"], name="record_term"),
            # what plans and surveys count, with all they count by: they never look at a record
            models.Index(
                fields=["fonds", "scheme", "year", "retention", "custodian", "state", "number_state", "id"],
                name="record_staying",
                condition=~Q(state__in=LEFT),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "reference_code"],
                condition=~Q(reference_code=""),
                name="record_code_once_per_archive",
            ),
            models.CheckConstraint(
                condition=Q(number_state="none") | ~Q(reference_code=""), name="record_numbered_has_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference_code} {self.title}".strip()

    @property
    def personal_data(self) -> bool:
        """Whether it is marked as holding personal data, so that it must not be opened."""
        return PERSONAL_DATA in self.flags


class Document(models.Model):
    """One document of a record (文稿). A page image costs no row.

    ``original_name_b`` is the name as it came, byte for byte; ``original_name`` is what people
    read. ``location`` is relative to the data folder before ingest, and to the object's content
    folder after.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey(Record, models.CASCADE, related_name="documents", db_index=False)
    sequence = models.PositiveSmallIntegerField(_("文档序号"))
    role = models.CharField(_("稿本"), max_length=18, choices=DocumentRole, default=DocumentRole.BODY)
    title = models.TextField(_("题名"), blank=True)
    original_name_b = models.BinaryField(default=bytes)
    original_name = models.TextField(_("计算机文件名"))
    media_type = models.CharField(max_length=120, blank=True)
    puid = models.CharField(max_length=40, blank=True)
    format_name = models.CharField(_("格式"), max_length=160, blank=True)
    size_bytes = models.BigIntegerField(_("大小"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    sha512 = models.CharField(max_length=128, blank=True)
    sm3 = models.CharField(max_length=64, blank=True)
    page_count = models.PositiveIntegerField(_("页数"), default=0)
    location = models.CharField(max_length=400, blank=True)

    class Meta:
        verbose_name = _("文稿")
        ordering = ["record", "sequence"]
        indexes = [models.Index(fields=["sha256"], name="document_sha256")]
        constraints = [models.UniqueConstraint(fields=["record", "sequence"], name="document_sequence_once")]

    def __str__(self) -> str:
        return self.title or self.original_name


class Combination(models.Model):
    """What a combined record was put together from (组件), so that it can be taken apart."""

    record = models.OneToOneField(Record, models.CASCADE, primary_key=True, related_name="combination")
    parts = models.JSONField(default=list)
    """``[{"record": id, "documents": [ids], "received": bool, "page_count": pages}]``, main one first."""
    made_by = models.CharField(max_length=60)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.record_id}: {len(self.parts)}"


class NumberCounter(models.Model):
    """The last number given in one lowest class; ``class_code`` is the code without its number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    class_code = models.CharField(max_length=120)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["archive", "class_code"], name="counter_once_per_class")
        ]

    def __str__(self) -> str:
        return f"{self.class_code}: {self.last}"


class WithdrawnNumber(models.Model):
    """A number that was given and taken back: its gap is lawful, explained, and never filled.

    The reasons of a class are printed in its reference note (备考表).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    fonds = models.ForeignKey(Fonds, models.CASCADE, related_name="withdrawn_numbers")
    class_code = models.CharField(max_length=120)
    number = models.PositiveIntegerField(_("件号"))
    reference_code = models.CharField(_("档号"), max_length=120)
    record_id = models.UUIDField(null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=300)
    withdrawn_by = models.CharField(max_length=60)
    withdrawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("撤回的件号")
        ordering = ["class_code", "number"]
        constraints = [
            models.UniqueConstraint(fields=["archive", "reference_code"], name="number_withdrawn_once")
        ]

    def __str__(self) -> str:
        return self.reference_code


class ClassCount(models.Model):
    """How many records and volumes stand under one node of the tree, kept as they are made.

    Opening a node reads these rows and never counts records, whatever the size of the fonds.
    ``year`` 0 and no scheme stand for what is not arranged yet.
    """

    key = models.CharField(primary_key=True, max_length=140)
    fonds = models.ForeignKey(Fonds, models.CASCADE, related_name="counts")
    scheme = models.ForeignKey(Scheme, models.CASCADE, null=True, related_name="counts")
    year = models.PositiveSmallIntegerField(default=0)
    volume = models.ForeignKey(Volume, models.CASCADE, null=True, related_name="counts")
    records = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.records}"
