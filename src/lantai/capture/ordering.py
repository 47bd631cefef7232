"""Putting provisional numbers in another order (预号): by hand, before they are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.records import api as records
from lantai.records.api import NumberState, Record, Scheme

from .arrangement import NUMBER_FIELDS, queue_for, scope_of_scheme, tell_numbers, unfixed


def reorder(*, scheme: Scheme, year: int, record_ids: Sequence[UUID], actor: Actor) -> None:
    """Gives the provisional numbers of one lowest class to its records in the order named.

    Raises:
        Conflict: the class changed meanwhile: the records named are not those that have its numbers.
        Forbidden: the actor does not arrange this agency's records.
    """
    require(actor, "capture.arrange", scope_of_scheme(scheme), subject=str(scheme))
    with transaction.atomic():
        queue_for(scheme)
        held = {record.id: record for record in _provisional(scheme, year)}
        wanted = [held[key] for key in dict.fromkeys(record_ids) if key in held]
        codes = {class_of(record) for record in wanted}
        members = [record for record in held.values() if class_of(record) in codes]
        if len(codes) != 1 or len(wanted) != len(record_ids) or len(members) != len(wanted):
            raise Conflict(
                _("这个类目的预号已有变动，没有重排。"), subject=str(scheme), remedy=_("请刷新后再排。")
            )
        _renumber(wanted, sorted(record.item_number or 0 for record in members))
        tell_numbers(wanted, "capture.number", scheme, year, actor)


def move_record(*, record: Record, number: int, actor: Actor) -> None:
    """Moves a record to another provisional number of its class; those between move up or down.

    Raises:
        Conflict: the record has no provisional number.
        Invalid: the class has no such provisional number.
        Forbidden: see :func:`reorder`.
    """
    if record.scheme is None or record.year is None or record.number_state != NumberState.PROVISIONAL:
        raise Conflict(_("这件档案没有预号，不能移动。"), subject=record.title, remedy=_("请先编预号。"))
    class_code = class_of(record)
    members = [row for row in _provisional(record.scheme, record.year) if class_of(row) == class_code]
    numbers = [row.item_number or 0 for row in members]
    if number not in numbers:
        raise Invalid(
            _("可移到的预号是 %(first)s 到 %(last)s。") % {"first": min(numbers), "last": max(numbers)},
            subject=record.reference_code,
        )
    order = [row.id for row in members if row.id != record.id]
    order.insert(numbers.index(number), record.id)
    reorder(scheme=record.scheme, year=record.year, record_ids=order, actor=actor)


def class_of(record: Record) -> str:
    """The lowest class a numbered record's code stands in."""
    return record.reference_code.rpartition("-")[0]


def _provisional(scheme: Scheme, year: int) -> list[Record]:
    rows = unfixed(scheme, year).filter(number_state=NumberState.PROVISIONAL)
    return list(rows.order_by("item_number", "id"))


def _renumber(ordered: Sequence[Record], numbers: Sequence[int]) -> None:
    """Takes every number away first: a code is borne by one record at a time."""
    Record.objects.filter(id__in=[record.id for record in ordered]).update(
        item_number=None, reference_code="", number_state=NumberState.NONE
    )
    now = timezone.now()
    for record, number in zip(ordered, numbers, strict=True):
        record.item_number = number
        record.reference_code = records.record_code(record, number)
        record.number_state = NumberState.PROVISIONAL
        record.changed_at = now
    Record.objects.bulk_update(ordered, NUMBER_FIELDS, batch_size=200)
