"""Reading the ledger."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from lantai.core import seals
from lantai.core.errors import Conflict, NotFound

from .leaves import value_digest
from .merkle import consistency_path, inclusion_path
from .models import Entry, Head, Leaf
from .proofs import Proof
from .tree import StoredNodes


def head() -> Head | None:
    """The latest signed head; ``None`` before the first entry was placed."""
    return Head.objects.order_by("-size").first()


def entries_for(subject: str) -> QuerySet[Entry]:
    """What was done to a subject (``record:…``), oldest first, with each entry's leaf."""
    return Entry.objects.filter(subject=subject).select_related("leaf").order_by("id")


def proof_of(entry_id: UUID | str) -> Proof:
    """The proof that an entry stands in the tree under the latest head.

    Raises:
        NotFound: there is no such entry.
        Conflict: it has not been placed yet.
    """
    leaf = Leaf.objects.select_related("entry").filter(entry_id=entry_id).first()
    latest = head()
    if leaf is None or latest is None or leaf.index >= latest.size:
        if not Entry.objects.filter(id=entry_id).exists():
            raise NotFound(_("没有这条存证。"), subject=str(entry_id), remedy=_("请核对编号。"))
        raise Conflict(
            _("这条存证刚刚写入，还没有排进存证树。"), subject=str(entry_id), remedy=_("请过几秒再试。")
        )
    key = seals.public_key(latest.seal.key_id)
    if key is None:
        raise NotFound(
            _("密钥库中没有树首所用的公钥。"),
            subject=latest.seal.key_id,
            remedy=_("请从备份恢复密钥库。"),
        )
    path = inclusion_path(StoredNodes(), leaf.index, latest.size)
    return Proof(leaf.entry.content, leaf.index, tuple(path), latest.signed, key)


def consistency_of(old_size: int, new_size: int) -> list[bytes]:
    """The path that proves that the head at ``new_size`` only appends to that at ``old_size``."""
    return consistency_path(StoredNodes(), old_size, new_size)


def stands_for(entry: Entry, *, after: object) -> bool:
    """Whether this is the state after the act that an entry's salted digest commits to."""
    return entry.after == value_digest(bytes(entry.secret), "after", after)
