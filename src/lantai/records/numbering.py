"""Numbers within the lowest class (件号): given in order, never given twice.

A counter stands beside each lowest class, named by the reference code without its number. It
only ever grows: a withdrawn number leaves a gap that the reference note (备考表) explains.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _

from .bulk import merge_numbers, set_columns
from .codes import Parts, class_code, format_code, template_segments
from .models import NumberCounter, Record, Scheme, Volume, WithdrawnNumber
from .vocabulary import NumberState

Row = TypeVar("Row", bound=models.Model)


def code_parts(record: Record) -> Parts:
    """The parts of a record's reference code, but for its number.

    Raises:
        Invalid: the record stands in no scheme yet.
    """
    if record.scheme is None:
        raise Invalid(_("这件档案还没有归入分类方案。"), subject=record.title, remedy=_("请先整理，再编号。"))
    parts = scheme_parts(record.scheme)
    parts |= {"retention": record.retention, "unit": record.unit_code}
    parts["project"] = str(record.metadata.get("project", ""))
    if record.year is not None:
        parts["year"] = record.year
    if record.volume is not None:
        parts |= volume_parts(record.volume)
    return parts


def volume_parts(volume: Volume) -> Parts:
    """The parts of a volume's (or a photo group's) reference code."""
    parts = scheme_parts(volume.scheme)
    parts |= {"retention": volume.retention, "unit": volume.unit_code, "project": volume.project}
    if volume.year is not None:
        parts["year"] = volume.year
    if volume.number is not None:
        parts |= {"volume": volume.number, "group": volume.number}
    return parts


def record_class(record: Record) -> str:
    """The lowest class the record's number runs in."""
    return class_code(_template(record), code_parts(record))


def record_code(record: Record, number: int) -> str:
    """The record's reference code with that number."""
    template = _template(record)
    last = template_segments(template)[-1].name
    width = record.scheme.number_width if record.scheme else None
    return format_code(template, {**code_parts(record), last: number}, number_width=width)


def volume_code(volume: Volume) -> str:
    """The reference code of a volume whose number is set: the code of its records up to it."""
    template = volume.scheme.code_template
    return format_code(template, volume_parts(volume), through=_volume_segment(template))


def next_numbers(archive_id: UUID, class_code: str, count: int) -> range:
    """Takes ``count`` numbers of a class; the caller's transaction holds them.

    Safe under concurrency: the row is changed before it is read, so that a second taker waits.
    """
    with transaction.atomic():
        NumberCounter.objects.bulk_create(
            [NumberCounter(archive_id=archive_id, class_code=class_code)], ignore_conflicts=True
        )
        counter = NumberCounter.objects.filter(archive_id=archive_id, class_code=class_code)
        counter.update(last=F("last") + count)
        last = counter.values_list("last", flat=True).get()
    return range(last - count + 1, last + 1)


def reserve_numbers(archive_id: UUID, codes: Iterable[tuple[str, int]]) -> None:
    """Notes numbers that came from outside, each with its code: counters start behind them."""
    highest: dict[str, int] = {}
    for code, number in codes:
        name = code.rpartition("-")[0]
        if number > highest.get(name, 0):
            highest[name] = number
    rows = [(new_id().hex, archive_id.hex, name, number) for name, number in sorted(highest.items())]
    merge_numbers(
        NumberCounter,
        ("id", "archive_id", "class_code", "last"),
        ("archive_id", "class_code"),
        rows,
        add=False,
    )


