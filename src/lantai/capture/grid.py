"""Editing a batch of records cell by cell (表格录入): what stands where, saving many cells, undoing a save.

The server decides: each cell is checked here, good ones are saved together in one act with one
ledger line, bad ones come back with what to do. The last save can be undone as an act of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.dates import parse_date
from lantai.core.errors import Conflict, Invalid, LantaiError
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _
from lantai.core.numerals import read_count
from lantai.core.ports import require
from lantai.records import api as records
from lantai.records.api import NumberState, Record, Scheme, State

from .arrangement import scope_of_scheme
from .arrangement_models import GridChange, GridEdit, Overruling
from .classing import advise, overrulings

EDIT, UNDO = "capture.edit_grid", "capture.undo_grid"
AT_ONCE = 1_000
"""Records on one page of the grid, and the most that one save may change."""
NOTE = "M75"
_LIMITS = {
    "title": 2000,
    "responsible": 300,
    "document_number": 100,
    "date_text": 60,
    "unit_code": 40,
    "note": 500,
}
PLACING = ("retention", "unit_code")
COLUMNS = (
    "title", "responsible", "date_text", "document_number", "retention", "unit_code", "page_count",
    "disclosure", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowEdit:
    """New cells of one record, and the ``changed_at`` its editor saw, in ISO 8601."""

    record_id: UUID
    seen: str
    cells: Mapping[str, str]


@dataclass(slots=True)
class Saved:
    """What became of a save.

    Attributes:
        edit_id: the batch, or ``None`` if nothing was saved.
        rows: the saved rows as they stand now.
        problems: what is wrong, by record and column; column ``""`` is the whole row.
    """

    edit_id: UUID | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: dict[UUID, dict[str, str]] = field(default_factory=dict)


def grid_rows(scheme: Scheme, year: int, after: UUID | None = None) -> QuerySet[Record]:
    """The records of a class and year that are in the record office, in the order in which they came."""
    rows = Record.objects.filter(scheme=scheme, year=year, state__in=(State.CAPTURED, State.FILED))
    if after:
        rows = rows.filter(id__gt=after)
    return rows.order_by("id")


def row_of(record: Record) -> dict[str, Any]:
    """A record as the grid shows it."""
    return {
        "id": str(record.id),
        "code": record.reference_code,
        "seen": record.changed_at.isoformat(),
        "fixed": record.number_state in {NumberState.FIXED, NumberState.LOCKED},
        "cells": cells_of(record),
    }


def cells_of(record: Record) -> dict[str, str]:
    """The cells of a record as text."""
    cells = {name: str(getattr(record, name)) for name in COLUMNS if name != "note"}
    cells["note"] = str(record.metadata.get(NOTE, ""))
    cells["page_count"] = str(record.page_count or "")
    cells["retention"] = _term_name(record.retention)
    return cells


def save_cells(
    *, scheme: Scheme, year: int, edits: Sequence[RowEdit], reason: str = "", actor: Actor
) -> Saved:
    """Saves what is right of many cells, in one act; what is wrong is told and left as it was.

    Args:
        scheme: the class.
        year: the year.
        edits: new cells by record.
        reason: why terms differ from what the schedule proposes, if they do.
        actor: who edits.

    Raises:
        Forbidden: the actor does not edit this agency's records.
        Invalid: more than :data:`AT_ONCE` records at once.
    """
    require(actor, EDIT, scope_of_scheme(scheme), subject=str(scheme))
    if len(edits) > AT_ONCE:
        raise Invalid(_("一次最多保存 %(count)s 件。") % {"count": AT_ONCE}, subject=str(scheme))
    saved = Saved()
    with transaction.atomic():
        wanted = {edit.record_id: edit for edit in edits}
        held = grid_rows(scheme, year).select_for_update(of=("self",)).filter(id__in=wanted).in_bulk()
        values: dict[UUID, dict[str, Any]] = {}
        for record_id, edit in wanted.items():
            record = held.get(record_id)
            values[record_id], saved.problems[record_id] = _checked(record, edit)
        kept = _overruled(held, values, reason, actor, saved)
        _write(scheme, year, held, {key: row for key, row in values.items() if row}, kept, actor, saved)
    saved.problems = {key: found for key, found in saved.problems.items() if found}
    return saved


def undo_edit(*, scheme: Scheme, year: int, edit_id: UUID, actor: Actor) -> list[dict[str, Any]]:
    """Puts back what the last saved batch changed; answers the rows as they stand now.

    Raises:
        Conflict: it is not the last one, was undone, or a record was changed since.
        Forbidden: the actor does not edit this agency's records.
    """
    require(actor, UNDO, scope_of_scheme(scheme), subject=str(scheme))
    with transaction.atomic():
        last = last_edit(scheme, year, lock=True)
        if last is None or last.id != edit_id:
            raise Conflict(
                _("只能撤回最近一次保存，之后又有人保存过。"), subject=str(scheme), remedy=_("请刷新后再看。")
            )
        changes = list(last.changes.select_related("record"))
        moved = [row.record.title[:40] for row in changes if not _stands(row)]
        if moved:
            raise Conflict(
                _("保存之后又改过，不能整批撤回：%(titles)s。") % {"titles": "、".join(moved[:3])},
                subject=str(scheme),
                remedy=_("请在表格里逐格改回。"),
            )
        edits = {row.record_id: _values(row.record, row.before) for row in changes}
        again = records.edit_records(edits=edits, act=UNDO, subject=f"batch:{last.id}", actor=actor)
        last.undone_by, last.undone_at = actor.id, timezone.now()
        last.save(update_fields=["undone_by", "undone_at"])
    return [row_of(record) for record in again]


def last_edit(scheme: Scheme, year: int, *, lock: bool = False) -> GridEdit | None:
    """The last saved batch of a class and year that still stands."""
    edits = GridEdit.objects.filter(scheme=scheme, year=year, undone_at=None).order_by("-made_at", "-id")
    return (edits.select_for_update() if lock else edits).first()


def ledger_subjects(record_id: UUID) -> list[str]:
    """The batches whose ledger lines tell of a record."""
    edits = GridChange.objects.filter(record_id=record_id).values_list("edit_id", flat=True)
    return [f"batch:{edit_id}" for edit_id in edits]


def _write(
    scheme: Scheme,
    year: int,
    held: Mapping[UUID, Record],
    values: dict[UUID, dict[str, Any]],
    kept: list[Overruling],
    actor: Actor,
    saved: Saved,
) -> None:
    if not values:
        return
    before = {key: cells_of(held[key]) for key in values}
    edit = GridEdit(id=new_id(), scheme=scheme, year=year, made_by=actor.id, made_by_name=actor.name)
    again = records.edit_records(edits=values, act=EDIT, subject=f"batch:{edit.id}", actor=actor)
    changes = []
    for record in again:
        after = cells_of(record)
        changed = [name for name in COLUMNS if after[name] != before[record.id][name]]
        if changed:
            old = {name: before[record.id][name] for name in changed}
            new = {name: after[name] for name in changed}
            changes.append(GridChange(edit=edit, record=record, before=old, after=new))
        saved.rows.append(row_of(record))
    if changes:
        edit.save(force_insert=True)
        GridChange.objects.bulk_create(changes, batch_size=500)
        saved.edit_id = edit.id
    Overruling.objects.bulk_create(kept)


def _checked(record: Record | None, edit: RowEdit) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of the cells that are right, and what is wrong with the others."""
    if record is None:
        return {}, {"": _("这一件已不在本类目。请刷新。")}
    if record.changed_at.isoformat() != edit.seen:
        return {}, {"": _("您打开之后别人改过这一件。请刷新后再改。")}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in edit.cells.items():
        try:
            values |= _values(record, {name: text})
        except LantaiError as error:
            problems[name] = str(error)
    return values, problems


