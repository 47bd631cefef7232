"""The portal's first page: is it there, may I see it, how do I get it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from django.core.cache import cache
from django.db.models import Exists, OuterRef
from django.urls import reverse

from lantai.access.api import matters
from lantai.core.actors import ANONYMOUS
from lantai.core.errors import LantaiError
from lantai.core.language import gettext as _
from lantai.records.api import Document, OpeningMark, Record, readable
from lantai.search import api as search

FRESH_S = 60
"""How long the figures of the first page may lag behind, seconds."""
DOORS_FRESH_S = 5
"""The same for the counts behind its doors: what is withdrawn is to be out of them in ten."""
NEWEST = 6


@dataclass(frozen=True, slots=True)
class Figures:
    """What a member of the public can see at all.

    Attributes:
        records: open records, those of which only the catalogue is here included.
        readable: open records whose documents can be read on the screen.
        archives: archives that hold at least one of them.
        year_from: year of the oldest, ``None`` when none is dated.
        year_to: year of the youngest.
    """

    records: int
    readable: int
    archives: int
    year_from: int | None
    year_to: int | None


@dataclass(frozen=True, slots=True)
class Door:
    """A ready-made search for what people ask for most.

    ``open`` counts the open records behind it; ``None`` while the index cannot be asked.
    """

    label: str
    ask: str
    url: str
    open: int | None


def figures() -> Figures:
    """Counts over what the public may read, at most ``FRESH_S`` old."""
    return cache.get_or_set("faces.figures", _count, FRESH_S) or _count()


def _count() -> Figures:
    visible = readable(Record.objects.filter(opening_mark=OpeningMark.OPEN), ANONYMOUS)
    dated = visible.filter(date_start__isnull=False)
    first = dated.order_by("date_start").values_list("date_start", flat=True).first()
    last = dated.order_by("-date_start").values_list("date_start", flat=True).first()
    return Figures(
        records=visible.count(),
        readable=visible.filter(Exists(Document.objects.filter(record=OuterRef("id")))).count(),
        archives=visible.values("custodian").distinct().count(),
        year_from=first.year if first else None,
        year_to=last.year if last else None,
    )


def newly_opened() -> list[Record]:
    """The records opened last, newest first."""
    visible = readable(Record.objects.filter(opening_mark=OpeningMark.OPEN), ANONYMOUS)
    return list(visible.select_related("fonds").order_by("-changed_at", "-id")[:NEWEST])


def doors() -> list[Door]:
    """A door for each matter people come for, with what stands open behind it."""
    counts = cache.get_or_set("faces.doors", _count_doors, DOORS_FRESH_S) or {}
    return [
        Door(
            _(matter.label),
            _(matter.ask),
            f"{reverse('access:search')}?q={quote(matter.query)}",
            counts.get(matter.query),
        )
        for matter in matters()
    ]


def _count_doors() -> dict[str, int | None]:
    counts: dict[str, int | None] = {}
    for matter in matters():
        try:
            counts[matter.query] = search.search(matter.query, ANONYMOUS, size=1, facets=()).total
        except LantaiError:
            counts[matter.query] = None
    return counts
