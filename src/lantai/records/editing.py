"""Editing many records at once: description and place, each record its own values, one ledger line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append

from .bulk import set_column
from .counts import add_counts, count_nodes
from .events import RecordsChanged
from .models import Record
from .selectors import scope_of
from .services import ARRANGED, DESCRIBED, describe, lock_all, refuse_handed_over
from .terms import retention_term
from .vocabulary import NumberState, State

_STORED = (
    "title", "responsible", "document_number", "date_text", "date_start", "date_end", "date_certainty",
    "disclosure", "secrecy_period", "page_count", "metadata", "flags", "retention", "unit_code", "scheme_id",
    "year", "number_state", "item_number", "reference_code",
)  # fmt: skip
"""What an edit may change, written in this order: a record may not be numbered without a code."""
PLACES = ("scheme_id", "year", "retention", "unit_code")


@transaction.atomic
def edit_records(
    *, edits: Mapping[UUID, Mapping[str, Any]], act: str, subject: str, actor: Actor
) -> list[Record]:
    """Changes records, each to its own values, all or none; answers them in the order asked.

    A record whose number is provisional loses it when its place changes.

    Args:
        edits: new values by field, by record: fields of a description, and of :data:`PLACES`.
        act: what is asked for and written to the ledger.
        subject: the batch's ledger subject.
        actor: who edits.

    Raises:
        Conflict: a record's number is fixed and its place would change, or it is destroyed.
        Forbidden: the actor may not do the act on one of them.
        Invalid: a value breaks a rule, or the field is not one of these.
    """
    records, changed, before = _changed(edits, act, actor)
    if changed:
        append(
            act=act, actor=actor, subject=subject, count=len(changed),
            before={str(record.id): _told(before[record.id]) for record in changed},
            after={str(record.id): _told(_stored(record)) for record in changed},
        )  # fmt: skip
    return records


@transaction.atomic
def change_records(*, edits: Mapping[UUID, Mapping[str, Any]], act: str, actor: Actor) -> list[Record]:
    """Does what :func:`edit_records` does but for the ledger's line: a piece of an edit that has one already.

    Answers the records that changed.
    """
    return _changed(edits, act, actor)[1]


def _changed(
    edits: Mapping[UUID, Mapping[str, Any]], act: str, actor: Actor
) -> tuple[list[Record], list[Record], dict[UUID, dict[str, Any]]]:
    """Changes records and tells of it; answers all, those that changed, and what they said before."""
    records = lock_all(list(edits))
    for scope in {scope_of(record) for record in records}:
        require(actor, act, scope)
    for record in records:
        refuse_handed_over(record, actor)
    before = {record.id: _stored(record) for record in records}
    moved = {node: -number for node, number in count_nodes(records).items()}
    for record in records:
        _edit(record, edits[record.id])
    changed = [record for record in records if _stored(record) != before[record.id]]
    if changed:
        for node, number in count_nodes(records).items():
            moved[node] = moved.get(node, 0) + number
        _write(changed, before)
        add_counts(moved)
        publish(RecordsChanged(tuple(record.id for record in changed), "described"))
    return records, changed, before


def _edit(record: Record, values: Mapping[str, Any]) -> None:
    if foreign := sorted(set(values) - {*DESCRIBED, *PLACES}):
        raise Invalid(_("这些项目不能成批修改：%(names)s。") % {"names": "、".join(foreign)})
    if record.state == State.DESTROYED:
        raise Conflict(_("这件档案已销毁，不能再著录。"), subject=record.reference_code)
    describe(record, {name: value for name, value in values.items() if name in DESCRIBED})
    place = {name: value for name, value in values.items() if name in ARRANGED}
    if place.get("retention"):
        place["retention"] = retention_term(place["retention"]).code
    if all(getattr(record, name) == value for name, value in place.items()):
        return
    if record.number_state in {NumberState.FIXED, NumberState.LOCKED} or record.state != State.CAPTURED:
        raise Conflict(
            _("这件档案已经定号，不能再改保管期限和机构（问题）。"), subject=record.reference_code,
            remedy=_("确需更改的，请档案室先撤销件号。"),
        )  # fmt: skip
    record.item_number, record.reference_code, record.number_state = None, "", NumberState.NONE
    for name, value in place.items():
        setattr(record, name, value)


def _write(changed: list[Record], before: Mapping[UUID, Mapping[str, Any]]) -> None:
    now = timezone.now()
    for record in changed:
        record.changed_at = now
    for name in _STORED:
        values = {
            record.id: getattr(record, name)
            for record in changed
            if getattr(record, name) != before[record.id][name]
        }
        if values:
            set_column(Record, name.removesuffix("_id"), values)
    set_column(Record, "changed_at", {record.id: now for record in changed})


def _stored(record: Record) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in _STORED}
    return values | {"metadata": dict(record.metadata), "flags": list(record.flags)}


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in (*DESCRIBED, *PLACES) if name in values} | {
        "reference_code": values["reference_code"]
    }
