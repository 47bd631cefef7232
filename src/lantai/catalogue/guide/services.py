"""Writing the guide: drafts by whoever keeps the fonds, approved by somebody else."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import Organisation
from lantai.ledger.api import append
from lantai.records.api import Fonds

from ..fonds.filing import Described, collect_paper
from .models import GuideText
from .printing import entry_pdf
from .sections import sections_of

EDIT, APPROVE = "catalogue.edit_guide", "catalogue.approve_guide"
LONGEST = 20_000
"""Characters of one section."""
State = GuideText.State


def save_text(
    *, archive: Organisation, fonds: Fonds | None, sections: Mapping[str, str], actor: Actor
) -> GuideText:
    """Keeps what was written: in the version that is being written, or in a new one.

    Raises:
        Forbidden: the actor does not write this archive's guide.
        Conflict: a version waits to be approved.
        Invalid: nothing is said, or a section is too long.
    """
    require(actor, EDIT, Scope(custodian_id=archive.id), subject=str(fonds or archive))
    texts = {section.key: sections.get(section.key, "").strip() for section in sections_of(fonds)}
    if not any(texts.values()):
        raise Invalid(_("还什么都没有写。"), subject=str(fonds or archive))
    if any(len(text) > LONGEST for text in texts.values()):
        raise Invalid(_("一节最多 %(n)s 字。") % {"n": LONGEST}, subject=str(fonds or archive))
    with transaction.atomic():
        held = latest(archive, fonds)
        if held is not None and held.state == State.SUBMITTED:
            raise Conflict(_("这一条正待审定，不能修改。"), subject=str(held), remedy=_("请等审定或退回。"))
        if held is None or held.state != State.DRAFT:
            held = GuideText(archive=archive, fonds=fonds, number=_next(archive, fonds))
        held.sections, held.returned_for = texts, ""
        held.edited_by, held.edited_by_name, held.edited_at = actor.id, actor.name, timezone.now()
        held.save()
        append(
            act=EDIT,
            actor=actor,
            subject=f"guide:{held.id}",
            after={"number": held.number, "sections": texts},
        )
    return held


def submit_text(*, text: GuideText, actor: Actor) -> None:
    """Lays a version before whoever approves it.

    Raises:
        Conflict: it is not being written.
    """
    require(actor, EDIT, Scope(custodian_id=text.archive_id), subject=str(text))
    with transaction.atomic():
        held = _locked(text, State.DRAFT)
        held.state = State.SUBMITTED
        held.save(update_fields=["state"])
        append(act=EDIT, actor=actor, subject=f"guide:{held.id}", after={"state": held.state})


def approve_text(*, text: GuideText, actor: Actor) -> None:
    """Approves a version: it is public from now on, in place of the one before.

    Raises:
        Forbidden: the actor wrote it, or may not.
        Conflict: it does not wait to be approved.
    """
    require(actor, APPROVE, Scope(custodian_id=text.archive_id), subject=str(text))
    with transaction.atomic():
        held = _to_decide(text, actor)
        GuideText.objects.filter(archive=held.archive_id, fonds=held.fonds_id, state=State.APPROVED).update(
            state=State.SUPERSEDED
        )
        held.state = State.APPROVED
        held.save()
        append(act=APPROVE, actor=actor, subject=f"guide:{held.id}", after={"number": held.number})
        if held.fonds is not None:
            collect_paper(
                fonds_id=held.fonds.id, kind="guide", source=f"guide:{held.id}", content=entry_pdf(held), actor=actor,
                described=Described(_("馆藏指南条目（第 %(n)s 版）") % {"n": held.number}, responsible=held.archive.name),
            )  # fmt: skip


def return_text(*, text: GuideText, reason: str, actor: Actor) -> None:
    """Gives a version back to be written on.

    Raises:
        Forbidden: the actor wrote it, or may not.
        Conflict: it does not wait to be approved.
        Invalid: no reason is given.
    """
    require(actor, APPROVE, Scope(custodian_id=text.archive_id), subject=str(text))
    if not reason.strip():
        raise Invalid(_("请写明退回理由。"), subject=str(text))
    with transaction.atomic():
        held = _to_decide(text, actor)
        held.state, held.returned_for = State.DRAFT, reason.strip()[:300]
        held.save()
        append(
            act="catalogue.return_guide", actor=actor, subject=f"guide:{held.id}", after={"reason": reason}
        )


def latest(archive: Organisation, fonds: Fonds | None) -> GuideText | None:
    """The newest version, whatever its state."""
    rows = GuideText.objects.filter(archive=archive, fonds=fonds)
    return rows.select_related("archive", "fonds").order_by("-number").first()


def _next(archive: Organisation, fonds: Fonds | None) -> int:
    rows = GuideText.objects.filter(archive=archive, fonds=fonds)
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1


def _locked(text: GuideText, state: str) -> GuideText:
    rows = GuideText.objects.select_for_update(of=("self",)).select_related("archive", "fonds")
    held = rows.get(id=text.id)
    if held.state != state:
        raise Conflict(
            _("这一版现在是“%(state)s”，不能这样办理。") % {"state": held.get_state_display()},
            subject=str(held),
        )
    return held


def _to_decide(text: GuideText, actor: Actor) -> GuideText:
    held = _locked(text, State.SUBMITTED)
    if held.edited_by == actor.id:
        raise Forbidden(_("编写人不能审定自己写的条目。"), subject=str(held))
    held.decided_by, held.decided_by_name, held.decided_at = actor.id, actor.name, timezone.now()
    return held
