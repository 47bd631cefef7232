"""Binding: items of the years of volumes (案卷) are put into volumes before they are numbered."""

from __future__ import annotations

from lantai.core.actors import Actor
from lantai.records.api import Arrangement, Scheme, bind_volume, loose_items


def bind_volumes(scheme: Scheme, year: int, actor: Actor) -> int:
    """One volume a retention period, holding the year's items that stand in none; returns how many."""
    if scheme.arrangement != Arrangement.VOLUME_ITEM:
        return 0
    loose = loose_items(scheme, year)
    terms = sorted(set(loose.values_list("retention", flat=True)))
    for retention in terms:
        records = list(loose.filter(retention=retention).order_by("date_start", "id"))
        title = f"{records[0].responsible}{year}年来往公文"
        ids = [record.id for record in records]
        bind_volume(scheme=scheme, year=year, record_ids=ids, title=title, actor=actor)
    return len(terms)