def _values(record: Record, cells: Mapping[str, str]) -> dict[str, Any]:
    """Field values of cells; raises ``Invalid`` for one that cannot stand."""
    values: dict[str, Any] = {}
    for name, text in cells.items():
        text = text.strip()
        if name not in COLUMNS:
            raise Invalid(_("没有这一列。"), subject=name)
        if len(text) > _LIMITS.get(name, 200):
            raise Invalid(_("超过 %(most)s 字，请缩短。") % {"most": _LIMITS.get(name, 200)})
        if name == "note":
            values["metadata"] = {**record.metadata, NOTE: text}
        else:
            values[name] = _read_cell(record, name, text)
    return values


def _read_cell(record: Record, name: str, text: str) -> Any:
    if name == "title" and not text:
        raise Invalid(_("题名不能为空。"))
    if name == "page_count":
        count = read_count(text or "0", 6)
        if count is None:
            raise Invalid(_("页数写阿拉伯数字。"))
        return count
    if name == "date_text" and text:
        parse_date(text)
    if name == "disclosure":
        return records.parse_disclosure(text)
    value = records.retention_term(text).code if name == "retention" and text else text
    fixed = record.number_state in {NumberState.FIXED, NumberState.LOCKED}
    if fixed and name in PLACING and value != getattr(record, name):
        raise Invalid(_("已经定号，不能再改。"), remedy=_("确需更改的，请先撤销件号。"))
    return value


def _overruled(
    held: Mapping[UUID, Record],
    values: dict[UUID, dict[str, Any]],
    reason: str,
    actor: Actor,
    saved: Saved,
) -> list[Overruling]:
    """What differs from the schedule: kept with the reason, or a problem of its cell."""
    chosen = [held[key] for key, row in values.items() if row.get("retention")]
    kept: list[Overruling] = []
    for advice in advise(chosen):
        key = advice.record.id
        try:
            kept += overrulings([advice], {key: {"retention": values[key]["retention"]}}, reason, actor)
        except Invalid as error:
            saved.problems[key]["retention"] = error.message
            values[key].pop("retention")
    return kept


@lru_cache(maxsize=64)
def _term_name(code: str) -> str:
    """A term as people write it; what is not a known one stays as it is."""
    try:
        return records.retention_term(code).name if code else ""
    except Invalid:
        return code


def _stands(change: GridChange) -> bool:
    cells = cells_of(change.record)
    return all(cells[name] == text for name, text in change.after.items())
