"""What is done with an import: one function a use case. The long work is jobs (:mod:`..tasks`)."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.identifiers import new_id
from lantai.core.jobs import Job, JobState, start
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Fonds, fonds_scope

from ..models import Import
from .fields import find_headings, guess_columns, remember_columns, require_columns
from .likely import likely_table
from .loading import ACT
from .outlook import outlook
from .scans import SOURCE as SCANS
from .scans.checking import HEADINGS
from .scans.places import came_beside, is_scans, note_origin
from .spool import Spool
from .undoing import UNDO

CHECK, LOAD, TAKE_BACK = "catalogue.check", "catalogue.load", "catalogue.undo"
MOST_BYTES = 2 * 2**30
_AT_ONCE = 1 << 20


def receive_file(
    *,
    file: UploadedFile[Any] | Path,
    fonds: Fonds,
    actor: Actor,
    title: str = "",
    table: str = "",
    charset: str = "",
    category: str = "",
    known: str = Import.Known.REFUSE,
    beside: Import | None = None,
) -> Import:
    """Takes a file in and guesses its columns; nothing is checked or imported yet.

    Args:
        file: an upload, or a file on this machine; scans come as an archive, or as a folder of this
            machine, which is read where it lies.
        fonds: where its entries belong.
        actor: who imports.
        title: what the import is called; empty means the file's name.
        table: sheet or table; empty means the first that has codes and titles.
        charset: of text; empty means detect.
        category: for entries that do not tell their own.
        known: what becomes of a row whose code has a record, one of ``Import.Known``.
        beside: of scans, the table whose rows they may belong to as well.

    Raises:
        Forbidden: the actor does not import into this fonds.
        Invalid: the file cannot be read, is too large, or has no headings anybody knows.
    """
    require(actor, ACT, fonds_scope(fonds), subject=fonds.name)
    batch = Import(
        id=new_id(),
        fonds=fonds,
        title=(title.strip() or PurePath(file.name or "").stem)[:200],
        file_name=PurePath(file.name or "").name[-255:],
        table=table,
        charset=charset,
        category=category,
        known=Import.Known(known),
        created_by=actor.id,
        created_by_name=actor.name,
        organisation_id=actor.organisation_id,
    )
    spool = Spool(batch.id)
    try:
        folder = file if isinstance(file, Path) and file.is_dir() else None
        if not folder:
            batch.sha256, batch.size_bytes = _take_in(file, spool.file(batch.file_name))
        if folder or is_scans(spool.file(), batch.file_name):
            batch.source, batch.headings, batch.columns = SCANS, list(HEADINGS), [""] * len(HEADINGS)
            note_origin(batch, folder, beside.id if beside else None)
        else:
            look_at(batch)
    except BaseException:
        spool.remove()
        raise
    with transaction.atomic():
        batch.save(force_insert=True)
        append(
            act="catalogue.receive", actor=actor, subject=f"import:{batch.id}",
            after={"fonds": str(fonds.id), "sha256": batch.sha256, "size_bytes": batch.size_bytes},
        )  # fmt: skip
    return batch


def look_at(batch: Import) -> None:
    """Reads the beginning of its table: kind, headings, and what the columns may mean.

    Raises:
        Invalid: it cannot be read, or no headings are found.
    """
    file = Spool(batch.id).file()
    found = likely_table(file, batch.file_name, batch.table, batch.charset, batch.organisation_id)
    place = find_headings(found.rows)
    headings = [heading.strip() for heading in found.rows[place]]
    while headings and not headings[-1]:
        headings.pop()
    batch.source, batch.table, batch.charset = found.facts.source, found.facts.table, found.facts.charset
    batch.headings, batch.headings_row = headings, place + 1
    batch.remarks = list(found.facts.remarks)
    batch.other_tables = [name for name in found.tables if name != batch.table]
    batch.columns = guess_columns(headings, batch.organisation_id)


def confirm_columns(
    *, batch: Import, columns: Sequence[str], known: str = "", category: str | None = None, actor: Actor
) -> None:
    """Says what each column means, and remembers it for the next table with these headings.

    Raises:
        Conflict: the import is under way or done.
        Invalid: a needed column is missing, or two columns mean the same.
    """
    require(actor, ACT, fonds_scope(batch.fonds), subject=batch.title)
    _require_state(batch, Import.State.RECEIVED, Import.State.CHECKED)
    if len(columns) != len(batch.headings):
        raise Invalid(_("列数与表头不符。"), subject=batch.title)
    if batch.source != SCANS:
        require_columns(columns)
    batch.columns = list(columns)
    batch.known = Import.Known(known or batch.known)
    batch.category = batch.category if category is None else category
    batch.save(update_fields=["columns", "known", "category"])
    if batch.source != SCANS:
        remember_columns(batch.headings, columns, batch.organisation_id)


def start_check(*, batch: Import, actor: Actor, enqueue: bool = True) -> Job | None:
    """Has every row held to the rules (试导入); nothing is imported.

    Raises:
        Conflict: the import is under way or done.
        Invalid: the columns are not settled.
    """
    require(actor, ACT, fonds_scope(batch.fonds), subject=batch.title)
    if batch.source != SCANS:
        require_columns(batch.columns)
    _require_state(batch, Import.State.RECEIVED, Import.State.CHECKED, Import.State.CHECKING)
    return _begin(batch, Import.State.CHECKING, CHECK, _("试导入：%(title)s"), actor, enqueue)


def start_load(*, batch: Import, actor: Actor, accept: bool = False, enqueue: bool = True) -> Job | None:
    """Imports what was checked; rows with problems stay out.

    Args:
        batch: the import, checked.
        actor: who imports.
        accept: that the other rows are imported although some have problems.
        enqueue: whether a worker does it; a caller that says no runs the job itself.

    Raises:
        Conflict: it was not checked, or is done; or rows have problems and nobody accepted that.
    """
    require(actor, ACT, fonds_scope(batch.fonds), subject=batch.title)
    _require_state(batch, Import.State.CHECKED, Import.State.LOADING)
    if batch.counts.get("bad") and not accept:
        raise Conflict(
            _("有 %(bad)s 行有问题，没有导入。") % {"bad": batch.counts["bad"]}, subject=batch.title,
            remedy=_("请下载问题清单改正后再交；或指明先导入没有问题的行。"),
        )  # fmt: skip
    if not may_load(batch):
        raise Conflict(
            _("随附的目录还没有导入。"), subject=batch.title, remedy=_("请先导入目录，再挂接扫描件。")
        )
    if not batch.counts.get("good"):
        raise Conflict(_("没有可以导入的行。"), subject=batch.title, remedy=_("请按问题清单改正后再交。"))
    return _begin(batch, Import.State.LOADING, LOAD, _("导入目录：%(title)s"), actor, enqueue)


def may_load(batch: Import) -> bool:
    """Whether what it depends on is there: scans follow the table they came with."""
    table = came_beside(batch) if batch.source == SCANS else None
    return not table or not Import.objects.filter(id=table, state=Import.State.CHECKED).exists()


def start_undo(*, batch: Import, actor: Actor, accept: bool = False, enqueue: bool = True) -> Job | None:
    """Takes an import back as a whole, in one act; entries that were changed since stay.

    Args:
        batch: the import, done.
        actor: who takes it back.
        accept: that the others are taken back although the vault keeps files of some.
        enqueue: whether a worker does it; a caller that says no runs the job itself.

    Raises:
        Conflict: it is not done; or the vault keeps files of it and nobody accepted that these stay,
            or has all of them.
    """
    require(actor, UNDO, fonds_scope(batch.fonds), subject=batch.title)
    _require_state(batch, Import.State.DONE, Import.State.UNDOING)
    if batch.state == Import.State.DONE:
        found = outlook(batch)
        if found.in_vault and not (accept and found.something):
            raise Conflict(
                _("有 %(count)s 件的文件已存入总库，不能随导入撤销。") % {"count": found.in_vault},
                subject=batch.title, remedy=_("确属误存的，请在“清除误存的档案”中提请鉴定；其余的可以另行撤销。"),
            )  # fmt: skip
    return _begin(batch, Import.State.UNDOING, TAKE_BACK, _("撤销导入：%(title)s"), actor, enqueue)


def _begin(batch: Import, state: str, kind: str, title: str, actor: Actor, enqueue: bool) -> Job | None:
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(id=batch.id)
        if locked.job_id and locked.state == state and _is_alive(locked.job_id):
            raise Conflict(_("这个导入正在进行。"), subject=batch.title, remedy=_("请在任务页查看进度。"))
        batch.state = state
        job = None
        if enqueue:
            job = start(kind, actor, title=title % {"title": batch.title}, import_id=str(batch.id))
            batch.job_id = job.id
        batch.save(update_fields=["state", "job_id"])
    return job


def _is_alive(job_id: UUID) -> bool:
    return Job.objects.filter(id=job_id, state__in=[JobState.QUEUED, JobState.RUNNING]).exists()


def _require_state(batch: Import, *states: str) -> None:
    batch.refresh_from_db(fields=["state", "counts", "job_id"])
    if batch.state not in states:
        raise Conflict(
            _("这个导入“%(state)s”，不能这样做。") % {"state": Import.State(batch.state).label},
            subject=batch.title, remedy=_("刷新页面查看现状。"),
        )  # fmt: skip


def _take_in(file: UploadedFile[Any] | Path, target: Path) -> tuple[str, int]:
    """Copies a file to its place; returns its digest and size."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as source, target.open("wb") as copy:
        while piece := source.read(_AT_ONCE):
            digest.update(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise Invalid(
                    _("文件超过 %(size)s GiB。") % {"size": MOST_BYTES // 2**30},
                    remedy=_("请分成几个文件导入。"),
                )
            copy.write(piece)
    if not size:
        raise Invalid(_("文件是空的（0 字节）。"), subject=str(file.name), remedy=_("请检查原文件。"))
    if isinstance(file, Path):
        _beside(file, target)
    return digest.hexdigest(), size


def _beside(file: Path, target: Path) -> None:
    """The memo file of a DBF table belongs to it."""
    for suffix in (".fpt", ".FPT", ".dbt", ".DBT"):
        if file.suffix.lower() == ".dbf" and (memo := file.with_suffix(suffix)).is_file():
            shutil.copyfile(memo, target.with_suffix(suffix.lower()))
