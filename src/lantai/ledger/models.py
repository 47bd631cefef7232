"""The ledger's tables: what was done, where it stands in the tree, and the signed heads.

An entry is written in the transaction of the act it records; its leaf follows within seconds,
given by the one sequencer. All four tables only grow (see :mod:`.append_only`).
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantai.core.identifiers import new_id
from lantai.core.seals import Seal

from .append_only import AppendOnlyModel
from .heads import SignedHead
from .leaves import LeafContent, derive_salt, leaf_hash_of


class Entry(AppendOnlyModel):
    """One act (存证条目), or one line for a bulk act.

    Attributes:
        at: when it was done.
        actor: the actor's id (a UUID, ``key:<prefix>``, ``system`` or ``anonymous``), never a name.
        role: the roles held, as one word.
        act: ``<context>.<verb>``.
        subject: ``<kind>:<id>``.
        count: how many things the act touched.
        before: salted SM3 of the state before, hexadecimal; empty when there was none.
        after: salted SM3 of the state after, hexadecimal; empty when there is none.
        secret: 32 random bytes, from which the leaf's salt and the digests' salts are derived.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(_("时间"), default=timezone.now)
    actor = models.CharField(_("办理人"), max_length=64)
    role = models.CharField(_("角色"), max_length=200)
    act = models.CharField(_("操作"), max_length=64)
    subject = models.CharField(_("对象"), max_length=200)
    count = models.PositiveIntegerField(_("数量"), default=1)
    before = models.CharField(_("前态摘要"), max_length=64, blank=True)
    after = models.CharField(_("后态摘要"), max_length=64, blank=True)
    secret = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("存证条目")
        indexes = [
            models.Index(fields=["subject", "id"], name="ledger_entry_by_subject"),
            models.Index(fields=["role", "at", "id"], name="ledger_entry_by_role"),
        ]

    @property
    def content(self) -> LeafContent:
        """What the leaf commits to."""
        return LeafContent(
            id=str(self.id),
            at=self.at,
            actor=self.actor,
            role=self.role,
            act=self.act,
            subject=self.subject,
            count=self.count,
            before=self.before,
            after=self.after,
            salt=derive_salt(bytes(self.secret), "leaf").hex(),
        )

    @property
    def leaf_hash(self) -> bytes:
        """The hash its leaf must have."""
        return leaf_hash_of(self.content)


class Pending(models.Model):
    """An entry the sequencer has not placed yet. Rows come and go; the entry itself stays."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="pending")

    class Meta:
        verbose_name = _("待排序条目")


class Leaf(AppendOnlyModel):
    """An entry's place in the tree (叶), counted from 0 without gaps."""

    index = models.BigIntegerField(_("序号"), primary_key=True)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="leaf")
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("存证叶")


class Head(AppendOnlyModel):
    """A signed tree head (树首): the root over the first ``size`` leaves."""

    size = models.BigIntegerField(_("条数"), primary_key=True)
    root = models.BinaryField(_("树根"), max_length=32)
    seal_data = models.JSONField(_("签章"))

    class Meta:
        verbose_name = _("树首")

    @property
    def signed(self) -> SignedHead:
        """The head as it travels outside the database."""
        return SignedHead(self.size, bytes(self.root), self.seal)

    @property
    def seal(self) -> Seal:
        """The seal over :func:`.heads.head_bytes`."""
        return Seal.from_dict(self.seal_data)

    @classmethod
    def of(cls, head: SignedHead) -> Head:
        """The row for a signed head, not yet saved."""
        return cls(size=head.size, root=head.root, seal_data=head.seal.as_dict())


class Tile(AppendOnlyModel):
    """256 neighbouring hashes of one level, kept once they are all there.

    Level 0 holds leaf hashes; level ``n`` holds the roots of 256 tiles of level ``n - 1``.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=256 * 32)
    root = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("树块")


class Evidence(models.Model):
    """Up to which size a store outside the database holds segments and heads."""

    store = models.CharField(max_length=200, primary_key=True)
    size = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("存证留存进度")
