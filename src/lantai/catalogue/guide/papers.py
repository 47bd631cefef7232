"""Versions of the guide as papers of the vault (``core.ports.PaperPart``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids
from lantai.institutions.api import describe_organisations, restore_organisations
from lantai.records.api import Fonds

from .models import GuideText


class GuidePapers:
    """Each version with its archive."""

    key = "catalogue.guide"
    order = 21
    kinds: Collection[str] = ("guide",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """The versions; one that was replaced is told with the one that replaced it."""
        asked = GuideText.objects.filter(id__in=subject_ids(subjects))
        places = {(row.archive_id, row.fonds_id) for row in asked}
        ids = {
            text.id
            for archive_id, fonds_id in places
            for text in GuideText.objects.filter(archive=archive_id, fonds=fonds_id)
        }
        rows = list(plain_rows(GuideText.objects.filter(id__in=ids)))
        archives = describe_organisations(row["archive"] for row in rows)
        return {UUID(row["id"]): {"archive": archives[row["archive"]], "text": row} for row in rows}

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes those again whose fonds stands."""
        ids = restore_organisations(
            {part["archive"]["id"]: part["archive"] for part in parts.values()}.values()
        )
        standing = set(map(str, Fonds.objects.values_list("id", flat=True)))
        rows = [part["text"] for part in parts.values()]
        restore_rows(GuideText, (row for row in rows if row["fonds"] in (*standing, None)), ids)
