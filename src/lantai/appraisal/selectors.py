"""What expires, and what was decided on it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.records.api import Record, State, readable, retention_term

from .models import Disposal

HELD = (State.FILED, State.HELD)


def expired(year: int, retentions: Iterable[str]) -> Q:
    """Records whose term is over in a year: it runs from the year after theirs.

    The old terms (长期, 短期) have no end that could be computed; permanent ones never end.
    """
    over = Q(pk__in=[])
    for code in retentions:
        try:
            years = retention_term(code).years
        except Invalid:
            continue
        if years is not None:
            over |= Q(retention=code, year__lt=year - years)
    return over


def due(actor: Actor, year: int | None = None) -> QuerySet[Record]:
    """Records in the custody of the actor's organisation whose term is over and that nobody appraises."""
    require(actor, "appraisal.see")
    mine = Record.objects.filter(custodian_id=actor.organisation_id, state__in=HELD).exclude(retention="")
    terms = mine.order_by().values_list("retention", flat=True).distinct()
    over = expired(year or timezone.localdate().year, terms)
    waiting = mine.filter(over).exclude(disposal_items__is_open=True).select_related("fonds")
    # A record without a year never expires; the list is paged by a column that is never null.
    return readable(waiting.annotate(of_year=Coalesce("year", Value(0), output_field=IntegerField())), actor)


def disposals_for(actor: Actor) -> QuerySet[Disposal]:
    """Disposals the actor may see: of the own organisation; all for those who oversee."""
    require(actor, "appraisal.see")
    rows = Disposal.objects.annotate(items_count=Count("items", distinct=True))
    oversees = {"supervisor", "security_officer", "audit_officer", "system"} & actor.roles
    return rows if oversees else rows.filter(organisation=actor.organisation_id)


def disposal_for(disposal_id: UUID, actor: Actor) -> Disposal:
    """One of them.

    Raises:
        NotFound: there is none such for this reader.
    """
    found = disposals_for(actor).select_related("organisation").filter(id=disposal_id).first()
    if found is None:
        raise NotFound(_("没有这次鉴定。"), subject=str(disposal_id))
    return found


def ledger_subjects(record_id: UUID) -> Iterable[str]:
    """The disposals of a record, as the ledger names them."""
    ids = Disposal.objects.filter(items__record_id=record_id).values_list("id", flat=True)
    return [f"disposal:{disposal_id}" for disposal_id in ids]
