"""Boxing (装盒): which box a record lies in is written down once, and printed as written from then on."""

from __future__ import annotations

from django.db import transaction

from lantai.core.actors import Actor
from lantai.core.errors import Conflict
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.records import api as records
from lantai.records.api import NumberState, Scheme, State

from .arrangement import queue_for, scope_of_scheme
from .prints import sheets
from .prints.boxes import BOX

ACT = "capture.pack"


@transaction.atomic
def pack(*, scheme: Scheme, year: int, class_code: str, thickness_mm: int, actor: Actor) -> int:
    """Writes the box number (盒号) of every record of a class that lies in none yet; returns how many.

    Boxes that were packed stay as they are: what came later goes into boxes of its own.

    Args:
        scheme: whose class.
        year: of the class.
        class_code: the lowest class, a code without its number.
        thickness_mm: of the boxes, one of those the archive uses.
        actor: who packs.

    Raises:
        Forbidden: the actor does not arrange this agency's records.
        Conflict: a number is not fixed yet, or every record lies in a box.
        Invalid: there is no box of that thickness.
    """
    require(actor, ACT, scope_of_scheme(scheme), subject=str(scheme))
    queue_for(scheme)
    rows = sheets.by_class(sheets.numbered(scheme, year)).get(class_code, [])
    if any(row.number_state == NumberState.PROVISIONAL for row in rows):
        raise Conflict(
            _("还有预号，不能装盒。"), subject=class_code, remedy=_("请先定号：定号以前次序还会变。")
        )
    loose = {row.item_number: row for row in rows if not row.metadata.get(BOX) and row.state == State.FILED}
    edits = {
        row.id: {"metadata": {**row.metadata, BOX: box.number}}
        for box in sheets.boxes_of(rows, thickness_mm)
        for number, row in loose.items()
        if box.first <= (number or 0) <= box.last
    }
    if not edits:
        raise Conflict(_("这个类目的档案都已装盒。"), subject=class_code)
    records.edit_records(edits=edits, act=ACT, subject=f"scheme:{scheme.id}", actor=actor)
    return len(edits)
