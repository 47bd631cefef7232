"""Which records may be opened, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.institutions.api import record_filter
from lantai.records.api import OpeningMark, Record, State, readable

from .models import Decision

TERM_YEARS = 25
"""Full years from the day a record was made (档案法 article 27)."""
DISCLOSED = "主动公开"


def term_cutoff(on: date) -> date:
    """The latest day of making whose 25 full years are over on a day."""
    try:
        return on.replace(year=on.year - TERM_YEARS)
    except ValueError:  # 29 February, and no such day 25 years before
        return on.replace(year=on.year - TERM_YEARS, day=28)


def last_day(record: Record) -> date | None:
    """The last day on which the record can have been made; ``None`` when nothing is known.

    Where only the year is known, its 31 December: the rule errs on the side of waiting.
    """
    if record.date_end is not None:
        return record.date_end
    return date(record.year, 12, 31) if record.year else None


def term_is_over(record: Record, on: date) -> bool:
    """Whether 25 full years have passed since the record was made, as far as can be known."""
    made = last_day(record)
    return made is not None and made <= term_cutoff(on)


def over_term(on: date) -> Q:
    """:func:`term_is_over` as a filter on records."""
    cutoff = term_cutoff(on)
    full_years = cutoff.year if (cutoff.month, cutoff.day) == (12, 31) else cutoff.year - 1
    return Q(date_end__lte=cutoff) | Q(date_end__isnull=True, year__lte=full_years)


def candidates(actor: Actor, on: date | None = None) -> QuerySet[Record]:
    """Held records that nobody has decided on and that are due: by term, or disclosed already."""
    return readable(_waiting(on or timezone.localdate()), actor, "record.original")


def _waiting(on: date) -> QuerySet[Record]:
    due = over_term(on) | Q(disclosure=DISCLOSED)
    waiting = Record.objects.filter(opening_mark=OpeningMark.UNREVIEWED, state=State.HELD)
    return waiting.filter(due).select_related("fonds", "scheme")


def queue(actor: Actor) -> QuerySet[Record]:
    """:func:`candidates`, the oldest first, undated ones last."""
    made = Coalesce("date_end", Value(date.max), output_field=DateField())
    return candidates(actor).annotate(made=made).order_by("made", "id")


def queue_in_parts(actor: Actor) -> list[QuerySet[Record]]:
    """:func:`queue` for ``ui.api.keyset_page``: dated and undated ones, each as their index has them."""
    seen = record_filter(actor, "record.original", few=0)
    waiting = _waiting(timezone.localdate()).filter(seen)
    made = ExpressionWrapper(F("date_end"), output_field=DateField())
    return [
        waiting.filter(date_end__isnull=False).annotate(made=made),
        waiting.filter(date_end__isnull=True).annotate(made=Value(date.max, output_field=DateField())),
    ]


def oldest_due(actor: Actor, number: int) -> list[Record]:
    """The first of :func:`queue`."""
    dated, undated = (list(part.order_by("date_end", "id")[:number]) for part in queue_in_parts(actor))
    return (dated + undated)[:number]


def decisions_for(actor: Actor) -> QuerySet[Decision]:
    """Decisions on records the actor may see."""
    visible = readable(Record.objects.filter(id=OuterRef("record_id")), actor)
    return Decision.objects.filter(Exists(visible)).select_related("record__fonds", "batch")


def decision_for(decision_id: UUID, actor: Actor) -> Decision:
    """One decision, if the actor may see its record.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
    """
    decision = decisions_for(actor).filter(id=decision_id).first()
    if decision is None:
        raise NotFound(_("没有这项开放审核决定，或者您不能查看它。"))
    return decision


def history_of(record_id: UUID) -> QuerySet[Decision]:
    """The decisions on a record, newest first."""
    return Decision.objects.filter(record_id=record_id).select_related("batch").order_by("-decided_at", "-id")


def ledger_subjects(record_id: UUID) -> Iterable[str]:
    """The ledger subjects of the batches in which a record was decided on."""
    batches = Decision.objects.filter(record_id=record_id).values_list("batch_id", flat=True)
    return [f"opening:{batch_id}" for batch_id in batches]
