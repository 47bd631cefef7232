"""Evidence outside the database: segments and heads, written to the data folder and every store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog

from lantai.core import ports, seals
from lantai.core.errors import Conflict, LantaiError, NotFound
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.locks import exclusive
from lantai.core.ports import EvidenceStore
from lantai.core.seals.keyfile import write_private
from lantai.core.settings import home

from . import segments
from .heads import SignedHead
from .models import Entry, Evidence, Head

log = structlog.get_logger("lantai.ledger")

LOCAL = gettext_noop("本机")
_LATEST = "latest.json"


class FolderStore:
    """An :class:`EvidenceStore` in a folder; the one in the data folder is always written."""

    def __init__(self, root: Path, name: str = LOCAL) -> None:
        self.root = root
        self.name = name

    def put(self, path: str, content: bytes) -> None:
        """Writes a file once, durably; other bytes at the same path raise ``Conflict``."""
        target = self.root / path
        if target.exists():
            if target.read_bytes() != content:
                raise Conflict(
                    _("留存的存证文件与当前内容不一致，未覆盖。"),
                    subject=f"{self.name}：{path}",
                    remedy=_("请运行 lantai ledger verify 查明是哪一方被改动。"),
                )
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        write_private(target, content)

    def get(self, path: str) -> bytes:
        """Reads a file; ``NotFound`` if it is not there."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(_("留存的存证文件不存在。"), subject=f"{self.name}：{path}") from error

    def paths(self, prefix: str) -> Sequence[str]:
        """All paths below a prefix, sorted."""
        below = (self.root / prefix).rglob("*")
        return sorted(
            file.relative_to(self.root).as_posix()
            for file in below
            if file.is_file() and not file.name.startswith(".")
        )


def stores() -> list[EvidenceStore]:
    """The data folder, then every store registered by the contexts above."""
    return [_local(), *ports.evidence_stores()]


def write_evidence() -> list[str]:
    """Brings every store up to the latest head. Repeating it changes nothing.

    A store that fails does not hold up the others; it is logged, tried again at the next turn,
    and found by ``verify``. Returns what failed, for people to read.
    """
    with exclusive("ledger.evidence") as held:
        if not held:
            return []
        failures = []
        for store in stores():
            try:
                _bring_up_to_date(store)
            except (LantaiError, OSError) as error:
                log.error("evidence not written", store=store.name, error=str(error))
                failures.append(f"{store.name}：{error}")
        return failures


def fill_prepared(name: str) -> list[str]:
    """Writes everything again into a store that was made anew; returns what failed, as above."""
    Evidence.objects.update_or_create(store=name, defaults={"size": 0})
    return write_evidence()


def require_unforked() -> None:
    """Refuses to go on when the data folder's latest head is not in this database.

    That is so when an older database was put back, or when heads were rewritten: appending would
    make a second history beside the one already attested.
    """
    try:
        attested = SignedHead.from_bytes(_local().get(_LATEST))
    except NotFound:
        return
    row = Head.objects.filter(size=attested.size).first()
    if row is None or bytes(row.root) != attested.root:
        raise Conflict(
            _("数据库中的存证与已留存的树首不一致，停止排序。"),
            subject=_("第 %(size)s 条处的树首") % {"size": attested.size},
            remedy=_(
                "请运行 lantai ledger verify；若恢复过旧数据库，请用 lantai vault rebuild 从保管库重建。"
            ),
        )


def _local() -> FolderStore:
    return FolderStore(home() / "ledger")


def _bring_up_to_date(store: EvidenceStore) -> None:
    progress, _created = Evidence.objects.get_or_create(store=store.name)
    heads = list(Head.objects.filter(size__gt=progress.size).order_by("size"))
    if not heads:
        return
    written = progress.size
    _put_keys(store)
    for head in heads:
        for leaves in segments.ranges_between(written, head.size):
            store.put(leaves.path, segments.render(leaves.start, _entries(leaves)))
        store.put(segments.head_path(head.size), head.signed.as_bytes())
        written = head.size
    if isinstance(store, FolderStore):
        write_private(store.root / _LATEST, heads[-1].signed.as_bytes())
    Evidence.objects.filter(store=store.name).update(size=written)


def _put_keys(store: EvidenceStore) -> None:
    """The public half of every key, of heads and of all other seals: by them a lost keystore's seals are checked."""
    standing = set(store.paths(segments.KEYS))
    for key in seals.public_keys():
        path = f"{segments.KEYS}{key.public.key_id}.pem"
        if path not in standing:
            store.put(path, key.public.pem.encode("ascii"))


def _entries(leaves: segments.LeafRange) -> Sequence[Entry]:
    return list(
        Entry.objects.filter(leaf__index__gte=leaves.start, leaf__index__lt=leaves.end).order_by(
            "leaf__index"
        )
    )
