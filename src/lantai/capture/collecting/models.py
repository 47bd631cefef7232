"""A version of an archive's collecting scope: bodies on its roster, and the classes each hands over."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id
from lantai.records.api import Version


class CollectingScope(Version):
    """One version of what an archive collects (收集范围)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    made_by_name = models.CharField(max_length=120, blank=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["archive", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["archive", "version"], name="collecting_version_once")]
        indexes = [models.Index(fields=["archive", "state", "-effective_from"], name="collecting_in_force")]


class RosterUnit(models.Model):
    """A body whose records come in (进馆单位), on the platform or not."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.ForeignKey(CollectingScope, models.CASCADE, related_name="units")
    number = models.PositiveIntegerField(_("序号"))
    name = models.CharField(_("单位名称"), max_length=200)
    code = models.CharField(_("机构代码"), max_length=40, blank=True)
    heading = models.CharField(_("单位类别"), max_length=60, blank=True)
    agency = models.ForeignKey(
        "institutions.Organisation", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    """The same body on this platform; none where it is not here, or is no longer."""
    note = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta:
        ordering = ["scope", "number"]
        constraints = [models.UniqueConstraint(fields=["scope", "number"], name="roster_number_once")]
        indexes = [models.Index(fields=["agency", "scope"], name="roster_of_agency")]

    def __str__(self) -> str:
        return self.name


class RosterClass(models.Model):
    """A class of records a body hands over: a category, or one kind of specialised records of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    unit = models.ForeignKey(RosterUnit, models.CASCADE, related_name="classes")
    category = models.CharField(_("门类"), max_length=8)
    specialised = models.CharField(_("专业档案"), max_length=40, blank=True)
    """Key of ``data/specialised.toml``; empty for the whole category."""
    year_from = models.PositiveSmallIntegerField(_("起始年度"), null=True, blank=True)
    year_to = models.PositiveSmallIntegerField(_("终止年度"), null=True, blank=True)
    terms = models.JSONField(_("保管期限"), default=list, blank=True)
    """Codes of the retention terms taken in; none leaves it to the archive's level."""

    class Meta:
        ordering = ["unit", "category", "specialised", "year_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year_from=None) | Q(year_to=None) | Q(year_to__gte=F("year_from")),
                name="roster_years_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.category} {self.specialised}"

    def covers(self, year: int) -> bool:
        """Whether records of that year are asked for."""
        return (self.year_from or 0) <= year <= (self.year_to or year)
