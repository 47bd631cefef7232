"""Matters closed, records arrived, what is expected of an agency, and the sum of it."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class ClosedMatter(models.Model):
    """A matter an office system has closed, and the documents that belong to it (办结事项)."""

    class Source(models.TextChoices):
        """Who told of it."""

        API = "api", _("业务系统接口")
        TABLE = "table", _("表格导入")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    department = models.ForeignKey(
        "institutions.Department", models.SET_NULL, related_name="+", null=True, blank=True
    )
    number = models.CharField(_("办件号或文号"), max_length=100)
    folded = models.CharField(max_length=100, editable=False)
    """The number as it is compared (:func:`.numbers.fold_number`)."""
    series = models.CharField(max_length=100, blank=True, editable=False)
    serial = models.PositiveIntegerField(default=0, editable=False)
    title = models.CharField(_("题名"), max_length=500)
    closed_on = models.DateField(_("办结日期"))
    category = models.CharField(_("门类"), max_length=8, blank=True)
    documents = models.JSONField(_("应归文件"), default=list)
    source = models.CharField(max_length=8, choices=Source)
    registered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "folded"], name="matter_once_per_agency")]
        indexes = [models.Index(fields=["agency", "series", "serial"], name="matter_in_series")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Arrival(models.Model):
    """A record as completeness sees it; made anew from records at any time."""

    record = models.OneToOneField("records.Record", models.CASCADE, primary_key=True, related_name="+")
    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    category = models.CharField(max_length=8, blank=True)
    year = models.PositiveSmallIntegerField(default=0)
    month = models.PositiveSmallIntegerField(default=0)
    """Of the record's date; 0 where only the year is known."""
    filed_on = models.DateField()
    folded = models.CharField(max_length=100, blank=True)
    series = models.CharField(max_length=100, blank=True)
    serial = models.PositiveIntegerField(default=0)
    issued = models.BooleanField(default=False)
    """Whether the agency itself issued it, so that its number belongs to the agency's own series."""
    documents = models.PositiveIntegerField(default=0)
    rule = models.CharField(max_length=20, blank=True)
    """Number of the scope table's rule it falls under."""

    class Meta:
        indexes = [
            models.Index(fields=["agency", "folded"], name="arrival_by_number"),
            models.Index(fields=["agency", "series", "serial"], name="arrival_in_series"),
            models.Index(fields=["agency", "year", "category", "month"], name="arrival_pattern"),
        ]

    def __str__(self) -> str:
        return self.folded or str(self.record_id)


class Expectation(models.Model):
    """Something an agency should have filed: whether it came, by when it was due, what is said of it."""

    class Ground(models.TextChoices):
        """Why it is expected."""

        MATTER = "matter", _("办结未归")
        GAP = "gap", _("文号断号")
        PATTERN = "pattern", _("少于去年同期")
        SCOPE = "scope", _("归档范围应有")
        ROSTER = "roster", _("收集范围应有")
        QUIET = "quiet", _("久未归档")

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("未到期")
        MET = "met", _("已归")
        EXPLAINED = "explained", _("已说明")
        OVERDUE = "overdue", _("逾期未归")

    class Decision(models.TextChoices):
        """What the archive says to an explanation."""

        NONE = "", _("待审")
        ACCEPTED = "accepted", _("认可")
        REFUSED = "refused", _("不认可")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    department = models.ForeignKey(
        "institutions.Department", models.SET_NULL, related_name="+", null=True, blank=True
    )
    ground = models.CharField(max_length=8, choices=Ground)
    key = models.CharField(max_length=160)
    """What is expected, once an agency: the ground and the number, month or rule."""
    number = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=500)
    year = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=8, blank=True)
    """The class (门类), where what is expected tells it."""
    due_on = models.DateField()
    found_on = models.DateField(default=timezone.localdate)
    """When it was first expected; nobody is reminded of what was found only today."""
    expected = models.PositiveIntegerField(default=1)
    came = models.PositiveIntegerField(default=0)
    met_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    late = models.BooleanField(default=False)
    """Met, but after it was due."""
    explanation = models.CharField(_("说明"), max_length=500, blank=True)
    explained_by = models.CharField(max_length=64, blank=True)
    explained_by_name = models.CharField(max_length=120, blank=True)
    explained_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.NONE, blank=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(_("审核意见"), max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "key"], name="expected_once_per_agency")]
        indexes = [
            models.Index(fields=["agency", "state", "due_on", "id"], name="expectation_list"),
            models.Index(fields=["state", "due_on", "id"], name="expectation_due"),
            models.Index(fields=["agency", "year", "state", "late", "ground"], name="expectation_sum"),
        ]

    def __str__(self) -> str:
        return self.title

    def settle(self, today: datetime.date) -> None:
        """Sets the state from what came, what was said and what day it is."""
        if self.came >= self.expected:
            self.state = self.State.MET
            self.met_on = self.met_on or today
            self.late = self.met_on > self.due_on
            return
        self.met_on, self.late = None, False
        if self.explanation and self.decision != self.Decision.REFUSED:
            self.state = self.State.EXPLAINED
        else:
            self.state = self.State.OVERDUE if self.due_on < today else self.State.OPEN

    @property
    def wanting(self) -> int:
        """How much has not come."""
        return max(self.expected - self.came, 0)


class Tally(models.Model):
    """The sum of an agency's expectations of a year; a page of all agencies reads nothing else."""

    agency = models.ForeignKey("institutions.Organisation", models.CASCADE, related_name="+")
    year = models.PositiveSmallIntegerField()
    met = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    explained = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    overdue_by = models.JSONField(default=dict)
    """Overdue ones by ground."""
    oldest_due = models.DateField(null=True, blank=True)
    """When the oldest overdue one was due."""
    refreshed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "year"], name="tally_once_per_year")]
        indexes = [models.Index(fields=["year", "agency"], name="tally_of_year")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.year}"
