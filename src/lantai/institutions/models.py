"""Regions, organisations, departments and people; who holds which role and which right, for which term."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id


class Region(models.Model):
    """An administrative division (行政区划); the tree follows the division codes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("名称"), max_length=100)
    division_code = models.CharField(_("行政区划代码"), max_length=12, unique=True)
    path = models.CharField(max_length=12, db_index=True, editable=False)
    """Significant digits of the code; those of every division below start with it."""

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """An archive, agency, village or supervisor (机构)."""

    class Kind(models.TextChoices):
        """What the organisation is to the platform."""

        ARCHIVE = "archive", _("档案馆")
        AGENCY = "agency", _("立档单位")
        VILLAGE = "village", _("村（社区）")
        SUPERVISOR = "supervisor", _("档案主管部门")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="organisations")
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    name = models.CharField(_("名称"), max_length=200)
    code = models.CharField(_("机构代码"), max_length=40, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    archive = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="sources")
    """The archive that receives its records (进馆档案馆)."""
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Succession(models.Model):
    """Who answers for what another agency made (承继): rights of the successor reach its records.

    Provenance stays: no record changes. ``departments`` are those whose records the successor answers
    for; none means the whole agency, which has ended then. One that goes on may cede departments again
    and again, to the same successor too.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    predecessor = models.ForeignKey(Organisation, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Organisation, models.PROTECT, related_name="inheritances")
    departments = models.JSONField(_("处室"), default=list, blank=True)
    """Ids of departments as text."""
    since = models.DateField(_("自"))
    basis = models.CharField(max_length=60)
    """Ledger subject of the reform it comes from."""

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "basis"], name="institutions_succession_once"
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")), name="institutions_succession_of_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class Department(models.Model):
    """A department of an organisation; one of them may be its record office (档案室)."""

    class Kind(models.TextChoices):
        """Whether the department keeps records for the others."""

        ORDINARY = "ordinary", _("业务处室")
        RECORD_OFFICE = "record_office", _("档案室")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="departments")
    name = models.CharField(_("名称"), max_length=100)
    code = models.CharField(_("代码"), max_length=40)
    kind = models.CharField(_("类型"), max_length=13, choices=Kind, default=Kind.ORDINARY)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint("organisation", "code", name="institutions_department_code"),
            models.UniqueConstraint(
                "organisation", condition=Q(kind="record_office"), name="institutions_one_record_office"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """People by their user name. Accounts are opened by ``services.create_person`` alone."""


class Person(AbstractBaseUser):
    """Somebody with an account. Rights come from appointments and grants, never from flags here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(_("账号"), max_length=60, unique=True)
    full_name = models.CharField(_("姓名"), max_length=60)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="people"
    )
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="people")
    active = models.BooleanField(_("启用"), default=True)
    password_changed_at = models.DateTimeField(_("口令更换时间"), null=True, blank=True)
    must_change_password = models.BooleanField(_("下次登录须更换口令"), default=True)
    unified_id = models.CharField(_("统一身份标识"), max_length=200, unique=True, null=True, blank=True)
    """The subject by which the region's identity provider (OIDC) knows this person; empty is NULL."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]
    objects = PersonManager()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Django's word for ``active``."""
        return self.active

    def get_full_name(self) -> str:
        """Django's word for ``full_name``."""
        return self.full_name


class PasswordRecord(models.Model):
    """A password hash a person has used, so that it is not used again too soon."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="password_records")
    encoded = models.CharField(max_length=200)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-set_at"]


class Appointment(models.Model):
    """A role held by a person (任职), from ``since`` until just before ``until``.

    A trigger refuses terms that would give one person two roles that exclude each other.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    role = models.CharField(_("角色"), max_length=40)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="appointments"
    )
    since = models.DateTimeField(_("起"), default=timezone.now)
    until = models.DateTimeField(_("止"), null=True, blank=True)
    granted_by = models.CharField(_("授权人"), max_length=60)
    """Actor id of who appointed: a person's UUID, or ``system``."""

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                "person",
                "role",
                condition=Q(until__isnull=True),
                name="institutions_one_open_term",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="institutions_term_order"
            ),
        ]


class Grant(models.Model):
    """A right beyond the role (授权), for a term: these acts on records that match every given condition."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    """Whose records: the agency that made them or the archive that keeps them."""
    fonds_id = models.UUIDField(_("全宗"), null=True, blank=True)
    category = models.CharField(_("门类"), max_length=20, blank=True)
    year_from = models.IntegerField(_("年度起"), null=True, blank=True)
    year_to = models.IntegerField(_("年度止"), null=True, blank=True)
    classification_max = models.CharField(_("密级上限"), max_length=20, blank=True)
    opening_marks = models.JSONField(_("开放标识"), default=list, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    acts = models.JSONField(_("许可"), default=list)
    since = models.DateTimeField(_("起"), default=timezone.now)
    until = models.DateTimeField(_("止"))
    reason = models.CharField(_("事由"), max_length=200)
    granted_by = models.CharField(_("授权人"), max_length=60)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organisation__isnull=False) | Q(fonds_id__isnull=False),
                name="institutions_grant_has_subject",
            ),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="institutions_grant_term_order"),
        ]


class ApiKey(models.Model):
    """An office system's key (接口密钥). Only its digest is kept; the key is shown once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="api_keys")
    label = models.CharField(_("用途"), max_length=100)
    role = models.CharField(_("角色"), max_length=40, default="clerk")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    rate_per_minute = models.PositiveIntegerField(_("每分钟次数"), default=600)
    expires_at = models.DateTimeField(_("有效期至"))
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=60)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    tokens = models.FloatField(default=0, editable=False)
    """What is left in the key's token bucket, as of ``last_used_at``."""

    class Meta:
        ordering = ["-created_at", "-id"]


class SessionRecord(models.Model):
    """A session somebody is logged in with, so that sessions can be counted and ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="session_records")
    session_key = models.CharField(max_length=40, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    agent = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["started_at", "id"]


class RecoveryCode(models.Model):
    """A one-time code that stands in for a lost authenticator; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)


class LogReview(models.Model):
    """An officer's statement that another officer's log was read up to a moment (互审)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reviewed_role = models.CharField(max_length=40)
    reviewer = models.ForeignKey(Person, models.PROTECT, related_name="+")
    through = models.DateTimeField()
    entry_count = models.PositiveIntegerField()
    note = models.CharField(_("审查意见"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
