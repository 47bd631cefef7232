"""Counting the holdings: fonds by fonds, each in one reading of its records; use from the ledger."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.jobs import Job, JobRun, JobState, start
from lantai.core.language import gettext as _
from lantai.ledger.api import Entry, head
from lantai.records.api import Document, DocumentRole, Fonds, Record

from .models import HoldingsCell, HoldingsCount, HoldingsFormat, HoldingsUse

COUNT = "catalogue.count_holdings"
EVERY = timedelta(hours=20)
"""The worker counts anew when the last count is older."""
LEAVES = 10_000
BORN, SCANNED, ENTRY = "born", "scanned", "entry"
_SAME = ("archive_id", "state", "retention", "opening_mark", "category", "year", "born", "scanned")
Figures = dict[tuple[Any, ...], Counter[str]]


def count_when_due() -> None:
    """Has the worker count, about once a day; costs one query otherwise."""
    last = HoldingsCount.objects.filter(id=1).first()
    if last is not None and last.counted_at > timezone.now() - EVERY:
        return
    if not Job.objects.filter(kind=COUNT, state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
        start(COUNT, SYSTEM, title=_("统计馆藏"))


def count_holdings(run: JobRun) -> int:
    """Counts every fonds anew and adds the use since last time; returns records counted."""
    began = time.monotonic()
    fonds = list(Fonds.objects.order_by("id").values_list("id", flat=True))
    run.step(_("统计馆藏，按全宗"), len(fonds))
    total = 0
    for fonds_id in fonds:
        total += count_fonds(fonds_id)
        run.advance()
    run.step(_("统计利用"))
    count_use()
    HoldingsCount.objects.update_or_create(
        id=1,
        defaults={"counted_at": timezone.now(), "took_s": time.monotonic() - began, "records": total},
    )
    return total


def count_fonds(fonds_id: UUID) -> int:
    """Writes the cells of one fonds anew."""
    figures = _records(fonds_id)
    _files(fonds_id, figures)
    with transaction.atomic():
        HoldingsCell.objects.filter(fonds=fonds_id).delete()
        HoldingsCell.objects.bulk_create(
            [_cell(fonds_id, key, found) for key, found in figures.items()], batch_size=500
        )
        HoldingsFormat.objects.filter(fonds=fonds_id).delete()
        HoldingsFormat.objects.bulk_create(
            [HoldingsFormat(fonds_id=fonds_id, **row) for row in _formats(fonds_id)], batch_size=500
        )
    return sum(found["records"] for found in figures.values())


def count_use() -> int:
    """Adds what the ledger tells of looking, printing and taking since last time; returns its lines."""
    mark, _made = HoldingsCount.objects.get_or_create(id=1)
    latest = head()
    end = latest.size if latest else 0
    counted = 0
    while mark.leaves < end:
        upto = min(end, mark.leaves + LEAVES)
        lines = Entry.objects.filter(
            leaf__index__gte=mark.leaves, leaf__index__lt=upto, act__startswith="record."
        )
        with transaction.atomic():
            counted += _add_use(list(lines.values_list("act", "subject", "at")))
            mark.leaves = upto
            mark.save(update_fields=["leaves"])
    return counted


def _alike(rows: Any) -> Any:
    """Rows with what makes a cell, the medium told by what documents there are."""
    mine = Document.objects.filter(record=OuterRef("id"))
    return rows.annotate(
        category=F("scheme__category"),
        born=Exists(mine.exclude(role=DocumentRole.PAGE_IMAGES)),
        scanned=Exists(mine.filter(role=DocumentRole.PAGE_IMAGES)),
    )


def _records(fonds_id: UUID) -> Figures:
    rows = _alike(Record.objects.filter(fonds=fonds_id)).order_by().values(*_SAME)
    figures: Figures = defaultdict(Counter)
    for row in rows.annotate(records=Count("id"), pages=Sum("page_count")):
        figures[_key(row)].update(records=row["records"], pages=row["pages"] or 0)
    return figures


def _files(fonds_id: UUID, figures: Figures) -> None:
    rows = _alike(Record.objects.filter(fonds=fonds_id, documents__isnull=False)).order_by().values(*_SAME)
    for row in rows.annotate(files=Count("documents__id"), size_bytes=Sum("documents__size_bytes")):
        figures[_key(row)].update(files=row["files"], size_bytes=row["size_bytes"] or 0)


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    medium = BORN if row["born"] else SCANNED if row["scanned"] else ENTRY
    decade = (row["year"] or 0) // 10 * 10
    return (
        row["archive_id"], row["category"] or "", decade, row["state"], medium, row["retention"], row["opening_mark"],
    )  # fmt: skip


def _cell(fonds_id: UUID, key: tuple[Any, ...], found: Counter[str]) -> HoldingsCell:
    archive_id, category, decade, state, medium, retention, mark = key
    return HoldingsCell(
        archive_id=archive_id, fonds_id=fonds_id, category=category, decade=decade, state=state, medium=medium,
        retention=retention, opening_mark=mark, records=found["records"], pages=found["pages"],
        files=found["files"], size_bytes=found["size_bytes"],
    )  # fmt: skip


def _formats(fonds_id: UUID) -> Any:
    rows = Document.objects.filter(record__fonds=fonds_id).order_by().values("puid", "format_name")
    return rows.annotate(files=Count("id"), size_bytes=Coalesce(Sum("size_bytes"), 0))


def _add_use(lines: list[tuple[str, str, Any]]) -> int:
    """Adds lines up by fonds, month and act; of records that are gone nobody asks."""
    lines = [line for line in lines if line[1].startswith("record:")]
    ids = {UUID(subject.removeprefix("record:")) for _act, subject, _at in lines}
    belongs: dict[UUID, UUID] = {}
    wanted = sorted(ids)
    for begin in range(0, len(wanted), 500):
        piece = wanted[begin : begin + 500]
        belongs.update(Record.objects.filter(id__in=piece).values_list("id", "fonds_id"))
    times: Counter[tuple[UUID, str, str]] = Counter()
    for act, subject, at in lines:
        fonds_id = belongs.get(UUID(subject.removeprefix("record:")))
        if fonds_id is not None:
            times[fonds_id, f"{timezone.localtime(at):%Y-%m}", act] += 1
    for (fonds_id, month, act), number in times.items():
        row, _made = HoldingsUse.objects.get_or_create(fonds_id=fonds_id, month=month, act=act)
        HoldingsUse.objects.filter(id=row.id).update(times=F("times") + number)
    return sum(times.values())
