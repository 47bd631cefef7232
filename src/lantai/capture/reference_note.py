"""The reference note (备考表) of a lowest class: gaps explained, what is said, who arranged and checked.

It is final once every gap has its reason, and one person has arranged and another checked.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records import api as records
from lantai.records.api import Record, Scheme, WithdrawnNumber

from .arrangement import ReferenceNote, queue_for, reference_notes, scope_of_scheme
from .arrangement_models import ClassNote


@transaction.atomic
def explain_gap(
    *, scheme: Scheme, year: int, class_code: str, number: int, reason: str, actor: Actor
) -> WithdrawnNumber:
    """Gives a number that nobody bears its reason; from then on it is never given.

    Raises:
        Conflict: that number is no unexplained gap of the class.
        Invalid: there is no reason.
    """
    require(actor, "capture.fix", scope_of_scheme(scheme), subject=str(scheme))
    queue_for(scheme)
    note = note_of(scheme, year, class_code)
    if number not in note.unexplained:
        raise Conflict(_("这个件号不是没有说明的空号。"), subject=f"{class_code} {number}")
    if not reason.strip():
        raise Invalid(_("请写明原因，它会印在备考表上。"), subject=f"{class_code} {number}")
    sample = Record.objects.select_related("scheme__fonds", "volume__scheme__fonds").get(
        archive_id=scheme.fonds.archive_id, reference_code=note.first
    )
    code = records.record_code(sample, number)
    explained = WithdrawnNumber.objects.create(
        archive_id=scheme.fonds.archive_id, fonds_id=scheme.fonds_id, class_code=class_code, number=number,
        reference_code=code, reason=reason.strip(), withdrawn_by=actor.id,
    )  # fmt: skip
    append(
        act="capture.explain_gap", actor=actor, subject=f"scheme:{scheme.id}",
        after={"reference_code": code, "reason": explained.reason},
    )  # fmt: skip
    return explained


@transaction.atomic
def write_note(*, scheme: Scheme, year: int, class_code: str, text: str, actor: Actor) -> ClassNote:
    """Writes what the note says of the class; whoever writes has arranged it, and a check is to be made anew."""
    require(actor, "capture.arrange", scope_of_scheme(scheme), subject=str(scheme))
    note_of(scheme, year, class_code)
    note, _made = ClassNote.objects.select_for_update().get_or_create(
        scheme=scheme, year=year, class_code=class_code
    )
    before, note.text = note.text, text.strip()
    note.arranged_by, note.arranged_by_name, note.arranged_on = actor.id, actor.name, timezone.localdate()
    note.checked_by, note.checked_by_name, note.checked_on = "", "", None
    note.save()
    _tell(note, before, actor)
    return note


@transaction.atomic
def check_note(*, scheme: Scheme, year: int, class_code: str, actor: Actor) -> ClassNote:
    """Says that the class was checked against what lies in the box.

    Raises:
        Conflict: nobody has written the note, or a gap has no reason.
        Forbidden: the one who arranged it checks nothing.
    """
    require(actor, "capture.fix", scope_of_scheme(scheme), subject=str(scheme))
    note = (
        ClassNote.objects.select_for_update().filter(scheme=scheme, year=year, class_code=class_code).first()
    )
    if note is None:
        raise Conflict(_("还没有人写情况说明。"), subject=class_code, remedy=_("请整理人先写。"))
    refuse_unexplained(note_of(scheme, year, class_code))
    if note.arranged_by == actor.id:
        raise Forbidden(_("整理人不能检查自己整理的档案。"), subject=class_code, remedy=_("请另一人检查。"))
    note.checked_by, note.checked_by_name, note.checked_on = actor.id, actor.name, timezone.localdate()
    note.save()
    _tell(note, note.text, actor)
    return note


def note_of(scheme: Scheme, year: int, class_code: str) -> ReferenceNote:
    """The facts of one class's note; ``NotFound`` where the class has no fixed number."""
    for note in reference_notes(scheme=scheme, year=year):
        if note.class_code == class_code:
            return note
    raise NotFound(_("这个类目还没有定号的档案。"), subject=class_code)


def refuse_unexplained(note: ReferenceNote) -> None:
    """Raises ``Conflict`` naming the gaps nobody has explained."""
    if note.unexplained:
        raise Conflict(
            _("空号 %(numbers)s 没有说明，备考表还不能定稿。")
            % {"numbers": "、".join(str(number) for number in note.unexplained)},
            subject=note.class_code,
            remedy=_("请在备考表页上逐个写明原因。"),
        )


def said_of(scheme: Scheme, year: int) -> dict[str, ClassNote]:
    """What people said of the classes of a scheme and year, by class."""
    return {note.class_code: note for note in ClassNote.objects.filter(scheme=scheme, year=year)}


def _tell(note: ClassNote, before: str, actor: Actor) -> None:
    append(
        act="capture.note", actor=actor, subject=f"scheme:{note.scheme_id}", before={"text": before},
        after={"class": note.class_code, "text": note.text, "checked_by": note.checked_by},
    )  # fmt: skip
