"""Opening, postponing and withdrawing: each a signed decision of a reviewer.

The step of the procedure that the platform holds in this form is 审核 with 确认; opening is not
publication (公布), which is an act of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core import seals
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.events import publish
from lantai.core.identifiers import new_id
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import (
    PERSONAL_DATA,
    OpeningMark,
    Record,
    RecordsChanged,
    State,
    is_classified,
    scope_of,
)

from .events import OpeningChanged
from .models import Decision, DecisionBatch, Ground
from .selectors import DISCLOSED, term_is_over
from .statements import PURPOSE, write_statement

BATCH_SIZE = 100
"""Records under one seal: the signed text travels with each of them."""


def open_records(record_ids: Sequence[UUID], ground: str, note: str, actor: Actor) -> list[Decision]:
    """Opens records on one ground; all or none.

    ``ground`` is ``term`` (25 full years) or ``disclosed`` (主动公开 already).

    Raises:
        Forbidden: the actor may not, or a record is classified or holds personal data.
        Conflict: a record is not held, is open already, or the ground does not fit it.
        Invalid: no record is named, or the ground is none for opening.
        NotFound: a record does not exist.
    """
    if ground not in {Ground.TERM, Ground.DISCLOSED}:
        raise Invalid(_("“%(ground)s”不是开放的依据。") % {"ground": ground})
    with transaction.atomic():
        records = _held(record_ids, actor)
        for record in records:
            _check_openable(record, ground)
        return _decide(records, OpeningMark.OPEN, ground, note.strip(), actor)


def open_due(record_ids: Sequence[UUID], note: str, actor: Actor) -> list[Decision]:
    """Opens records, each on the ground that fits it: its term where that is over, else disclosure.

    All or none are decided, for the reasons of :func:`open_records`.
    """
    today = timezone.localdate()
    rows = Record.objects.filter(id__in=record_ids, disclosure=DISCLOSED)
    disclosed = {record.id for record in rows if not term_is_over(record, today)}
    by_ground: dict[str, list[UUID]] = {}
    for record_id in record_ids:
        by_ground.setdefault(Ground.DISCLOSED if record_id in disclosed else Ground.TERM, []).append(
            record_id
        )
    if not by_ground:
        raise Invalid(_("没有选中档案。"), remedy=_("请先勾选要审核的档案。"))
    with transaction.atomic():
        return [made for ground, ids in by_ground.items() for made in open_records(ids, ground, note, actor)]


def postpone_records(record_ids: Sequence[UUID], ground: str, note: str, actor: Actor) -> list[Decision]:
    """Keeps records back in one of the four cases of 开放办法 article 8, with the reason.

    ``ground`` is ``postpone_1`` to ``postpone_4``.

    Raises:
        Forbidden: the actor may not.
        Conflict: a record is not held, or is postponed already.
        Invalid: no reason is given, or the ground is none for postponing.
        NotFound: a record does not exist.
    """
    if ground not in Ground.values or not Ground(ground).article_8:
        raise Invalid(_("“%(ground)s”不是延期开放的情形。") % {"ground": ground})
    if not note.strip():
        raise Invalid(_("延期开放须写明理由。"), remedy=_("请写明具体涉及什么内容，供主管部门审核。"))
    with transaction.atomic():
        records = _held(record_ids, actor)
        for record in records:
            _check_mark_changes(record, OpeningMark.POSTPONED)
        return _decide(records, OpeningMark.POSTPONED, ground, note.strip(), actor)


def withdraw(decision_id: UUID, reason: str, actor: Actor) -> Decision:
    """Takes a decision back: the record has the mark again that it had before.

    Raises:
        Forbidden: the actor may not, or made the decision.
        Conflict: the decision was withdrawn, or a later one stands.
        Invalid: no reason is given.
        NotFound: no such decision.
    """
    if not reason.strip():
        raise Invalid(_("撤回决定须写明理由。"))
    with transaction.atomic():
        decision = Decision.objects.filter(id=decision_id).first()
        if decision is None:
            raise NotFound(_("没有这项开放审核决定。"), subject=str(decision_id))
        record = _locked([decision.record_id])[0]
        require(actor, "opening.withdraw", scope_of(record), subject=record.reference_code)
        if decision.decided_by == actor.id:
            raise Forbidden(
                _("不能撤回自己作出的决定。"),
                subject=record.reference_code,
                remedy=_("请由另一位审核人员复核并撤回。"),
            )
        latest = Decision.objects.filter(record_id=record.id).order_by("-decided_at", "-id").first()
        if latest != decision or decision.withdraws_id:
            raise Conflict(_("这项决定已被撤回，或之后另有决定。"), subject=record.reference_code)
        mark = OpeningMark(decision.from_mark)
        return _decide([record], mark, Ground.WITHDRAWN, reason.strip(), actor, withdraws=decision)[0]


def _decide(
    records: Sequence[Record], mark: OpeningMark, ground: str, note: str, actor: Actor,
    withdraws: Decision | None = None,
) -> list[Decision]:  # fmt: skip
    """Signs, records and tells, batch by batch; the caller holds the transaction."""
    decisions: list[Decision] = []
    for start in range(0, len(records), BATCH_SIZE):
        decisions += _decide_batch(records[start : start + BATCH_SIZE], mark, ground, note, actor, withdraws)
    ids = tuple(record.id for record in records)
    publish(OpeningChanged(ids))
    publish(RecordsChanged(ids, "opened"))
    return decisions


def _decide_batch(
    records: Sequence[Record], mark: OpeningMark, ground: str, note: str, actor: Actor,
    withdraws: Decision | None,
) -> list[Decision]:  # fmt: skip
    now, batch_id = timezone.now(), new_id()
    statement = write_statement(
        batch_id=batch_id, records=records, to_marks=dict.fromkeys((record.id for record in records), mark.value),
        ground=ground, note=note, actor=actor, decided_at=now, withdraws=withdraws.id if withdraws else None,
    )  # fmt: skip
    seal = seals.sign(PURPOSE, statement.encode("utf-8"))
    batch = DecisionBatch.objects.create(
        id=batch_id, statement=statement, seal=seal.as_dict(), decided_at=now
    )
    decisions = Decision.objects.bulk_create(
        Decision(
            batch=batch,
            record=record,
            from_mark=record.opening_mark,
            to_mark=mark,
            ground=ground,
            note=note,
            decided_by=actor.id,
            decided_by_name=actor.name,
            decided_at=now,
            withdraws=withdraws,
        )
        for record in records
    )
    before = {str(record.id): record.opening_mark for record in records}
    Record.objects.filter(id__in=before).update(opening_mark=mark, changed_at=now)
    append(
        act=f"opening.{_act(mark, withdraws)}", actor=actor, subject=f"opening:{batch_id}",
        before=before, after={"statement": statement, "seal": seal.as_dict()}, count=len(records),
    )  # fmt: skip
    return decisions


def _act(mark: OpeningMark, withdraws: Decision | None) -> str:
    if withdraws:
        return "withdraw"
    return "open" if mark == OpeningMark.OPEN else "postpone"


def _locked(record_ids: Sequence[UUID]) -> list[Record]:
    """The records in the order named, each once, held by this transaction."""
    wanted = list(dict.fromkeys(record_ids))
    rows = Record.objects.select_for_update(of=("self",)).select_related("scheme").order_by("id")
    found = {record.id: record for record in rows.filter(id__in=wanted)}
    for record_id in wanted:
        if record_id not in found:
            raise NotFound(_("没有这件档案。"), subject=str(record_id))
    return [found[record_id] for record_id in wanted]


def _held(record_ids: Sequence[UUID], actor: Actor) -> list[Record]:
    if not record_ids:
        raise Invalid(_("没有选中档案。"), remedy=_("请先勾选要审核的档案。"))
    records = _locked(record_ids)
    for record in records:
        require(actor, "opening.decide", scope_of(record), subject=record.reference_code)
        if record.state != State.HELD:
            raise Conflict(
                _("这件档案还没有进馆，不能作开放审核。"), subject=record.reference_code or record.title,
                remedy=_("请在接收入库之后再审核。"),
            )  # fmt: skip
    return records


def _check_openable(record: Record, ground: str) -> None:
    subject = record.reference_code or record.title
    if is_classified(record.classification):
        raise Forbidden(
            _("这件档案标有密级，不能开放。"),
            subject=subject,
            remedy=_("请先由原定密单位办理解密，再作开放审核。"),
        )
    if PERSONAL_DATA in record.flags:
        raise Forbidden(
            _("这件档案标有个人信息，不能开放。"), subject=subject,
            remedy=_("请按第八条第三项延期开放，或核实后在著录中去掉该标注。"),
        )  # fmt: skip
    _check_mark_changes(record, OpeningMark.OPEN)
    if ground == Ground.TERM and not term_is_over(record, timezone.localdate()):
        raise Conflict(
            _("这件档案形成尚不满二十五年，或形成日期不详。"), subject=subject,
            remedy=_("如属已主动公开，请改选该依据；日期不详的，请先考证。"),
        )  # fmt: skip
    if ground == Ground.DISCLOSED and record.disclosure != DISCLOSED:
        raise Conflict(_("这件档案的公开属性不是“主动公开”。"), subject=subject, remedy=_("请核对公开属性。"))


def _check_mark_changes(record: Record, mark: OpeningMark) -> None:
    if record.opening_mark == mark:
        raise Conflict(
            _("这件档案已经是“%(mark)s”。") % {"mark": mark.label},
            subject=record.reference_code or record.title,
        )
