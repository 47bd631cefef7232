"""Decisions on opening (开放审核决定): who decided what about which record, and on what ground."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id
from lantai.core.seals import Seal


class Ground(models.TextChoices):
    """Why a record is opened or kept back (开放办法 articles 7 and 8; article 8 has four cases)."""

    TERM = "term", _("形成满二十五年")
    DISCLOSED = "disclosed", _("已主动公开")
    POSTPONE_1 = "postpone_1", _("国家秘密，保密期限未满或解密条件未达成")
    POSTPONE_2 = "postpone_2", _("涉及国家和社会重大利益，开放可能危及国家安全和社会稳定")
    POSTPONE_3 = "postpone_3", _("知识产权、个人信息，开放会损害第三方合法权益")
    POSTPONE_4 = "postpone_4", _("其他法律法规和国家规定应当限制利用")
    WITHDRAWN = "withdrawn", _("撤回原决定")

    @property
    def article_8(self) -> bool:
        """Whether this is one of the four cases in which opening may be postponed."""
        return self.value.startswith("postpone_")


class DecisionBatch(models.Model):
    """What one reviewer signed at once: up to a hundred decisions with one ground.

    ``statement`` is the signed text, byte for byte: canonical JSON that names the ground, the
    reviewer, the time and, for every record, its id and the digest of its description and
    documents. It travels with each of its records, so that each can be verified on its own.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    statement = models.TextField()
    seal = models.JSONField()
    decided_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.id)


class Decision(models.Model):
    """One reviewer's decision on one record; never changed, only withdrawn by a later one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.ForeignKey(DecisionBatch, models.PROTECT, related_name="decisions")
    record = models.ForeignKey("records.Record", models.PROTECT, related_name="opening_decisions")
    from_mark = models.CharField(_("原标识"), max_length=12)
    to_mark = models.CharField(_("开放标识"), max_length=12)
    ground = models.CharField(_("依据"), max_length=12, choices=Ground)
    note = models.CharField(_("理由"), max_length=500, blank=True)
    decided_by = models.CharField(max_length=60)
    decided_by_name = models.CharField(_("审核人"), max_length=60)
    decided_at = models.DateTimeField(_("决定时间"), default=timezone.now)
    withdraws = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="withdrawn_by_decision"
    )

    class Meta:
        verbose_name = _("开放审核决定")
        ordering = ["-decided_at", "-id"]
        indexes = [
            models.Index(fields=["record", "-decided_at"], name="decision_of_record"),
            models.Index(fields=["-decided_at", "-id"], name="decision_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.from_mark} → {self.to_mark}"

    @property
    def seal(self) -> Seal:
        """The seal over the batch's statement."""
        return Seal.from_dict(self.batch.seal)