def number_records(records: Sequence[Record], state: str = NumberState.PROVISIONAL) -> None:
    """Numbers records in the order given, each within its lowest class, and saves them.

    The caller has asked for the permission, holds the transaction and writes the ledger.

    Raises:
        Conflict: a record has a number already.
        Invalid: a segment of the code is missing or does not fit.
    """
    classes: dict[tuple[UUID, str], list[Record]] = {}
    for record in records:
        if record.number_state != NumberState.NONE:
            raise Conflict(_("这件档案已经有档号。"), subject=record.reference_code)
        classes.setdefault((record.archive_id, record_class(record)), []).append(record)
    now = timezone.now()
    for (archive_id, name), members in sorted(classes.items(), key=lambda item: item[0][1]):
        for record, number in zip(members, next_numbers(archive_id, name, len(members)), strict=True):
            record.item_number = number
            record.reference_code = record_code(record, number)
            record.number_state = state
            record.changed_at = now
    set_columns(records, ["item_number", "reference_code", "number_state", "changed_at"])


def withdraw_number(record: Record, *, reason: str, actor: Actor) -> WithdrawnNumber:
    """Takes a record's number back; it is never used again and its gap keeps the reason.

    The caller has asked for the permission, holds the transaction and writes the ledger.

    Raises:
        Conflict: the record has no number, or it is locked.
        Invalid: no reason is given.
    """
    if record.number_state not in {NumberState.PROVISIONAL, NumberState.FIXED}:
        raise Conflict(_("这件档案没有可以撤回的件号。"), subject=record.reference_code or record.title)
    if not reason.strip():
        raise Invalid(_("撤回件号须写明原因，以记入备考表。"), subject=record.reference_code)
    withdrawn = WithdrawnNumber.objects.create(
        archive_id=record.archive_id,
        fonds_id=record.fonds_id,
        class_code=record.reference_code.rpartition("-")[0],
        number=record.item_number or 0,
        reference_code=record.reference_code,
        record_id=record.id,
        reason=reason.strip(),
        withdrawn_by=actor.id,
    )
    record.item_number, record.reference_code, record.number_state = None, "", NumberState.NONE
    record.changed_at = timezone.now()
    record.save(update_fields=["item_number", "reference_code", "number_state", "changed_at"])
    return withdrawn


def with_codes(rows: QuerySet[Row], archive_id: UUID, codes: Collection[str]) -> QuerySet[Row]:
    """Records, or volumes, of an archive that have one of some codes; at most some hundreds are asked for.

    Says what the index of codes is conditional on, without which no database would go by it.
    """
    return rows.filter(archive_id=archive_id, reference_code__in=codes).exclude(reference_code="")


def refuse_used_codes(archive_id: UUID, codes: Collection[str]) -> None:
    """Refuses codes that a record of the archive has, or had before they were withdrawn.

    Raises:
        Conflict: the message names the first such code.
    """
    wanted = sorted(codes)
    for start in range(0, len(wanted), 500):
        piece = wanted[start : start + 500]
        taken = with_codes(Record.objects.all(), archive_id, piece)
        if code := taken.values_list("reference_code", flat=True).first():
            raise Conflict(
                _("这个档号已经有档案使用。"), subject=code, remedy=_("请核对目录中的件号是否重复。")
            )
        gone = WithdrawnNumber.objects.filter(archive_id=archive_id, reference_code__in=piece)
        if code := gone.values_list("reference_code", flat=True).first():
            raise Conflict(
                _("这个件号已撤回，不得再用。"), subject=code, remedy=_("请另编新号，空号记入备考表。")
            )


def _template(record: Record) -> str:
    if record.scheme is None:
        raise Invalid(_("这件档案还没有归入分类方案。"), subject=record.title, remedy=_("请先整理，再编号。"))
    return record.scheme.code_template


def _volume_segment(template: str) -> str:
    for segment in template_segments(template):
        if segment.name in {"volume", "group"}:
            return segment.name
    raise Invalid(_("这个档号模板没有案卷号或组号。"), subject=template)


def scheme_parts(scheme: Scheme) -> Parts:
    """The parts of a code that the scheme itself decides."""
    levels = [level for level in scheme.subclasses.split("·") if level]
    parts: Parts = {"fonds": scheme.fonds.code, "category": scheme.category}
    parts |= {f"class{index}": level for index, level in enumerate(levels, 2)}
    if scheme.catalogue_number:
        parts["catalogue"] = scheme.catalogue_number
    return parts
