"""Binding: items of the years of volumes (案卷) are put into volumes before they are numbered."""

from __future__ import annotations

from lantai.core.actors import Actor
from lantai.records.api import Arrangement, Record, Scheme, Volume, arrange_records, create_volumes


def bind_volumes(scheme: Scheme, year: int, actor: Actor) -> int:
    """One volume a retention period, holding the year's items that stand in none; returns how many."""
    if scheme.arrangement != Arrangement.VOLUME_ITEM:
        return 0
    loose = Record.objects.filter(scheme=scheme, year=year, volume=None, reference_code="")
    terms = sorted(set(loose.values_list("retention", flat=True)))
    for retention in terms:
        records = list(loose.filter(retention=retention).order_by("date_start", "id"))
        number = Volume.objects.filter(scheme=scheme, year=year, retention=records[0].retention).count() + 1
        [volume] = create_volumes(
            [
                Volume(
                    fonds=scheme.fonds,
                    scheme=scheme,
                    number=number,
                    title=f"{records[0].responsible}{year}年来往公文",
                    year=year,
                    retention=retention,
                    date_text=str(year),
                )
            ],
            actor,
        )
        ids = [record.id for record in records]
        arrange_records(record_ids=ids, changes={"volume_id": volume.id}, actor=actor)
    return len(terms)
