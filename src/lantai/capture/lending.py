"""Lending from the record office's holdings: asked for, approved, looked at under a watermark, given back.

What was handed over to an archive in another installation is still lent from here, to be read only.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.events import publish
from lantai.core.ports import Scope, allows, require
from lantai.institutions.api import answers_for
from lantai.ledger.api import append
from lantai.records.api import Document, Record, RecordsChanged, State, document_path, note_use

from .lending_models import Loan

MOST_DAYS = {Loan.Form.ELECTRONIC: 15, Loan.Form.PAPER: 30}
"""Longest term, days; a paper original is away from everybody else."""
KEPT = (State.FILED, State.TRANSFERRED)
"""What the record office has in its hands, its numbers given."""


def loans_for(actor: Actor) -> QuerySet[Loan]:
    """All loans of the agency for its record office; for others those they asked for."""
    rows = Loan.objects.select_related("record")
    if "system" in actor.roles:
        return rows
    own = answers_for(actor.organisation_id) if actor.organisation_id else ()
    if allows(actor, "capture.lend", Scope(organisation_id=actor.organisation_id)):
        return rows.filter(agency__in=own)
    return rows.filter(asked_by=actor.id, agency__in=own)


def loan_for(actor: Actor, loan_id: UUID) -> Loan:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    found = loans_for(actor).filter(id=loan_id).first()
    if found is None:
        raise NotFound(_("没有找到这笔借阅。"), remedy=_("请从借阅登记里打开。"))
    return found


def overdue(rows: QuerySet[Loan]) -> QuerySet[Loan]:
    """Those of ``rows`` that should be back, the longest first."""
    return rows.filter(state=Loan.State.LENT, due_on__lt=timezone.localdate()).order_by("due_on", "id")


def ask(
    *,
    reference_code: str,
    borrower_name: str,
    borrower_unit: str,
    purpose: str,
    form: str,
    days: int,
    actor: Actor,
    note: str = "",
) -> Loan:
    """Asks the record office for a record by its code; one need not see the entry to ask for it.

    Raises:
        Forbidden: the actor does not work for this agency.
        NotFound: the record office keeps nothing under that code.
        Invalid: the term is too long, or nobody is named.
    """
    require(actor, "capture.borrow", Scope(organisation_id=actor.organisation_id))
    own = answers_for(actor.organisation_id) if actor.organisation_id else ()
    record = Record.objects.filter(
        agency__in=own, reference_code=reference_code.strip(), state__in=KEPT
    ).first()
    if record is None or not reference_code.strip():
        raise NotFound(
            _("档案室没有这个档号的档案。"),
            subject=reference_code,
            remedy=_("请核对档号；已进馆的，请到档案馆查阅。"),
        )
    most = MOST_DAYS[Loan.Form(form)]
    if not borrower_name.strip() or not 1 <= days <= most:
        raise Invalid(
            _("请写明借阅人，期限不超过 %(days)s 天。") % {"days": most}, subject=record.reference_code
        )
    with transaction.atomic():
        made = Loan.objects.create(
            agency_id=record.agency_id,
            record=record,
            reference_code=record.reference_code,
            borrower_name=borrower_name.strip()[:120],
            borrower_unit=borrower_unit.strip()[:200],
            purpose=Loan.Purpose(purpose),
            note=note.strip()[:400],
            form=form,
            days=days,
            asked_by=actor.id,
            asked_by_name=actor.name,
            asked_at=timezone.now(),
        )
        _note(made, "capture.borrow", actor)
    return made


def lend(*, loan: Loan, actor: Actor) -> Loan:
    """Approves a request; its term begins today.

    Raises:
        Forbidden: the actor is not of this record office, or asked for it themselves as a clerk would.
        Conflict: it was decided, or the original is lent to somebody else.
    """
    with transaction.atomic():
        held = _locked(loan, actor, Loan.State.REQUESTED)
        if held.asked_by == actor.id and held.borrower_name == actor.name:
            raise Forbidden(_("不能批准自己的借阅。"), remedy=_("请另一位档案员批准。"))
        if held.record.state not in KEPT:
            raise Conflict(_("这件档案已不在档案室。"), subject=held.reference_code)
        held.state, held.due_on = Loan.State.LENT, timezone.localdate() + timedelta(days=held.days)
        held.decided_by_name, held.decided_at = actor.name, timezone.now()
        try:
            with transaction.atomic():
                held.save()
        except IntegrityError as error:
            raise Conflict(
                _("纸质原件已借给别人。"), subject=held.reference_code, remedy=_("请等归还，或改借电子件。")
            ) from error
        _note(held, "capture.lend", actor)
    return held


def refuse(*, loan: Loan, reason: str, actor: Actor) -> Loan:
    """Refuses a request, with the reason.

    Raises:
        Invalid: no reason is given.
        Conflict: it was decided.
    """
    if not reason.strip():
        raise Invalid(_("请写明不同意的理由。"), subject=loan.reference_code)
    with transaction.atomic():
        held = _locked(loan, actor, Loan.State.REQUESTED)
        held.state, held.refused_for = Loan.State.REFUSED, reason.strip()[:400]
        held.decided_by_name, held.decided_at = actor.name, timezone.now()
        held.save()
        _note(held, "capture.refuse_loan", actor)
    return held


def give_back(*, loan: Loan, condition: str, actor: Actor) -> Loan:
    """Takes a loan back; of a paper original it is said how it came back.

    Raises:
        Invalid: nothing is said of a paper original.
        Conflict: it is not lent.
    """
    if loan.form == Loan.Form.PAPER and not condition.strip():
        raise Invalid(
            _("请写明归还时原件的状况。"), subject=loan.reference_code, remedy=_("完好的写“完好”。")
        )
    with transaction.atomic():
        held = _locked(loan, actor, Loan.State.LENT)
        held.state, held.returned_at = Loan.State.RETURNED, timezone.now()
        held.condition = condition.strip()[:400]
        held.save()
        _note(held, "capture.take_back", actor)
    return held


def look_at(*, loan: Loan, document_id: UUID, actor: Actor) -> bytes:
    """A document of an electronic loan as PDF, every page marked with who looks at it and when.

    Raises:
        Forbidden: the loan is not the actor's, or its term is over.
        NotFound: the record has no such document.
        Conflict: a file of that format cannot be shown page by page.
    """
    from .watermark import watermarked  # imaging libraries: not before somebody looks

    today = timezone.localdate()
    running = loan.state == Loan.State.LENT and loan.due_on is not None and loan.due_on >= today
    if loan.asked_by != actor.id or loan.form != Loan.Form.ELECTRONIC or not running:
        raise Forbidden(
            _("这笔借阅不能在线查阅，或者已经到期。"),
            subject=loan.reference_code,
            remedy=_("请重新申请借阅。"),
        )
    document = Document.objects.select_related("record").filter(id=document_id, record=loan.record_id).first()
    if document is None or loan.record.state not in KEPT:
        raise NotFound(_("这件档案没有这份文稿。"), subject=loan.reference_code)
    words = f"{loan.borrower_name} {loan.borrower_unit} {today:%Y-%m-%d} {_('仅供查阅')}"
    marked = watermarked(document_path(document), document, words)
    note_use(record=loan.record, act="record.original", actor=actor, reason=_("借阅"))
    return marked


def remind_overdue(on: date | None = None) -> int:
    """Notes once for each loan that its term is over; run by the worker. The desks show them."""
    today = on or timezone.localdate()
    rows = Loan.objects.filter(state=Loan.State.LENT, due_on__lt=today, reminded_at=None)
    count = 0
    for loan in rows.select_related("record")[:500]:
        with transaction.atomic():
            loan.reminded_at = timezone.now()
            loan.save(update_fields=["reminded_at"])
            _note(loan, "capture.remind_loan", SYSTEM)
        count += 1
    return count


def _locked(loan: Loan, actor: Actor, state: Loan.State) -> Loan:
    require(actor, "capture.lend", Scope(organisation_id=loan.agency_id), subject=loan.reference_code)
    held = Loan.objects.select_for_update(of=("self",)).select_related("record").get(id=loan.id)
    if held.state != state:
        raise Conflict(
            _("这笔借阅现在是“%(state)s”，不能这样办。") % {"state": held.get_state_display()},
            subject=held.reference_code,
        )
    return held


def _note(loan: Loan, act: str, actor: Actor) -> None:
    append(
        act=act,
        actor=actor,
        subject=f"record:{loan.record_id}",
        after={"loan": str(loan.id), "borrower": loan.borrower_name, "state": loan.state, "form": loan.form},
    )
    publish(RecordsChanged((loan.record_id,), "lent"))
