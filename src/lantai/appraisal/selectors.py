"""What expires, and what was decided on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db.models import Count, ExpressionWrapper, F, PositiveSmallIntegerField, Q, QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.institutions.api import record_filter
from lantai.records.api import Record, State, retention_term

from .models import Disposal

HELD = (State.FILED, State.HELD)


def expired(year: int, retentions: Iterable[str]) -> list[Q]:
    """Records whose term is over in a year, by term: it runs from the year after theirs.

    The old terms (长期, 短期) have no end that could be computed; permanent ones never end.
    """
    over = []
    for code in retentions:
        try:
            years = retention_term(code).years
        except Invalid:
            continue
        if years is not None:
            over.append(Q(retention=code, year__lt=year - years))
    return over


def due(actor: Actor, year: int | None = None) -> Sequence[QuerySet[Record]]:
    """Records in the custody of the actor's organisation whose term is over and that nobody appraises.

    For ``ui.api.keyset_page``, by ``of_year``: one query a term, each as its index has them.
    """
    require(actor, "appraisal.see")
    mine = Record.objects.filter(custodian_id=actor.organisation_id)
    waiting = mine.filter(state__in=HELD).exclude(disposal_items__is_open=True).select_related("fonds")
    # A record without a year never expires; the list is paged by a column that is never null.
    rows = waiting.filter(record_filter(actor, few=0)).annotate(
        of_year=ExpressionWrapper(F("year"), output_field=PositiveSmallIntegerField())
    )
    parts = [rows.filter(over) for over in expired(year or timezone.localdate().year, _terms(mine))]
    return parts or [rows.none()]


def _terms(records: QuerySet[Record]) -> Iterator[str]:
    """The terms that occur, each found in the index behind the one before."""
    codes = records.order_by("retention").values_list("retention", flat=True)
    code = codes.exclude(retention="").first()
    while code is not None:
        yield code
        code = codes.filter(retention__gt=code).first()


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
