"""Authority records (规范档) of agencies and persons, after ISAAR(CPF), with every version they had."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Authority(models.Model):
    """An agency or a person under one authorised name (规范记录)."""

    class Kind(models.TextChoices):
        """Who it is."""

        AGENCY = "agency", _("机构")
        PERSON = "person", _("人物")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    archive = models.ForeignKey("institutions.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(_("种类"), max_length=8, choices=Kind)
    name = models.CharField(_("规范名称"), max_length=200)
    qualifier = models.CharField(
        _("区分"), max_length=60, blank=True, help_text=_("同名时用，如“云州县”“1921年生”。")
    )
    code = models.CharField(_("代码"), max_length=40, blank=True, help_text=_("统一社会信用代码等。"))
    started_text = models.CharField(_("成立或出生"), max_length=60, blank=True)
    started = models.DateField(null=True, blank=True)
    ended_text = models.CharField(_("撤销或去世"), max_length=60, blank=True)
    ended = models.DateField(null=True, blank=True)
    history = models.TextField(_("机构沿革或生平"), blank=True)
    functions = models.TextField(_("职能或职务"), blank=True)
    places = models.CharField(_("所在地或籍贯"), max_length=300, blank=True)
    sources = models.TextField(_("依据"), blank=True, help_text=_("名称和史实出自哪里，一行一条。"))
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=60, blank=True)
    changed_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("规范记录")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["archive", "kind", "name", "qualifier"], name="authority_once")
        ]
        indexes = [models.Index(fields=["archive", "kind", "name", "id"], name="authority_by_name")]

    def __str__(self) -> str:
        return f"{self.name}（{self.qualifier}）" if self.qualifier else self.name


class AuthorityName(models.Model):
    """One name somebody goes or went by; the authorised one is among them."""

    class Kind(models.TextChoices):
        """What kind of name."""

        AUTHORISED = "authorised", _("规范名称")
        FORMER = "former", _("曾用名")
        SHORT = "short", _("简称")
        VARIANT = "variant", _("别称")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="names")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.VARIANT)
    name = models.CharField(max_length=200)
    folded = models.CharField(max_length=200)
    """As it is compared: simplified, half width, letters and digits alone."""
    since_text = models.CharField(max_length=60, blank=True)
    until_text = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["authority", "folded"], name="name_once")]
        indexes = [models.Index(fields=["folded"], name="name_as_compared")]

    def __str__(self) -> str:
        return self.name


class AuthorityRelation(models.Model):
    """How two stand to each other: ``source`` is the earlier, the superior, or either of two."""

    class Kind(models.TextChoices):
        """What joins them, read from ``source`` to ``target``."""

        EARLIER = "earlier", _("前身")
        SUPERIOR = "superior", _("上级")
        MEMBER = "member", _("任职机构")
        ASSOCIATED = "associated", _("相关")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Authority, models.CASCADE, related_name="relations_from")
    target = models.ForeignKey(Authority, models.CASCADE, related_name="relations_to")
    kind = models.CharField(max_length=10, choices=Kind)
    date_text = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="relation_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="relation_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class AuthorityVersion(models.Model):
    """What an authority record said once, whole."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    authority = models.ForeignKey(Authority, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=60, blank=True)
    changed_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["authority", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.authority_id} {self.number}"


class AuthorityLink(models.Model):
    """A record and somebody it has to do with."""

    class Role(models.TextChoices):
        """As what."""

        RESPONSIBLE = "responsible", _("责任者")
        SUBJECT = "subject", _("涉及")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="authority_links")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="links")
    role = models.CharField(max_length=12, choices=Role)
    written = models.CharField(max_length=200, blank=True)
    """The name as the record has it."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "authority", "role"], name="link_once")]
        indexes = [models.Index(fields=["authority", "record"], name="link_by_authority")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.role} {self.authority_id}"
