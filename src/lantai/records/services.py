"""What is done to records: one function a use case.

Each checks the permission, opens the transaction, writes one ledger line and tells the contexts
above by one event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.events import publish
from lantai.core.identifiers import new_id
from lantai.core.ports import require
from lantai.institutions.api import answers_for
from lantai.ledger.api import append

from .bulk import insert_rows
from .characters import PERSONAL_DATA
from .counts import add_counts, count_nodes
from .drafts import RecordDraft
from .events import RecordsChanged
from .making import checked_texts, make_records, understand_date
from .models import Record, Volume
from .numbering import refuse_used_codes, reserve_numbers
from .selectors import scope_of
from .setting_up import fonds_scope
from .terms import parse_disclosure, retention_term
from .vocabulary import NumberState, State

DESCRIBED = (
    "title", "responsible", "document_number", "date_text", "disclosure", "secrecy_period", "page_count", "metadata",
    "personal_data",
)  # fmt: skip
"""Fields that a description may change."""
ARRANGED = ("fonds_id", "scheme_id", "volume_id", "year", "retention", "unit_code")
"""Fields that place a record in its class; they stand still once its number is fixed."""


def create_records(drafts: Sequence[RecordDraft], actor: Actor, *, subject: str = "") -> list[Record]:
    """Makes records with their documents, all or none; one ledger line for the batch.

    ``subject`` is the ledger subject of the batch, such as ``submission:…``; without one a single
    record is its own subject, and several are a ``batch:…``.

    Raises:
        Forbidden: the actor may not, or a draft is marked 秘密 or above.
        Conflict: a reference code is used, was withdrawn, or stands twice in the batch.
        Invalid: a term or a value breaks a rule.
        NotFound: a fonds does not exist.
    """
    if not drafts:
        return []
    records, documents = make_records(drafts)
    for scope in {scope_of(record) for record in records}:
        require(actor, "records.create", scope)
    subject = subject or _batch_subject(records)
    for record in records:
        record.created_in = subject
    with transaction.atomic():
        _claim_codes(records)
        insert_rows(records)
        insert_rows(documents)
        add_counts(count_nodes(records))
        append(
            act="records.create",
            actor=actor,
            subject=subject,
            after={str(draft.id): _digests(draft) for draft in drafts},
            count=len(records),
        )
        publish(RecordsChanged(tuple(record.id for record in records), "created"))
    return records


def update_description(
    *, record_id: UUID, changes: Mapping[str, Any], expected_changed_at: datetime, actor: Actor
) -> Record:
    """Changes a record's description.

    ``changes`` are new values by field, of :data:`DESCRIBED` only. ``expected_changed_at`` is the
    ``changed_at`` the editor saw: if somebody changed the record since, nothing is written.

    Raises:
        Conflict: somebody else changed the record meanwhile, or its state forbids it.
        Invalid: a field may not be changed so.
    """
    if foreign := sorted(set(changes) - set(DESCRIBED)):
        raise Invalid(_("这些项目不能在著录中修改：%(names)s。") % {"names": "、".join(foreign)})
    with transaction.atomic():
        record = _locked(record_id)
        require(actor, "records.edit", scope_of(record), subject=record.title)
        refuse_handed_over(record, actor)
        _unchanged_since(record, expected_changed_at)
        before = description(record)
        describe(record, changes)
        after = description(record)
        if after == before:
            return record
        record.changed_at = timezone.now()
        record.save()
        append(act="records.edit", actor=actor, subject=f"record:{record.id}", before=before, after=after)
        publish(RecordsChanged((record.id,), "described"))
    return record


def arrange_records(
    *, record_ids: Sequence[UUID], changes: Mapping[str, Any], actor: Actor, subject: str = ""
) -> list[Record]:
    """Places records in a class: fonds, scheme, volume, year, retention, unit (:data:`ARRANGED`).

    For ``subject`` see :func:`create_records`.

    Raises:
        Conflict: a record's number is given; withdraw it first.
        Invalid: a value breaks a rule.
    """
    if foreign := sorted(set(changes) - set(ARRANGED)):
        raise Invalid(_("这些项目不能在整理中修改：%(names)s。") % {"names": "、".join(foreign)})
    values = dict(changes)
    if values.get("retention"):
        values["retention"] = retention_term(values["retention"]).code
    with transaction.atomic():
        records = lock_all(record_ids)
        before = {str(record.id): _placement(record) for record in records}
        moved = Counter({node: -number for node, number in count_nodes(records).items()})
        for record in records:
            require(actor, "records.arrange", scope_of(record), subject=record.title)
            _place(record, values)
        moved.update(count_nodes(records))
        Record.objects.bulk_update(records, [*ARRANGED, "archive_id", "changed_at"], batch_size=200)
        add_counts(moved)
        after = {str(record.id): _placement(record) for record in records}
        append(
            act="records.arrange", actor=actor, subject=subject or _batch_subject(records),
            before=before, after=after, count=len(records),
        )  # fmt: skip
        publish(RecordsChanged(tuple(record.id for record in records), "arranged"))
    return records


def create_volumes(volumes: Sequence[Volume], actor: Actor) -> list[Volume]:
    """Makes volumes or photo groups; dates are understood from their text.

    Raises:
        Forbidden: the actor may not.
        Conflict: a code is used.
    """
    for volume in volumes:
        require(actor, "records.arrange", fonds_scope(volume.fonds), subject=volume.title)
        volume.archive_id = volume.fonds.archive_id
        dates, _read = understand_date(volume.date_text)
        for name, value in dates.items():
            setattr(volume, name, value)
    with transaction.atomic():
        _claim_volume_codes(volumes)
        insert_rows(volumes)
        append(
            act="records.create_volumes",
            actor=actor,
            subject=f"batch:{new_id()}",
            after={str(volume.id): [volume.reference_code, volume.title] for volume in volumes},
            count=len(volumes),
        )
    return list(volumes)


@transaction.atomic
def note_use(*, record: Record, act: str, actor: Actor, reason: str = "") -> None:
    """Writes into the ledger that somebody opened, printed or took an original, and why if they said.

    Raises:
        Forbidden: the actor may not do the act on this record.
    """
    require(actor, act, scope_of(record), subject=record.reference_code or record.title)
    append(act=act, actor=actor, subject=f"record:{record.id}", after={"reason": reason} if reason else None)


def description(record: Record) -> dict[str, Any]:
    """The description as it is digested into the ledger and signed in decisions."""
    return {name: getattr(record, name) for name in DESCRIBED}


def _batch_subject(records: Sequence[Record]) -> str:
    return f"record:{records[0].id}" if len(records) == 1 else f"batch:{new_id()}"


def _digests(draft: RecordDraft) -> list[str]:
    return [document.sha512 or document.sm3 for document in draft.documents]


def _claim_codes(records: Sequence[Record]) -> None:
    """Refuses used codes and moves the counters behind the numbers that came along."""
    coded = [record for record in records if record.reference_code]
    twice = [
        code for (_, code), n in Counter((r.archive_id, r.reference_code) for r in coded).items() if n > 1
    ]
    if twice:
        raise Conflict(_("同一批档案中档号重复。"), subject=twice[0])
    for archive_id in {record.archive_id for record in coded}:
        own = [record for record in coded if record.archive_id == archive_id]
        refuse_used_codes(archive_id, [record.reference_code for record in own])
        reserve_numbers(archive_id, [(r.reference_code, r.item_number) for r in own if r.item_number])


def _claim_volume_codes(volumes: Sequence[Volume]) -> None:
    for volume in volumes:
        if not volume.reference_code:
            continue
        if Volume.objects.filter(archive_id=volume.archive_id, reference_code=volume.reference_code).exists():
            raise Conflict(_("这个案卷档号已经使用。"), subject=volume.reference_code)
        if volume.number:
            reserve_numbers(volume.archive_id, [(volume.reference_code, volume.number)])


def _locked(record_id: UUID) -> Record:
    record = Record.objects.select_for_update(of=("self",)).filter(id=record_id).first()
    if record is None:
        raise NotFound(_("没有这件档案。"), subject=str(record_id))
    return record


def lock_all(record_ids: Sequence[UUID]) -> list[Record]:
    """The records in the order asked, each held until the transaction ends; ``NotFound`` names a missing one."""
    found = {
        r.id: r
        for r in Record.objects.select_for_update(of=("self",))
        .select_related("scheme")
        .filter(id__in=record_ids)
        .order_by("id")
    }
    for record_id in record_ids:
        if record_id not in found:
            raise NotFound(_("没有这件档案。"), subject=str(record_id))
    return [found[record_id] for record_id in record_ids]


def is_handed_over(record: Record, actor: Actor) -> bool:
    """Whether the record is on its way, or another organisation keeps now what the actor's agency made."""
    made_here = actor.organisation_id is not None and record.agency_id in answers_for(actor.organisation_id)
    gone = record.custodian_id != record.agency_id and made_here
    return record.state in {State.HANDING_OVER, State.TRANSFERRED} or gone


