"""Putting documents together into one record (组件, DA/T 22-2015 5.1) and taking it apart again.

A record is put together before its number is fixed. The records that go into another keep their
row and their history, in state 已并入; a :class:`Combination` says what each brought, so that
taking apart gives every document back to the record it came with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append

from .counts import add_counts, count_nodes
from .drafts import RecordDraft
from .events import RecordsChanged
from .models import Combination, Document, Record
from .selectors import scope_of
from .services import create_records
from .tables import read_table
from .vocabulary import NumberState, State

COMBINE, SPLIT = "records.combine", "records.split"
_ASIDE = 16_000
_CLEARED = {"item_number": None, "reference_code": "", "number_state": NumberState.NONE}


@transaction.atomic
def combine_records(*, record_ids: Sequence[UUID], received: Sequence[UUID] = (), actor: Actor) -> Record:
    """Makes one record of several: the first is the main one and takes the others' documents.

    ``received`` names those that came from outside (来文): their documents follow the answer's.

    Raises:
        Conflict: one has a fixed number, or is no longer in the record office's hands.
        Invalid: fewer than two records, or they stand in different fonds.
        NotFound: a record does not exist.
    """
    main, *others = _loose(record_ids, actor, COMBINE)
    if not others:
        raise Invalid(_("组件至少要两件。"), subject=main.title)
    if {record.fonds_id for record in others} != {main.fonds_id}:
        raise Invalid(_("不同全宗的文件不能组成一件。"), subject=main.title)
    parts = [part for record in (main, *others) for part in _taken_parts(record, received)]
    _move(main, parts)
    Combination.objects.create(record=main, parts=parts, made_by=actor.id)
    for record in others:
        record.state = State.COMBINED
        _clear(record)
    _clear(main)
    _save([main, *others])
    add_counts({node: -number for node, number in count_nodes(others).items()})
    _tell(COMBINE, actor, main, others)
    return main


@transaction.atomic
def split_record(*, record_id: UUID, actor: Actor) -> list[Record]:
    """Takes a combined record apart: every document goes back to the record it came with.

    Raises:
        Conflict: its number is fixed, or it was not combined.
    """
    (main,) = _loose([record_id], actor, SPLIT)
    combination = Combination.objects.filter(record=main).first()
    if combination is None:
        raise Conflict(_("这一件不是组成的。"), subject=main.title, remedy=_("请选定文稿，拆成新的一件。"))
    parts = combination.parts
    combination.delete()
    own_parts = {UUID(part["record"]): part for part in parts}
    main.page_count = own_parts.pop(main.id)["page_count"]
    others = list(Record.objects.select_for_update(of=("self",)).filter(id__in=own_parts).order_by("id"))
    for record in others:
        own = own_parts[record.id]
        record.state, record.page_count = State.CAPTURED, own["page_count"]
        _clear(record)
        _give(record, own["documents"])
    _clear(main)
    _save([main, *others])
    _order(main)
    add_counts(count_nodes(others))
    _tell(SPLIT, actor, main, others)
    return [main, *others]


@transaction.atomic
def split_documents(
    *, record_id: UUID, document_ids: Sequence[UUID], title: str, actor: Actor
) -> tuple[Record, Record]:
    """Makes a record of its own of some of a record's documents; answers what is left, and the new one.

    Raises:
        Conflict: the number is fixed, or nothing would be left.
        Invalid: no title, or no document of this record was chosen.
    """
    (main,) = _loose([record_id], actor, SPLIT)
    if Combination.objects.filter(record=main).exists():
        raise Conflict(_("这一件是组成的，请先拆开。"), subject=main.title)
    chosen = list(main.documents.filter(id__in=list(document_ids)))
    if not chosen or len(chosen) != len(set(document_ids)):
        raise Invalid(_("没有选定这一件里的文稿。"), subject=main.title)
    if len(chosen) == main.documents.count():
        raise Conflict(_("不能把全部文稿都拆走。"), subject=main.title)
    (made,) = create_records([_draft_like(main, title)], actor)
    _give(made, [str(document.id) for document in chosen])
    main.page_count = sum(main.documents.values_list("page_count", flat=True)) or main.page_count
    made.page_count = sum(document.page_count for document in chosen)
    made.save(update_fields=["page_count"])
    _clear(main)
    _save([main])
    _order(main)
    _tell(SPLIT, actor, main, [made])
    return main, made


def order_documents(documents: Sequence[Document], parts: Sequence[dict[str, Any]] = ()) -> list[Document]:
    """Documents as DA/T 22 places them: answers before what they answer, then by role."""
    table = read_table("document_order")
    group = {key: (part["received"], n) for n, part in enumerate(parts) for key in part["documents"]}

    def place(document: Document) -> tuple[bool, int, int, int]:
        received, number = group.get(str(document.id), (False, 0))
        ranks: list[str] = table["received" if received else "issued"]
        role = str(document.role)
        return received, number, ranks.index(role) if role in ranks else len(ranks), document.sequence

    return sorted(documents, key=place)


def _loose(record_ids: Sequence[UUID], actor: Actor, act: str) -> list[Record]:
    wanted = list(dict.fromkeys(record_ids))
    held = {
        record.id: record
        for record in Record.objects.select_for_update(of=("self",)).filter(id__in=wanted).order_by("id")
    }
    for record_id in wanted:
        record = held.get(record_id)
        if record is None:
            raise NotFound(_("没有这件档案。"), subject=str(record_id))
        require(actor, act, scope_of(record), subject=record.title)
        if record.state != State.CAPTURED or record.number_state in {NumberState.FIXED, NumberState.LOCKED}:
            raise Conflict(
                _("这件档案已经定号，不能再组件或拆件。"), subject=record.reference_code or record.title,
                remedy=_("确需改动的，请档案室先撤销件号。"),
            )  # fmt: skip
    return [held[record_id] for record_id in wanted]


def _taken_parts(record: Record, received: Sequence[UUID]) -> list[dict[str, Any]]:
    """What a record brings: its own documents, or the parts it was combined of before."""
    combination = Combination.objects.filter(record=record).first()
    if combination is None:
        return [_part(record, received)]
    parts: list[dict[str, Any]] = combination.parts
    combination.delete()
    return parts


def _part(record: Record, received: Sequence[UUID]) -> dict[str, Any]:
    documents = record.documents.order_by("sequence").values_list("id", flat=True)
    return {
        "record": str(record.id),
        "documents": [str(key) for key in documents],
        "received": record.id in set(received),
        "page_count": record.page_count,
    }


def _move(main: Record, parts: list[dict[str, Any]]) -> None:
    main.page_count = sum(part["page_count"] for part in parts)
    _give(main, [key for part in parts for key in part["documents"]], parts)


def _give(record: Record, document_ids: Sequence[str], parts: Sequence[dict[str, Any]] = ()) -> None:
    """Moves documents to a record, behind its own, then orders them all."""
    for number, document in enumerate(
        Document.objects.filter(id__in=document_ids).order_by("sequence", "id")
    ):
        document.record, document.sequence = record, _ASIDE + number
        document.save(update_fields=["record", "sequence"])
    _order(record, parts)


def _order(record: Record, parts: Sequence[dict[str, Any]] = ()) -> None:
    """Numbers a record's documents from 1; in two steps, for a place is held by one document only."""
    ordered = order_documents(list(record.documents.all()), parts)
    for start in (_ASIDE // 2, 1):
        for number, document in enumerate(ordered):
            document.sequence = start + number
            document.save(update_fields=["sequence"])


def _clear(record: Record) -> None:
    for name, value in _CLEARED.items():
        setattr(record, name, value)


def _save(records: Sequence[Record]) -> None:
    now = timezone.now()
    for record in records:
        record.changed_at = now
        record.save(update_fields=[*_CLEARED, "state", "page_count", "changed_at"])


def _draft_like(main: Record, title: str) -> RecordDraft:
    if not title.strip():
        raise Invalid(_("题名不能为空。"), subject=main.title)
    names = (
        "fonds_id", "agency_id", "department_id", "custodian_id", "scheme_id", "volume_id", "year",
        "retention", "unit_code", "responsible", "date_text", "classification", "disclosure",
    )  # fmt: skip
    return RecordDraft(title=title.strip(), **{name: getattr(main, name) for name in names})


def _tell(act: str, actor: Actor, main: Record, others: Sequence[Record]) -> None:
    after = {str(record.id): _documents(record) for record in (main, *others)}
    append(act=act, actor=actor, subject=f"record:{main.id}", after=after, count=1 + len(others))
    publish(RecordsChanged((main.id, *(record.id for record in others)), "combined"))


def _documents(record: Record) -> list[str]:
    return [str(key) for key in record.documents.order_by("sequence").values_list("id", flat=True)]
