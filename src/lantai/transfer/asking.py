"""Whether the archive asks for given records: by its approved collecting scope (收集范围), or by its level."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lantai.capture.api import Collecting, collecting
from lantai.core.language import gettext as _
from lantai.packages.api import PackageItem
from lantai.records.api import Fonds, Scheme, retention_term

from .models import Handover


def asks_for(
    asked: Collecting | None, fonds: Fonds, scheme: Scheme | None, year: int, retention: str, usual: Sequence[str]
) -> bool:  # fmt: skip
    """Whether records of that scheme, year and term come in; with no scope in force the usual terms decide."""
    if asked is None:
        return retention in usual
    return asked.takes(
        agency_id=fonds.creator_id,
        category=scheme.category if scheme else "",
        scheme=scheme.name if scheme else "",
        year=year,
        retention=retention,
        usual=usual,
    )


def scope_of_archive(handover: Handover, usual: Sequence[str]) -> Callable[[PackageItem], str] | None:
    """A judge by the receiving archive's scope (YJ-2-9, 进馆范围); ``None`` where none is in force.

    It tells what is against an item. Whether to take it all the same is for the archivist.
    """
    asked = collecting(handover.archive_id)
    if asked is None:
        return None
    fonds = handover.fonds
    schemes = Scheme.objects.in_bulk(fonds.schemes.values_list("id", flat=True))
    rows = handover.items.values_list("place", "record__scheme_id", "record__year", "record__retention")
    said: dict[int, str] = {}
    for place, scheme_id, year, retention in rows.iterator():
        if not asks_for(asked, fonds, schemes.get(scheme_id), year or 0, retention, usual):
            said[place] = _told(asked, fonds, schemes.get(scheme_id), year, retention)
    return lambda item: said.get(item.number, "")


def _told(asked: Collecting, fonds: Fonds, scheme: Scheme | None, year: int | None, retention: str) -> str:
    if not asked.lists(fonds.creator_id):
        return _("《%(scope)s》的进馆名册上没有%(unit)s") % {
            "scope": asked.scope,
            "unit": fonds.creator.name,
        }
    told = {
        "scope": asked.scope,
        "scheme": scheme.name if scheme else _("未定门类"),
        "year": year or "",
        "term": retention_term(retention).name if retention else "",
    }
    return _("《%(scope)s》不收这一项：%(scheme)s %(year)s 年 %(term)s") % told