def refuse_handed_over(record: Record, actor: Actor) -> None:
    """What was handed over is read only for its agency; on the way nobody changes it.

    Raises:
        Conflict: it is on its way, or another organisation keeps it now.
    """
    if is_handed_over(record, actor):
        raise Conflict(
            _("这件档案已经移交，只供查阅，不能再改。"),
            subject=record.reference_code or record.title,
            remedy=_("确有错误的，请档案馆退回或由档案馆更正。"),
        )


def _unchanged_since(record: Record, expected: datetime) -> None:
    if record.state == State.DESTROYED:
        raise Conflict(_("这件档案已销毁，不能再著录。"), subject=record.reference_code)
    if record.changed_at != expected:
        raise Conflict(
            _("您打开之后，别人已修改过这件档案，您的修改没有保存。"),
            subject=record.reference_code or record.title,
            remedy=_("请核对最新内容，再保存一次。"),
        )


def describe(record: Record, changes: Mapping[str, Any]) -> None:
    """Sets described fields on a record that is not saved here; remarks on its characters become flags."""
    special = {"metadata", "personal_data"}
    metadata = changes.get("metadata")
    values, flags = checked_texts({name: value for name, value in changes.items() if name not in special})
    if not str(values.get("title", record.title)).strip():
        raise Invalid(_("题名不能为空。"), subject=record.reference_code)
    if "disclosure" in values:
        values["disclosure"] = parse_disclosure(values["disclosure"])
    if metadata is not None:
        values["metadata"], remarks = checked_texts(metadata)
        flags += remarks
    if "date_text" in values:
        dates, read = understand_date(values["date_text"])
        values |= dates
        flags += [] if read else ["date_text:date"]
    gone = {f"{name}:" for name in (*changes, *(metadata or {}))}
    kept = [flag for flag in record.flags if not any(flag.startswith(name) for name in gone)]
    if changes.get("personal_data", record.personal_data):
        flags.append(PERSONAL_DATA)
    values["flags"] = list(dict.fromkeys([*(flag for flag in kept if flag != PERSONAL_DATA), *flags]))
    for name, value in values.items():
        setattr(record, name, value)


def _place(record: Record, values: Mapping[str, Any]) -> None:
    if record.number_state != NumberState.NONE and any(getattr(record, k) != v for k, v in values.items()):
        raise Conflict(
            _("这件档案已编号，不能改变所属类别。"),
            subject=record.reference_code,
            remedy=_("请先撤回件号并写明原因，再重新整理。"),
        )
    for name, value in values.items():
        setattr(record, name, value)
    record.archive_id = record.fonds.archive_id
    record.changed_at = timezone.now()


def _placement(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in ARRANGED}
