"""Arrangement and numbering (整理与编号, DA/T 22-2015): classify, sort, number, fix.

A number is provisional (预号) while the class is still being put in order and moves with it;
fixed (定号) when the archivist says so, and from then on it stays with its record or is withdrawn
with a reason; locked (锁号) when the archive has received the record. Late records are numbered
after the fixed ones. A number once fixed is never given again.

Everybody who numbers in a scheme queues for the scheme's row, so that two never give the same
number; on SQLite the transaction itself is the queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.ports import Scope, require
from lantai.ledger.api import append
from lantai.records import api as records
from lantai.records.api import NumberState, Record, RecordsChanged, Scheme, State, WithdrawnNumber

from .classing import PROPOSED as PROPOSED
from .classing import classify_records

FIRM = (NumberState.FIXED, NumberState.LOCKED)
LOOSE = (NumberState.NONE, NumberState.PROVISIONAL)
NUMBER_FIELDS = ["item_number", "reference_code", "number_state", "changed_at"]


@dataclass(slots=True)
class ClassOfRecords:
    """One lowest class with its unfixed records, in their order.

    Attributes:
        code: the reference code up to the item number; empty where it cannot be made yet.
        problem: why not, and what to do.
        first_free: the number the first of them gets.
    """

    code: str
    records: list[Record] = field(default_factory=list)
    problem: str = ""
    first_free: int = 1


def scope_of_scheme(scheme: Scheme) -> Scope:
    """What an act of arranging touches."""
    return Scope(organisation_id=scheme.fonds.creator_id, fonds_id=scheme.fonds_id, category=scheme.category)


def unfixed(scheme: Scheme, year: int) -> QuerySet[Record]:
    """Records of a class and year whose numbers are not fixed."""
    return Record.objects.filter(
        scheme=scheme, year=year, state=State.CAPTURED, number_state__in=LOOSE
    ).prefetch_related("scheme__fonds", "volume__scheme__fonds", "department")


def propose_arrangement(*, scheme: Scheme, year: int) -> list[ClassOfRecords]:
    """The unfixed records of a scheme and year by lowest class, sorted; nothing is changed.

    Sorted by date within the lowest class (按时间结合事由排列), then by document number, then in
    the order in which they came.
    """
    classes: dict[str, ClassOfRecords] = {}
    for record in sorted(unfixed(scheme, year), key=_place):
        try:
            code, problem = records.record_class(record), ""
        except Invalid as error:
            code, problem = "", str(error)
        found = classes.setdefault(code or problem, ClassOfRecords(code, problem=problem))
        found.records.append(record)
    ordered = [classes[key] for key in sorted(classes)]
    for found in ordered:
        if found.code:
            found.first_free = _highest_firm(scheme, found.code) + 1
    return ordered


def assign_numbers(*, scheme: Scheme, year: int, actor: Actor) -> int:
    """Gives every unfixed record of a scheme and year its provisional number; returns how many.

    Numbers that the agency had already given (in the package's 档号) are kept where they are
    free; the others follow. Asking again sorts again.

    Raises:
        Forbidden: the actor does not arrange this agency's records.
    """
    require(actor, "capture.arrange", scope_of_scheme(scheme), subject=str(scheme))
    with records.tables_at_rest(), transaction.atomic():
        queue_for(scheme)
        unfixed(scheme, year).filter(number_state=NumberState.PROVISIONAL).update(
            item_number=None, reference_code="", number_state=NumberState.NONE
        )
        numbered: list[Record] = []
        for found in propose_arrangement(scheme=scheme, year=year):
            if found.code:
                numbered += _number(found)
        records.set_columns(numbered, NUMBER_FIELDS)
        tell_numbers(numbered, "capture.number", scheme, year, actor)
    return len(numbered)


def fix_numbers(*, scheme: Scheme, year: int, actor: Actor) -> int:
    """Fixes the provisional numbers of a scheme and year: its records are filed. Returns how many.

    Raises:
        Forbidden: the actor does not arrange this agency's records.
        Conflict: there is nothing to fix.
    """
    require(actor, "capture.fix", scope_of_scheme(scheme), subject=str(scheme))
    with transaction.atomic():
        queue_for(scheme)
        provisional = unfixed(scheme, year).filter(number_state=NumberState.PROVISIONAL)
        fixed = list(provisional.prefetch_related(None).only("reference_code", "item_number"))
        if not fixed:
            raise Conflict(
                _("没有可以定号的档案。"), subject=str(scheme), remedy=_("请先编号，核对后再定号。")
            )
        now = timezone.now()
        Record.objects.filter(id__in=[record.id for record in fixed]).update(
            number_state=NumberState.FIXED, state=State.FILED, changed_at=now
        )
        codes = [(record.reference_code, record.item_number or 0) for record in fixed]
        records.reserve_numbers(scheme.fonds.archive_id, codes)
        tell_numbers(fixed, "capture.fix", scheme, year, actor)
    return len(fixed)


def reclassify(*, record: Record, retention: str, unit_code: str, reason: str = "", actor: Actor) -> None:
    """Chooses term and unit of a record whose number is not fixed; it is numbered anew.

    Raises:
        Forbidden: the actor does not classify this record.
        Conflict: its number is fixed.
        Invalid: the schedule proposes another term, and no reason is given.
    """
    require(actor, "capture.classify", records.scope_of(record), subject=record.title)
    changes = {"retention": retention, "unit_code": unit_code.strip()}
    classify_records(record_ids=[record.id], changes=changes, reason=reason, actor=actor)


def withdraw_number(*, record: Record, reason: str, actor: Actor) -> WithdrawnNumber:
    """Withdraws a fixed number; its gap keeps the reason, the record is to be numbered again.

    Raises:
        Forbidden: the actor does not fix this agency's numbers.
        Conflict: the record has no number that can be withdrawn, or the archive has it.
    """
    require(actor, "capture.fix", records.scope_of(record), subject=record.reference_code)
    with transaction.atomic():
        held = (
            Record.objects.select_for_update(of=("self",)).select_related("scheme__fonds").get(id=record.id)
        )
        if held.number_state != NumberState.FIXED or held.state != State.FILED:
            raise Conflict(_("这件档案没有可以撤销的件号。"), subject=held.reference_code or held.title)
        code = held.reference_code
        withdrawn = records.withdraw_number(held, reason=reason, actor=actor)
        Record.objects.filter(id=held.id).update(state=State.CAPTURED)
        append(
            act="capture.withdraw_number",
            actor=actor,
            subject=f"record:{held.id}",
            before={"reference_code": code},
            after={"reason": withdrawn.reason},
        )
        publish(RecordsChanged((held.id,), "numbered"))
    return withdrawn


@dataclass(frozen=True, slots=True)
class Gap:
    """A number that nobody bears: with the reason it was withdrawn for, or unexplained."""

    number: int
    reference_code: str
    reason: str
    when: Any = None


@dataclass(frozen=True, slots=True)
class ReferenceNote:
    """What the 备考表 of one lowest class says."""

    class_code: str
    count: int
    first: str
    last: str
    pages: int
    gaps: list[Gap]

    @property
    def unexplained(self) -> list[int]:
        """Numbers that nobody bears and nobody has explained."""
        return [gap.number for gap in self.gaps if not gap.reason]


def reference_notes(*, scheme: Scheme, year: int) -> list[ReferenceNote]:
    """The 备考表 data of every lowest class of a scheme and year."""
    rows = (
        Record.objects.filter(scheme=scheme, year=year, number_state__in=FIRM)
        .order_by("reference_code")
        .values_list("reference_code", "item_number", "page_count")
    )
    classes: dict[str, list[tuple[str, int, int]]] = {}
    for code, number, pages in rows:
        classes.setdefault(code.rpartition("-")[0], []).append((code, number or 0, pages))
    withdrawn = _withdrawn_by_class(scheme, classes)
    return [
        ReferenceNote(
            class_code=name,
            count=len(members),
            first=members[0][0],
            last=members[-1][0],
            pages=sum(pages for _code, _number, pages in members),
            gaps=_gaps({number for _code, number, _pages in members}, withdrawn.get(name, {})),
        )
        for name, members in sorted(classes.items())
    ]


def _withdrawn_by_class(scheme: Scheme, classes: Iterable[str]) -> dict[str, dict[int, WithdrawnNumber]]:
    found: dict[str, dict[int, WithdrawnNumber]] = {}
    for row in WithdrawnNumber.objects.filter(fonds_id=scheme.fonds_id, class_code__in=list(classes)):
        found.setdefault(row.class_code, {})[row.number] = row
    return found


def _gaps(borne: set[int], withdrawn: dict[int, WithdrawnNumber]) -> list[Gap]:
    missing = set(range(1, max(borne | withdrawn.keys(), default=0) + 1)) - borne
    return [
        Gap(number, row.reference_code, row.reason, row.withdrawn_at)
        if (row := withdrawn.get(number))
        else Gap(number, "", "")
        for number in sorted(missing)
    ]


def queue_for(scheme: Scheme) -> None:
    """Waits until nobody else numbers in the scheme, to the end of the transaction."""
    Scheme.objects.select_for_update().get(id=scheme.id)


def _number(found: ClassOfRecords) -> list[Record]:
    """Numbers a class in memory: declared numbers first, where they are, then the rest after them."""
    given = {declared_number(record): record for record in reversed(found.records)}
    kept = {
        number: record
        for number, record in given.items()
        if number >= found.first_free and declared_code(record) == records.record_code(record, number)
    }
    following = max(kept, default=found.first_free - 1) + 1
    now = timezone.now()
    placed = {record.id for record in kept.values()}
    others = [record for record in found.records if record.id not in placed]
    for number, record in [*kept.items(), *enumerate(others, following)]:
        record.item_number = number
        record.reference_code = records.record_code(record, number)
        record.number_state = NumberState.PROVISIONAL
        record.changed_at = now
    return found.records


def declared_code(record: Record) -> str:
    """The reference code the agency gave it, as it is stored; empty for none."""
    return records.normalise_code(str(record.metadata.get("M8", "")))


def declared_number(record: Record) -> int:
    """The item number in the code the agency gave; 0 for none."""
    tail = declared_code(record).rpartition("-")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else 0


def _highest_firm(scheme: Scheme, class_code: str) -> int:
    """The highest number of a class that is fixed, locked or withdrawn."""
    archive_id = scheme.fonds.archive_id
    borne = Record.objects.filter(
        archive_id=archive_id, reference_code__startswith=f"{class_code}-", number_state__in=FIRM
    ).values_list("reference_code", "item_number")
    numbers = [number or 0 for code, number in borne if code.rpartition("-")[0] == class_code]
    gone = WithdrawnNumber.objects.filter(archive_id=archive_id, class_code=class_code)
    return max([*numbers, *gone.values_list("number", flat=True)], default=0)


def _place(record: Record) -> tuple[date, str, UUID]:
    return (record.date_start or date.max, record.document_number, record.id)


def tell_numbers(changed: Sequence[Record], act: str, scheme: Scheme, year: int, actor: Actor) -> None:
    """Writes the ledger line of numbers given, and tells the contexts above."""
    if not changed:
        return
    append(
        act=act,
        actor=actor,
        subject=f"scheme:{scheme.id}",
        after={"year": year, "numbers": {str(record.id): record.reference_code for record in changed}},
        count=len(changed),
    )
    publish(RecordsChanged(tuple(record.id for record in changed), "numbered"))
