"""From the list of what expires to the order to destroy: nobody can do it alone.

::

    propose ─► opinions (two members) ─► approve ─► witness ─► witness ─► vault.erase
                     │ extend                │ reject
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core import jobs
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Record, RecordsChanged, retention_term, scope_of
from lantai.vault.api import erase

from .events import DisposalDecided
from .models import Disposal, DisposalItem, Opinion, Witness
from .selectors import HELD, due

EXECUTE = "appraisal.execute"
LARGEST = 2000
"""Records of one disposal: what people can look through."""
OPINIONS_NEEDED = 2
WITNESSES_NEEDED = 2

State = Disposal.State


def propose(*, record_ids: Sequence[UUID], title: str, reason: str, actor: Actor) -> Disposal:
    """Lays records whose term is over before the appraisal group.

    Raises:
        Forbidden: the actor may not.
        Conflict: a record's term is not over, or it is being appraised already.
        Invalid: no record is named, too many are, or title or reason are missing.
    """
    require(actor, "appraisal.propose")
    wanted = _wanted(record_ids, title, reason)
    with transaction.atomic():
        list(Record.objects.select_for_update().filter(id__in=wanted).order_by("id").values_list("id"))
        found = {row.id: row for part in due(actor) for row in part.filter(id__in=wanted)}
        for record_id in wanted:
            if record_id not in found:
                raise Conflict(
                    _("这件档案不能列入：保管期限未满、正在鉴定，或不归本单位保管。"),
                    subject=_subject(record_id),
                    remedy=_("请刷新到期清单后重新勾选。"),
                )
        return _open(Disposal.Kind.DISPOSAL, [found[key] for key in wanted], title, reason, actor)


def propose_purge(*, record_ids: Sequence[UUID], title: str, reason: str, actor: Actor) -> Disposal:
    """Asks that records which should never have come in be taken out without a trace of content.

    Title and reason stay for ever: they must not tell of the content either.

    Raises:
        Forbidden: the actor may not, or may not see a record.
        Conflict: a record is not in custody, or is being appraised already.
        Invalid: no record is named, or title or reason are missing.
    """
    require(actor, "appraisal.propose_purge")
    wanted = _wanted(record_ids, title, reason)
    with transaction.atomic():
        records = list(Record.objects.select_for_update().filter(id__in=wanted).order_by("id"))
        for record in records:
            require(actor, "appraisal.propose_purge", scope_of(record), subject=record.reference_code)
            if record.state not in {*HELD, "captured", "isolated", "returned"}:
                raise Conflict(_("这件档案现在不能清除。"), subject=_subject(record.id))
        if len(records) < len(wanted):
            raise NotFound(_("没有这件档案。"))
        if DisposalItem.objects.filter(record__in=records, is_open=True).exists():
            raise Conflict(_("其中有档案正在鉴定。"), remedy=_("请先办结那次鉴定。"))
        return _open(Disposal.Kind.PURGE, records, title, reason, actor)


def _wanted(record_ids: Sequence[UUID], title: str, reason: str) -> list[UUID]:
    wanted = list(dict.fromkeys(record_ids))
    if not wanted:
        raise Invalid(_("没有选中档案。"), remedy=_("请先勾选。"))
    if len(wanted) > LARGEST:
        raise Invalid(_("一次最多鉴定 %(n)s 件。") % {"n": LARGEST}, remedy=_("请分批办理。"))
    if not title.strip() or not reason.strip():
        raise Invalid(_("名称和理由都要写。"))
    return wanted


def _subject(record_id: UUID) -> str:
    record = Record.objects.filter(id=record_id).first()
    return str(record) if record else str(record_id)


def _open(kind: str, records: Sequence[Record], title: str, reason: str, actor: Actor) -> Disposal:
    made = Disposal.objects.create(
        kind=kind,
        organisation_id=actor.organisation_id or records[0].custodian_id,
        title=title.strip(),
        reason=reason.strip(),
        proposed_by=actor.id,
        proposed_by_name=actor.name,
    )
    DisposalItem.objects.bulk_create(
        [DisposalItem(disposal=made, record=record) for record in records], batch_size=500
    )
    append(act="appraisal.propose", actor=actor, subject=f"disposal:{made.id}",
           after={"kind": kind, "records": [str(record.id) for record in records]}, count=len(records))  # fmt: skip
    return made


def give_opinion(*, disposal: Disposal, agrees: bool, text: str, actor: Actor) -> Opinion:
    """One member of the appraisal group says what they hold; once.

    Raises:
        Forbidden: the actor may not.
        Conflict: it is decided already, or this member has spoken.
        Invalid: nothing is said.
    """
    require(actor, "appraisal.give_opinion")
    if not text.strip():
        raise Invalid(_("请写明意见。"))
    with transaction.atomic():
        held = _locked(disposal, State.OPEN)
        if held.opinions.filter(member=actor.id).exists():
            raise Conflict(_("您已经提过意见。"), subject=held.title)
        made = Opinion.objects.create(
            disposal=held, member=actor.id, member_name=actor.name, agrees=agrees, text=text.strip()
        )
        append(act="appraisal.give_opinion", actor=actor, subject=f"disposal:{held.id}",
               after={"agrees": agrees, "text": made.text})  # fmt: skip
    return made


def extend(*, disposal: Disposal, record_ids: Sequence[UUID], retention: str, note: str, actor: Actor) -> int:
    """Keeps some of the records on, for a longer term; it holds once the disposal is approved.

    Raises:
        Forbidden: the actor may not.
        Conflict: it is decided already, or the new term is over too.
        Invalid: the term is none, or no reason is given.
    """
    require(actor, "appraisal.give_opinion")
    term = retention_term(retention)
    if not note.strip():
        raise Invalid(_("延长保管期限须写明理由。"))
    with transaction.atomic():
        held = _locked(disposal, State.OPEN)
        items = list(held.items.filter(record_id__in=record_ids).select_related("record"))
        if not items:
            raise Invalid(_("没有选中档案。"), remedy=_("请先勾选。"))
        this_year = timezone.localdate().year
        for item in items:
            if term.years is not None and (item.record.year or 0) + term.years < this_year:
                raise Conflict(
                    _("新的保管期限（%(term)s）也已届满。") % {"term": term.name}, subject=str(item.record)
                )
            item.outcome, item.retention, item.note = DisposalItem.Outcome.EXTEND, term.code, note.strip()
        DisposalItem.objects.bulk_update(items, ["outcome", "retention", "note"], batch_size=200)
        append(act="appraisal.extend", actor=actor, subject=f"disposal:{held.id}",
               after={"retention": term.code, "records": [str(item.record_id) for item in items]}, count=len(items))  # fmt: skip
    return len(items)


def approve(*, disposal: Disposal, number: str, actor: Actor) -> Disposal:
    """Approves what the group found: extensions hold at once, destruction waits for two witnesses.

    Raises:
        Forbidden: the actor may not, or proposed it.
        Conflict: it is decided already, or opinions are missing or against it.
        Invalid: no approval number is given.
    """
    if not number.strip():
        raise Invalid(_("请填写批准文号。"))
    with transaction.atomic():
        held = _to_decide(disposal, actor)
        _check_opinions(held)
        held.approval_number = number.strip()
        extended = _extend_now(held)
        condemned = held.items.filter(outcome=DisposalItem.Outcome.DESTROY).count()
        _decide(held, State.APPROVED if condemned else State.DONE, actor)
        append(act="appraisal.approve", actor=actor, subject=f"disposal:{held.id}",
               after={"number": held.approval_number, "destroy": condemned, "extend": len(extended)},
               count=condemned)  # fmt: skip
        if extended:
            publish(RecordsChanged(tuple(extended), "described"))
    return held


def reject(*, disposal: Disposal, reason: str, actor: Actor) -> Disposal:
    """Refuses it; the records stay and may be appraised again.

    Raises:
        Forbidden: the actor may not, or proposed it.
        Conflict: it is decided already.
        Invalid: no reason is given.
    """
    if not reason.strip():
        raise Invalid(_("请写明不批准的理由。"))
    with transaction.atomic():
        held = _to_decide(disposal, actor)
        held.refused_for = reason.strip()
        _decide(held, State.REJECTED, actor)
        append(act="appraisal.reject", actor=actor, subject=f"disposal:{held.id}",
               after={"reason": held.refused_for})  # fmt: skip
    return held


def witness(*, disposal: Disposal, actor: Actor) -> Disposal:
    """Signs as 监销人; with the second signature the destruction is ordered and begins.

    Raises:
        Forbidden: the actor may not, proposed it or approved it.
        Conflict: it is not approved, or this person has signed.
    """
    require(actor, "appraisal.witness")
    with transaction.atomic():
        held = _locked(disposal, State.APPROVED)
        if actor.id in {held.decided_by, held.proposed_by}:
            raise Forbidden(
                _("经办人和批准人不能监销。"), subject=held.title, remedy=_("请由另外两人监销并签名。")
            )
        if held.witnesses.filter(person=actor.id).exists():
            raise Conflict(_("您已经签名。"), subject=held.title, remedy=_("还须另一人监销。"))
        Witness.objects.create(disposal=held, person=actor.id, name=actor.name)
        append(act="appraisal.witness", actor=actor, subject=f"disposal:{held.id}")
        if held.witnesses.count() >= WITNESSES_NEEDED:
            _order(held)
    return held


def _order(held: Disposal) -> None:
    held.state = State.EXECUTING
    held.save(update_fields=["state"])
    erase(held.condemned(), kind=held.kind, basis=f"disposal:{held.id}", actor=SYSTEM)
    jobs.start(EXECUTE, SYSTEM, title=held.title, disposal_id=str(held.id))


def _locked(disposal: Disposal, state: str) -> Disposal:
    held = Disposal.objects.select_for_update().get(id=disposal.id)
    if held.state != state:
        raise Conflict(
            _("这次鉴定现在是“%(state)s”，不能这样办理。") % {"state": held.get_state_display()},
            subject=held.title,
            remedy=_("请刷新页面。"),
        )
    return held


def _to_decide(disposal: Disposal, actor: Actor) -> Disposal:
    purges = disposal.kind == Disposal.Kind.PURGE
    require(actor, "appraisal.approve_purge" if purges else "appraisal.approve")
    held = _locked(disposal, State.OPEN)
    if held.proposed_by == actor.id:
        raise Forbidden(_("经办人不能批准自己提出的鉴定。"), subject=held.title)
    return held


def _check_opinions(held: Disposal) -> None:
    """A purge cannot wait for a group to read what must not be read."""
    if held.kind == Disposal.Kind.PURGE:
        return
    opinions = list(held.opinions.all())
    if len(opinions) < OPINIONS_NEEDED:
        raise Conflict(_("鉴定小组的意见还不足 %(n)s 人。") % {"n": OPINIONS_NEEDED}, subject=held.title)
    if not all(opinion.agrees for opinion in opinions):
        raise Conflict(
            _("鉴定小组有人不同意。"), subject=held.title, remedy=_("请不批准，或将有异议的档案改为延长后重新提出。")
        )  # fmt: skip


def _extend_now(held: Disposal) -> list[UUID]:
    items = list(held.items.filter(outcome=DisposalItem.Outcome.EXTEND))
    now = timezone.now()
    for item in items:
        Record.objects.filter(id=item.record_id).update(retention=item.retention, changed_at=now)
    return [item.record_id for item in items]


def _decide(held: Disposal, state: str, actor: Actor) -> None:
    held.state, held.decided_by, held.decided_by_name = state, actor.id, actor.name
    held.decided_at = timezone.now()
    if state == State.DONE:
        held.finished_at = held.decided_at
    held.save()
    settled = held.items.all()
    if state == State.APPROVED:
        settled = settled.filter(outcome=DisposalItem.Outcome.EXTEND)
    settled.update(is_open=False)
    publish(DisposalDecided(held.id))
