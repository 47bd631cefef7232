"""What the catalogue keeps beside the records: imports with their problems, remembered columns, the tree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class ColumnMapping(models.Model):
    """Which column means what in tables with these headings, as somebody last confirmed it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    """Whose source it is; all zeros for the operator's."""
    headings_sha256 = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    """Field by heading; an empty field means that the column is left out."""
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "headings_sha256"], name="mapping_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return self.headings_sha256[:12]


class Import(models.Model):
    """One file of catalogue entries on its way in, and back out again if need be (导入批次)."""

    class State(models.TextChoices):
        """Where an import stands."""

        RECEIVED = "received", _("待核对列")
        CHECKING = "checking", _("试导入中")
        CHECKED = "checked", _("已试导入")
        REFUSED = "refused", _("已拒收")
        LOADING = "loading", _("导入中")
        DONE = "done", _("已导入")
        UNDOING = "undoing", _("撤销中")
        UNDONE = "undone", _("已撤销")

    class Known(models.TextChoices):
        """What becomes of a row whose reference code has a record already."""

        REFUSE = "refuse", _("报告为问题")
        SKIP = "skip", _("跳过，保留原有著录")
        MERGE = "merge", _("合并，用表中有值的项更新原有著录")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.PROTECT, related_name="imports")
    title = models.CharField(_("名称"), max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    file_name = models.CharField(_("文件"), max_length=255)
    size_bytes = models.BigIntegerField(_("大小"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    source = models.CharField(_("种类"), max_length=12, blank=True)
    table = models.CharField(_("工作表或数据表"), max_length=200, blank=True)
    charset = models.CharField(_("编码"), max_length=20, blank=True)
    remarks = models.JSONField(default=list)
    """What is remarkable about the table as a whole, by kind of problem."""
    other_tables = models.JSONField(default=list)
    """Names of the tables of its file that are not imported with it."""
    headings = models.JSONField(default=list)
    headings_row = models.PositiveIntegerField(default=1)
    columns = models.JSONField(default=list)
    """Field of each column, in their order; an empty one is left out."""
    category = models.CharField(_("门类"), max_length=8, blank=True)
    known = models.CharField(_("档号已有时"), max_length=8, choices=Known, default=Known.REFUSE)
    counts = models.JSONField(default=dict)
    """``rows``, ``good``, ``bad``, ``warned``, ``created``, ``merged``, ``skipped``, ``by_kind``."""
    job_id = models.UUIDField(null=True, blank=True)
    created_by = models.CharField(max_length=60)
    created_by_name = models.CharField(max_length=60)
    organisation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("导入批次")
        indexes = [models.Index(fields=["-created_at", "-id"], name="import_newest")]

    def __str__(self) -> str:
        return self.title


class ImportProblem(models.Model):
    """What is wrong with one row of an import, in words made from ``kind`` and ``details``."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField()
    """Row of the sheet, from 1, as a spreadsheet program shows it; 0 is the whole table."""
    field = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=24)
    stops = models.BooleanField(default=True)
    """Whether the row is not imported while this stands; otherwise it is only told."""
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["batch", "row", "id"], name="problem_by_row")]

    def __str__(self) -> str:
        return f"{self.row}: {self.kind}"


class ImportPart(models.Model):
    """Rows of an import that were loaded in one transaction, and what must be known to take them back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(Import, models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    created = models.BinaryField(default=bytes)
    """Ids of the records made, 16 bytes each."""
    volumes = models.BinaryField(default=bytes)
    """Ids of the volumes made."""
    before = models.JSONField(default=list)
    """``[id, {field: value before}]`` of each record merged into."""
    made_at = models.DateTimeField()
    kept = models.BooleanField(default=False)
    """Whether its entries stand in the vault."""
    undone = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="part_once")]
        indexes = [
            models.Index(fields=["made_at"], condition=Q(kept=False, undone=False), name="part_to_keep")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"


class Branch(models.Model):
    """A node of the tree: a fonds, a class, a year, a volume, or a group of somebody's own making.

    What a branch holds itself are the records of its ``scheme``, ``year`` and ``volume``; where it
    stands is its ``parent`` alone. So a branch is moved by one row, whatever hangs below it, and no
    reference code ever tells a lie about itself.
    """

    class Kind(models.TextChoices):
        """What a branch stands for."""

        FONDS = "fonds", _("全宗")
        CLASS = "class", _("类别")
        YEAR = "year", _("年度")
        VOLUME = "volume", _("案卷")
        GROUP = "group", _("分组")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    fonds = models.ForeignKey("records.Fonds", models.CASCADE, related_name="branches")
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=160, unique=True)
    """What it holds or stands for, once in the platform: ``volume:<fonds>:<scheme>:<year>:<volume>``."""
    title = models.CharField(_("名称"), max_length=300)
    place = models.CharField(max_length=160)
    """Sorts it among its neighbours."""
    scheme = models.ForeignKey("records.Scheme", models.CASCADE, null=True, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    volume = models.ForeignKey("records.Volume", models.CASCADE, null=True, related_name="+")
    own = models.IntegerField(default=0)
    """Records it holds itself."""
    records = models.IntegerField(default=0)
    """Records of the whole branch."""

    class Meta:
        verbose_name = _("目录树节点")
        indexes = [models.Index(fields=["parent", "place", "id"], name="branch_children")]

    def __str__(self) -> str:
        return self.title


from .assist.models import Proposal as Proposal  # noqa: E402
from .authorities.models import Authority as Authority  # noqa: E402
from .authorities.models import AuthorityLink as AuthorityLink  # noqa: E402
from .authorities.models import AuthorityName as AuthorityName  # noqa: E402
from .authorities.models import AuthorityRelation as AuthorityRelation  # noqa: E402
from .authorities.models import AuthorityVersion as AuthorityVersion  # noqa: E402
from .description.models import Template as Template  # noqa: E402
from .description.models import Term as Term  # noqa: E402
from .description.models import UnitDescription as UnitDescription  # noqa: E402
from .description.models import Vocabulary as Vocabulary  # noqa: E402
from .editing.models import BulkEdit as BulkEdit  # noqa: E402
from .editing.models import EditChange as EditChange  # noqa: E402
from .exporting.models import Export as Export  # noqa: E402
from .exporting.models import MigrationProtocol as MigrationProtocol  # noqa: E402
from .fonds.models import FondsPaper as FondsPaper  # noqa: E402
from .fonds.models import Reform as Reform  # noqa: E402
from .guide.models import GuideText as GuideText  # noqa: E402
from .holdings.models import HoldingsCell as HoldingsCell  # noqa: E402
from .holdings.models import HoldingsCount as HoldingsCount  # noqa: E402
from .holdings.models import HoldingsFormat as HoldingsFormat  # noqa: E402
from .holdings.models import HoldingsUse as HoldingsUse  # noqa: E402
from .quality.models import QualityDue as QualityDue  # noqa: E402
from .quality.models import QualityFailure as QualityFailure  # noqa: E402
from .quality.models import QualityScore as QualityScore  # noqa: E402
