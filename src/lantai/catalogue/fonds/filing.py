"""Putting papers into a fonds file: by a person, or by themselves when something was decided."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.formats.api import characterise, identify
from lantai.ledger.api import append
from lantai.records.api import Fonds, fonds_scope

from .groups import group_of, groups
from .models import FondsPaper

ADD, WITHDRAW = "catalogue.file_paper", "catalogue.withdraw_paper"
MOST_BYTES = 10 * 2**20
"""A paper lies in the vault within a segment, so that it must not be a book."""
KINDS: Mapping[str, str] = {
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/ofd": ".ofd",
    "application/vnd.ofd": ".ofd",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
}
"""What a paper may be, and how its file is called."""
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a paper."""

    title: str
    made_on: date = field(default_factory=timezone.localdate)
    responsible: str = ""
    note: str = ""


def add_paper(
    *, fonds: Fonds, group: str, file: UploadedFile[Any] | Path, described: Described, actor: Actor
) -> FondsPaper:
    """Takes a paper that somebody brings into the file of a fonds.

    Raises:
        Forbidden: the actor does not keep this fonds.
        Invalid: there is no such group, no title, or the file is empty, too large or of another kind.
    """
    require(actor, ADD, fonds_scope(fonds), subject=fonds.name)
    if group not in groups():
        raise Invalid(_("全宗卷没有这个类别。"), subject=group, remedy="、".join(groups()))
    if not described.title.strip():
        raise Invalid(_("请填写题名。"), subject=fonds.name)
    paper = _drawn_up(fonds, described, PurePath(file.name or "").name, actor)
    path = home() / paper.location
    try:
        paper.sha256, paper.size_bytes = _take_in(file, path)
        path = _recognised(paper, path)
        paper.page_count = characterise(path).pages or 0
        return _file(paper, group, actor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def collect_paper(
    *,
    fonds_id: UUID,
    kind: str,
    source: str,
    described: Described,
    content: bytes,
    actor: Actor = SYSTEM,
) -> FondsPaper:
    """Puts a paper that came about elsewhere into the file, once for each ``source``; the door for others.

    Args:
        fonds_id: whose file.
        kind: as ``[collected]`` of ``data/fonds_file.toml`` names it; it decides the group.
        source: ledger subject of what it tells of.
        described: its title, date and who made it.
        content: the paper, as PDF.
        actor: who brought it about.
    """
    standing = FondsPaper.objects.filter(fonds=fonds_id, kind=kind, source=source).first()
    if standing is not None:
        return standing
    fonds = Fonds.objects.get(id=fonds_id)
    paper = _drawn_up(fonds, described, f"{described.title}.pdf", actor)
    paper.kind, paper.source, paper.media_type = kind, source, PDF
    paper.location += KINDS[PDF]
    paper.sha256, paper.size_bytes = hashlib.sha256(content).hexdigest(), len(content)
    path = home() / paper.location
    write_paper(path, content)
    paper.page_count = characterise(path).pages or 0
    return _file(paper, group_of(kind), actor)


def withdraw_paper(*, paper: FondsPaper, reason: str, actor: Actor) -> None:
    """Strikes a paper out; its line, number and file stay.

    Raises:
        Invalid: no reason is given.
        Conflict: it came by itself, or is struck out already.
    """
    require(actor, WITHDRAW, fonds_scope(paper.fonds), subject=paper.title)
    if not reason.strip():
        raise Invalid(_("请写明注销原因。"), subject=paper.title)
    with transaction.atomic():
        held = FondsPaper.objects.select_for_update().get(id=paper.id)
        if held.kind:
            raise Conflict(_("自动归入的材料不能注销。"), subject=held.title)
        if held.withdrawn_at is not None:
            raise Conflict(_("这份材料已经注销。"), subject=held.title)
        held.withdrawn_at, held.withdrawn_for = timezone.now(), reason.strip()[:300]
        held.save(update_fields=["withdrawn_at", "withdrawn_for"])
        append(
            act=WITHDRAW, actor=actor, subject=f"fonds_paper:{held.id}", after={"reason": held.withdrawn_for}
        )


def paper_path(paper: FondsPaper) -> Path:
    """Where its file lies.

    Raises:
        NotFound: it is not there; a rebuild brings it back.
    """
    path = home() / paper.location
    if not path.is_file():
        raise NotFound(_("这份材料的文件不在。"), subject=paper.title, remedy=_("请从总库重建。"))
    return path


def write_paper(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.part")
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)


def _drawn_up(fonds: Fonds, described: Described, file_name: str, actor: Actor) -> FondsPaper:
    key = new_id()
    return FondsPaper(
        id=key,
        fonds=fonds,
        title=described.title.strip()[:300],
        responsible=described.responsible.strip()[:200],
        made_on=described.made_on,
        note=described.note.strip()[:300],
        file_name=file_name[-255:],
        location=f"fonds-files/{fonds.id}/{key}",
        added_by=actor.id,
        added_by_name=actor.name,
    )


def _file(paper: FondsPaper, group: str, actor: Actor) -> FondsPaper:
    """Gives it the next number of its group; two at once queue at the fonds."""
    with transaction.atomic():
        Fonds.objects.select_for_update().get(id=paper.fonds_id)
        papers = FondsPaper.objects.filter(fonds=paper.fonds_id, group=group)
        paper.group, paper.number = group, (papers.aggregate(last=Max("number"))["last"] or 0) + 1
        paper.save(force_insert=True)
        append(
            act=ADD,
            actor=actor,
            subject=f"fonds_paper:{paper.id}",
            after={
                "fonds": str(paper.fonds_id),
                "group": group,
                "sha256": paper.sha256,
                "source": paper.source,
            },
        )
    return paper


def _take_in(file: UploadedFile[Any] | Path, target: Path) -> tuple[str, int]:
    """Copies a file to its place; returns its digest and size."""
    size = file.stat().st_size if isinstance(file, Path) else file.size or 0
    if not size:
        raise Invalid(_("文件是空的（0 字节）。"), subject=str(file.name), remedy=_("请检查原文件。"))
    if size > MOST_BYTES:
        raise Invalid(
            _("文件超过 %(size)s MiB。") % {"size": MOST_BYTES // 2**20},
            subject=str(file.name),
            remedy=_("请分成几份归入，或降低扫描分辨率。"),
        )
    with file.open("rb") as source:
        content = source.read()
    write_paper(target, content)
    return hashlib.sha256(content).hexdigest(), len(content)


def _recognised(paper: FondsPaper, path: Path) -> Path:
    """Gives the file the name of what it is, by its content."""
    found = identify(path)
    if found.mime not in KINDS:
        raise Invalid(
            _("全宗卷不收这种文件：%(name)s。") % {"name": found.name or paper.file_name},
            subject=paper.file_name,
            remedy=_("请交 PDF、OFD、DOCX、XLSX、JPEG、PNG 或 TIFF。"),
        )
    paper.media_type = found.mime
    paper.location += KINDS[found.mime]
    return path.rename(home() / paper.location)
