"""Heads kept outside the archive (馆外见证): what whoever holds database, stores and key cannot rewrite.

A head is one small file that says nothing of the records. It goes out in two ways: somebody takes
it (``lantai ledger head --output``, or the page of heads), or ``WITNESS_FOLDER`` names a folder of
another house, in which one is laid every hour with the public keys. Either way ``lantai ledger
verify`` holds it against the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from lantai.core import seals
from lantai.core.errors import LantaiError, Unavailable
from lantai.core.findings import Finding, Outcome
from lantai.core.health import Health, ailing, healthy
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.seals import published
from lantai.core.seals.keyfile import write_private
from lantai.core.settings import WITNESS_FOLDER

from . import segments
from .evidence import FolderStore
from .heads import SignedHead
from .models import Head

NAME = gettext_noop("馆外见证")
LATE = timedelta(days=1)
_TITLE = "馆外见证"
_KEYS = "public-keys.pem"
_REMEDY = "请检查文件夹是否挂载、可写；馆外留存的树首有一个不符，即应停止写入并报告审计管理员。"


@dataclass(slots=True)
class Outside:
    """Heads that came back from outside, by size, each with where it was kept; and what could not be read."""

    heads: list[tuple[str, SignedHead]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def longest(self) -> int:
        """The largest size any of them attests."""
        return max((head.size for _where, head in self.heads), default=0)

    def between(self, start: int, end: int) -> list[tuple[str, SignedHead]]:
        """Those over sizes in ``(start, end]``."""
        return [each for each in self.heads if start < each[1].size <= end]


def read_outside(files: Sequence[Path] = ()) -> Outside:
    """The heads in some files, and in the witness's folder where one is set."""
    found = Outside()
    for file in files:
        _read(found, str(file), file.read_bytes)
    if folder := _folder():
        try:
            paths = folder.paths(segments.HEADS)
        except OSError as error:
            _blame(found, folder.name, str(error))
            paths = []
        if not paths and Head.objects.exists():
            _blame(found, folder.name, "没有任何树首")
        for path in paths:
            _read(found, f"{folder.name}：{path}", partial(folder.get, path))
    return found


def lay_outside() -> None:
    """Lays the newest head and our public keys in the witness's folder; the worker does so every hour.

    Raises:
        Conflict: another head of that size lies there.
        Unavailable: the folder is not there.
    """
    folder, newest = _folder(), Head.objects.order_by("-size").first()
    if folder is None or newest is None:
        return
    if not folder.root.is_dir():
        raise Unavailable(_("馆外见证的文件夹不在。"), subject=str(folder.root), remedy=_REMEDY)
    folder.put(segments.head_path(newest.size), newest.signed.as_bytes())
    write_private(folder.root / _KEYS, published(seals.public_keys()).encode())


def check_witness() -> Health:
    """For ``lantai doctor``: whether the newest head the witness has is from the last days."""
    folder = _folder()
    if folder is None:
        return Health(_TITLE, Outcome.NOT_APPLICABLE, "没有设置 LANTAI_WITNESS_FOLDER")
    newest, laid = Head.objects.order_by("-size").first(), read_outside()
    if laid.findings:
        return ailing(_TITLE, f"{laid.findings[0].subject}：{laid.findings[0].observed}", _REMEDY)
    if newest and newest.size > laid.longest and newest.seal.signed_at - _last(laid) > LATE:
        return ailing(_TITLE, f"最新的树首还没有放进去，上一个是 {_last(laid):%Y-%m-%d %H:%M}", _REMEDY)
    return healthy(_TITLE, f"存有 {len(laid.heads)} 个树首，到第 {laid.longest} 条")


def _last(laid: Outside) -> datetime:
    return max(head.seal.signed_at for _where, head in laid.heads)


def _folder() -> FolderStore | None:
    place = WITNESS_FOLDER.read()
    return FolderStore(Path(place), str(NAME)) if place else None


def _read(found: Outside, where: str, reader: Callable[[], bytes]) -> None:
    try:
        found.heads.append((where, SignedHead.from_bytes(reader())))
    except (LantaiError, OSError) as error:
        _blame(found, where, str(error))


def _blame(found: Outside, where: str, observed: str) -> None:
    found.findings.append(
        Finding("ledger.witness", "", "", where, Outcome.FAIL, "可以读取的树首", observed, _REMEDY)
    )
