"""What describes fonds, classes, volumes and documents; templates and controlled vocabularies."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Level(models.TextChoices):
    """What is described (著录层级, DA/T 18-2022), from the whole to its parts."""

    FONDS = "fonds", _("全宗级")
    CLASS = "class", _("类别级")
    VOLUME = "volume", _("案卷级")
    ITEM = "item", _("文件级")
    DOCUMENT = "document", _("文稿")


class UnitDescription(models.Model):
    """What is said of a fonds, class, volume or document beyond the columns of its own row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    level = models.CharField(max_length=8, choices=Level)
    unit_id = models.UUIDField()
    """Key of the fonds, scheme, volume or document."""
    record = models.ForeignKey("records.Record", models.CASCADE, null=True, related_name="+")
    """Whose document it is: the description goes where its record goes."""
    values = models.JSONField(default=dict)
    """Value by key of the element."""
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=60, blank=True)
    changed_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "unit_id"], name="unit_described_once")]

    def __str__(self) -> str:
        return f"{self.level}:{self.unit_id}"


class Template(models.Model):
    """How an archive describes one category at one level (著录模板), where it differs from the shipped one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    category = models.CharField(_("门类"), max_length=8, blank=True)
    level = models.CharField(_("著录层级"), max_length=8, choices=Level)
    rows = models.JSONField(default=list)
    """``{"element", "obligation", "vocabulary", "default"}`` of each element, in their order."""
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("著录模板")
        constraints = [
            models.UniqueConstraint(fields=["archive", "category", "level"], name="template_once_per_archive")
        ]

    def __str__(self) -> str:
        return f"{self.category}/{self.level}"


class Vocabulary(models.Model):
    """Words that may be used for an element (受控词表): subjects, places, categories."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    key = models.SlugField(_("代号"), max_length=40)
    name = models.CharField(_("名称"), max_length=100)
    source = models.CharField(_("出处"), max_length=200, blank=True)
    closed = models.BooleanField(_("只能用表内的词"), default=False)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("受控词表")
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["archive", "key"], name="vocabulary_once_per_archive")]

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    """One word of a vocabulary; one that is not preferred leads to the word to use instead."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    vocabulary = models.ForeignKey(Vocabulary, models.CASCADE, related_name="terms")
    word = models.CharField(_("词"), max_length=200)
    code = models.CharField(_("代码"), max_length=40, blank=True)
    preferred = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="leading_here")
    broader = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="narrower")
    note = models.CharField(_("注释"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("词")
        ordering = ["word"]
        constraints = [
            models.UniqueConstraint(fields=["vocabulary", "word"], name="term_once"),
            models.CheckConstraint(
                condition=Q(preferred__isnull=True) | ~Q(preferred=models.F("id")),
                name="term_leads_elsewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.word
