"""The three jobs of an edit: preview, apply, undo."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _
from lantai.ledger.api import append
from lantai.records.api import Record, change_records

from .choosing import unpack
from .models import BulkEdit, EditChange
from .operations import ACT, Operator

PREVIEW, APPLY, TAKE_BACK = "catalogue.preview_edit", "catalogue.apply_edit", "catalogue.undo_edit"
PIECE = 500
SHOWN = 20


def preview(run: JobRun, edit: BulkEdit) -> None:
    """Counts what would change, with the first of them before and after, and what stands against it."""
    started = timezone.now()
    operator = Operator(edit, run.actor)
    ids = unpack(edit.record_ids)
    counts = Counter(
        {"chosen": len(ids), "unknown": edit.counts.get("unknown", 0), "change": 0, "same": 0, "bad": 0}
    )
    samples: list[dict[str, str]] = []
    problems: list[dict[str, str]] = list(edit.counts.get("codes", []))
    run.step(_("预览"), total=len(ids))
    for record_ids in _pieces(ids):
        for record in _records(record_ids):
            before = operator.value_of(record)
            after = operator.new_value(before)
            told = {"record": str(record.id), "code": record.reference_code, "title": record.title[:120]}
            if before == after:
                counts["same"] += 1
            elif problem := operator.problem(record, after):
                counts["bad"] += 1
                problems += [{**told, "problem": problem}] if len(problems) < SHOWN else []
            else:
                counts["change"] += 1
                samples += (
                    [{**told, "before": before[:300], "after": after[:300]}] if len(samples) < SHOWN else []
                )
        run.advance(len(record_ids))
    edit.counts, edit.samples, edit.problems = (
        {**counts, "previewed_at": started.isoformat()},
        samples,
        problems,
    )
    edit.state = BulkEdit.State.PREVIEWED
    edit.save(update_fields=["counts", "samples", "problems", "state"])


def apply(run: JobRun, edit: BulkEdit) -> None:
    """Changes the records; one changed since the preview stays. One line in the ledger, before the first piece."""
    operator = Operator(edit, run.actor)
    ids = unpack(edit.record_ids)
    _tell_beginning(edit, run)
    run.step(_("修改"), total=len(ids))
    for chunk in run.chunks(ids, size=PIECE):
        with run.commit(chunk):
            done = _apply_piece(edit, operator, list(chunk))
            counts = Counter(edit.counts.get("done", {})) + done
            edit.counts = {**edit.counts, "done": dict(counts)}
            edit.save(update_fields=["counts"])
    edit.state, edit.done_at = BulkEdit.State.DONE, timezone.now()
    edit.record_ids, edit.samples, edit.problems = b"", [], []
    edit.save(update_fields=["state", "done_at", "record_ids", "samples", "problems"])


def _tell_beginning(edit: BulkEdit, run: JobRun) -> None:
    """The ledger's line: what is done, to how many, to which."""
    if edit.counts.get("told"):
        return
    with transaction.atomic():
        append(
            act=ACT, actor=run.actor, subject=f"edit:{edit.id}", count=max(1, edit.counts["change"]),
            after={
                "element": edit.element, "operation": edit.operation, "find": edit.find, "value": edit.value,
                "records_sha256": hashlib.sha256(bytes(edit.record_ids)).hexdigest(),
            },
        )  # fmt: skip
        edit.counts = {**edit.counts, "told": True}
        edit.save(update_fields=["counts"])


def _apply_piece(edit: BulkEdit, operator: Operator, record_ids: Sequence[UUID]) -> Counter[str]:
    previewed = datetime.fromisoformat(edit.counts["previewed_at"])
    changes: list[EditChange] = []
    edits: dict[UUID, dict[str, object]] = {}
    stayed = 0
    for record in _records(record_ids):
        before = operator.value_of(record)
        after = operator.new_value(before)
        if before == after:
            continue
        if record.changed_at > previewed or operator.problem(record, after):
            stayed += 1
            continue
        edits[record.id] = operator.changes(record, after)
        changes.append(EditChange(edit=edit, record_id=record.id, before=before, after=after))
    if edits:
        EditChange.objects.bulk_create(changes, batch_size=PIECE)
        change_records(edits=edits, act=ACT, actor=operator.actor)
        _note_values(operator, changes)
    return Counter(changed=len(edits), stayed=stayed)


def _note_values(operator: Operator, changes: Sequence[EditChange]) -> None:
    """What stands in the records now, should tidying have made it another than was asked."""
    records = Record.objects.in_bulk([change.record_id for change in changes])
    other = [change for change in changes if operator.value_of(records[change.record_id]) != change.after]
    for change in other:
        change.after = operator.value_of(records[change.record_id])
    EditChange.objects.bulk_update(other, ["after"], batch_size=PIECE)


def undo(run: JobRun, edit: BulkEdit) -> None:
    """Gives every record back what it said; one whose value was changed since stays."""
    operator = Operator(edit, run.actor)
    keys = list(edit.changes.order_by("id").values_list("id", flat=True))
    if not edit.counts.get("told_undo"):
        with transaction.atomic():
            append(act=TAKE_BACK, actor=run.actor, subject=f"edit:{edit.id}", count=max(1, len(keys)))
            edit.counts = {**edit.counts, "told_undo": True}
            edit.save(update_fields=["counts"])
    run.step(_("撤销"), total=len(keys))
    for chunk in run.chunks(keys, size=PIECE):
        with run.commit(chunk):
            counts = Counter(edit.counts.get("undone", {})) + _undo_piece(edit, operator, list(chunk))
            edit.counts = {**edit.counts, "undone": dict(counts)}
            edit.save(update_fields=["counts"])
    edit.state = BulkEdit.State.UNDONE
    edit.save(update_fields=["state"])


def _undo_piece(edit: BulkEdit, operator: Operator, keys: Sequence[int]) -> Counter[str]:
    changes = {change.record_id: change for change in edit.changes.filter(id__in=keys)}
    edits: dict[UUID, dict[str, object]] = {}
    for record in _records(list(changes)):
        change = changes[record.id]
        if operator.value_of(record) == change.after and not operator.problem(record, change.before):
            edits[record.id] = operator.changes(record, change.before)
    if edits:
        edit.changes.filter(record__in=list(edits)).update(undone=True)
        change_records(edits=edits, act=ACT, actor=operator.actor)
    return Counter(restored=len(edits), stayed=len(changes) - len(edits))


def _pieces(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    for start in range(0, len(ids), PIECE):
        yield ids[start : start + PIECE]


def _records(ids: Sequence[UUID]) -> Iterable[Record]:
    """In the order of their codes, so that samples read like a list."""
    return Record.objects.filter(id__in=ids).select_related("scheme").order_by("reference_code", "id")
