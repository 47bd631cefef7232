"""Single items returned, corrected by their agency, sent again and compared (单件退改).

An item goes back while the rest of its hand-over goes on. What was first submitted is written
down as it goes back, so that what is sent again can be held against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.ports import Scope, require
from lantai.institutions.api import answers_for
from lantai.ledger.api import append
from lantai.records.api import Document, Record, RecordsChanged, State, description, metadata_elements

from .documents import replace_file
from .events import ItemsReturned
from .models import Correction, Handover, HandoverItem

UNTOLD = frozenset({"changed_at", "flags", "state", "number_state"})
"""Members of a description that say nothing about the record itself."""


def return_items(
    *, handover: Handover, reasons: Mapping[UUID, Sequence[str]], actor: Actor, by: str = ""
) -> list[Correction]:
    """Sends single records of a hand-over back to the agency; the others go on.

    Args:
        handover: submitted or being received.
        reasons: why, in sentences, by record.
        actor: who answers for it at the archive.
        by: who did at another installation's archive, where a receipt says so; ``actor`` is then the
            agency's, who closes the hand-over with it.

    Raises:
        Forbidden: the actor does not receive for this archive.
        Conflict: a record is not in this hand-over, or in the vault already, or nothing would be left.
        Invalid: no reason is given.
    """
    if not by:
        require(actor, "transfer.send_back", Scope(custodian_id=handover.archive_id), subject=handover.title)
    if not reasons or not all(any(text.strip() for text in texts) for texts in reasons.values()):
        raise Invalid(_("请写明每件退回的原因。"), subject=handover.title, remedy=_("移交单位要照着改。"))
    with transaction.atomic():
        held = _going_on(handover)
        items = list(
            held.items.filter(record__in=list(reasons), received_at=None, returned_at=None)
            .select_related("record")
            .order_by("place")
        )
        _refuse_others(held, items, reasons)
        made = [_correction(item, reasons[item.record_id], actor, by) for item in items]
        Correction.objects.bulk_create(made, batch_size=500)
        _give_back(items)
        append(
            act="transfer.return_items",
            actor=actor,
            subject=f"handover:{held.id}",
            after={item.reference_code: list(reasons[item.record_id]) for item in items},
            count=len(items),
        )
        publish(ItemsReturned(held.id, held.agency_id, tuple(item.record_id for item in items)))
    return made


def _going_on(handover: Handover) -> Handover:
    held = Handover.objects.select_for_update(of=("self",)).get(id=handover.id)
    if held.state not in (Handover.State.SUBMITTED, Handover.State.RECEIVING) or held.acceptance:
        raise Conflict(
            _("这次移交已有结论，不能再单件退回。"),
            subject=held.title,
            remedy=_("入库后发现问题的，请在总库登记。"),
        )
    return held


def _refuse_others(held: Handover, items: Sequence[HandoverItem], reasons: Mapping[UUID, Any]) -> None:
    if len(items) != len(reasons):
        raise Conflict(
            _("有档案不在这次移交里，或者已经入库、已经退回。"),
            subject=held.title,
            remedy=_("请刷新页面再选。"),
        )
    if held.items.filter(returned_at=None).count() == len(items):
        raise Conflict(_("这样一件也不剩了。"), subject=held.title, remedy=_("全部不合格的，请整批退回。"))


def _correction(item: HandoverItem, reasons: Sequence[str], actor: Actor, by: str) -> Correction:
    return Correction(
        returned_item=item,
        record=item.record,
        reasons=[text.strip()[:1000] for text in reasons if text.strip()],
        first=submitted_facts(item.record),
        returned_by=actor.id,
        returned_by_name=by or actor.name,
        returned_at=timezone.now(),
    )


def _give_back(items: Sequence[HandoverItem]) -> None:
    now = timezone.now()
    record_ids = [item.record_id for item in items]
    HandoverItem.objects.filter(id__in=[item.id for item in items]).update(returned_at=now)
    Record.objects.filter(id__in=record_ids).update(state=State.FILED, changed_at=now)
    publish(RecordsChanged(tuple(record_ids), "arranged"))


def submitted_facts(record: Record) -> dict[str, Any]:
    """A record as it was submitted: what it says of itself, and each document with its digests."""
    values = {name: value for name, value in description(record).items() if name not in UNTOLD}
    documents = record.documents.order_by("sequence").values("sequence", "original_name", "size_bytes", "sm3")
    return {
        "description": {name: _plain(value) for name, value in values.items()},
        "documents": list(documents),
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | dict | list | None) else str(value)


def compare(first: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """What is different in ``now``: elements of the description by name, documents by their place."""
    old, new = _flat(first["description"]), _flat(now["description"])
    changes = [
        {"what": name, "before": old.get(name, ""), "after": new.get(name, "")}
        for name in dict.fromkeys([*old, *new])
        if old.get(name, "") != new.get(name, "")
    ]
    before = {row["sequence"]: row for row in first["documents"]}
    after = {row["sequence"]: row for row in now["documents"]}
    for sequence in sorted({*before, *after}):
        was, stands = before.get(sequence), after.get(sequence)
        if was is None or stands is None or was["sm3"] != stands["sm3"]:
            what = _("第 %(place)s 个文件") % {"place": sequence}
            changes.append({"what": what, "before": _file_line(was), "after": _file_line(stands)})
    return changes


def _flat(values: Mapping[str, Any]) -> dict[str, str]:
    """Values by the name people call them; metadata by the name of its element."""
    elements = metadata_elements()
    flat = {_label(name): str(value) for name, value in values.items() if name != "metadata"}
    for code, value in (values.get("metadata") or {}).items():
        flat[elements[code].name if code in elements else code] = str(value)
    return flat


def _label(name: str) -> str:
    return next((str(field.verbose_name) for field in Record._meta.fields if field.name == name), name)


def _file_line(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    size = _("%(count)s 字节") % {"count": f"{row['size_bytes']:,}"}
    return f"{row['original_name']}，{size}，SM3 {row['sm3']}"


def open_corrections(agency_id: UUID) -> Any:
    """Records of an agency that came back and were not sent again, oldest first."""
    rows = Correction.objects.filter(
        returned_item__handover__agency__in=answers_for(agency_id), closed_at=None
    )
    return rows.select_related("record", "returned_item__handover").order_by("returned_at", "id")


def answer(*, correction: Correction, text: str, actor: Actor) -> Correction:
    """The agency says what it did, or why nothing is to be changed.

    Raises:
        Forbidden: the actor does not prepare this agency's hand-overs.
    """
    _require_agency(correction, actor)
    before, correction.answer = correction.answer, text.strip()[:2000]
    with transaction.atomic():
        correction.save(update_fields=["answer"])
        append(
            act="transfer.correct", actor=actor, subject=f"record:{correction.record_id}",
            before={"answer": before}, after={"answer": correction.answer},
        )  # fmt: skip
    return correction


def replace_document(
    *, correction: Correction, document_id: UUID, file: Path, name: str, actor: Actor
) -> Document:
    """Puts a corrected file in the place of one that came back.

    Raises:
        Forbidden: the actor does not prepare this agency's hand-overs.
        Conflict: the record was sent again already.
    """
    _require_agency(correction, actor)
    if correction.closed_at or correction.record.state != State.FILED:
        raise Conflict(_("这件档案已经重新移交，不能再换文件。"), subject=str(correction.record))
    with transaction.atomic():
        document = Document.objects.select_related("record").get(id=document_id, record=correction.record_id)
        counted = _pages(correction.record_id)
        made, old = replace_file(document, file, name)
        if document.record.page_count == counted:
            Record.objects.filter(id=document.record_id).update(page_count=_pages(document.record_id))
        append(
            act="transfer.correct",
            actor=actor,
            subject=f"record:{document.record_id}",
            before={"name": document.original_name, "sm3": document.sm3},
            after={"name": made.original_name, "sm3": made.sm3},
        )
        publish(RecordsChanged((document.record_id,), "described"))
        transaction.on_commit(lambda: old.unlink(missing_ok=True))
    return made


def _pages(record_id: UUID) -> int:
    return Document.objects.filter(record=record_id).aggregate(pages=Sum("page_count"))["pages"] or 0


def close_corrections(handover: Handover) -> None:
    """Links what is sent again with what came back, and writes down what changed.

    Raises:
        Invalid: nothing about a record changed and nobody says why.
    """
    items = {item.record_id: item for item in handover.items.filter(record__corrections__closed_at=None)}
    waiting = Correction.objects.filter(record__in=list(items), closed_at=None).select_related("record")
    for correction in waiting:
        correction.changes = compare(correction.first, submitted_facts(correction.record))
        if not correction.changes and not correction.answer:
            raise Invalid(
                _("这件档案退回后没有改过，也没有说明：%(code)s。")
                % {"code": correction.record.reference_code},
                subject=handover.title,
                remedy=_("请按退回原因更正；确实不用改的，在“退改”里写明理由。"),
            )
        correction.sent_again, correction.closed_at = items[correction.record_id], timezone.now()
        correction.save(update_fields=["changes", "sent_again", "closed_at"])


def reasons_of(findings: Iterable[Any]) -> dict[int, list[str]]:
    """Reasons by the number of the item, from the findings that sent it back."""
    reasons: dict[int, list[str]] = {}
    for finding in findings:
        told = f"{finding.code} {finding.subject}：应为{finding.expected}，实为{finding.observed}。{finding.remedy}"
        reasons.setdefault(finding.item_number, []).append(told)
    return reasons


def _require_agency(correction: Correction, actor: Actor) -> None:
    agency_id = correction.returned_item.handover.agency_id
    require(actor, "transfer.prepare", Scope(organisation_id=agency_id), subject=str(correction.record))
