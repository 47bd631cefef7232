"""Papers of bulk edits (``core.ports.PaperPart``): what was done, not what each record said."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids

from .models import BulkEdit

CONTENT: Mapping[str, Any] = {
    "samples": [],
    "problems": [],
    "record_ids": "",
    "vocabulary": None,
    "job_id": None,
}
"""What tells of single records stands with those records, so that it goes with them."""


class EditPapers:
    """Edits that were done."""

    key = "catalogue.edit"
    order = 38
    kinds: Collection[str] = ("edit",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each without what tells of single records."""
        rows = plain_rows(BulkEdit.objects.filter(id__in=subject_ids(subjects)))
        return {UUID(row["id"]): {"edit": {**row, **CONTENT}} for row in rows}

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again; the part of a record may have been there first."""
        restore_rows(BulkEdit, (part["edit"] for part in parts.values()))
        for key, part in parts.items():
            standing = BulkEdit.objects.filter(id=key).first()
            if (
                standing
                and standing.state == BulkEdit.State.DONE
                and part["edit"]["state"] == BulkEdit.State.UNDONE
            ):
                standing.state, standing.counts = part["edit"]["state"], part["edit"]["counts"]
                standing.save(update_fields=["state", "counts"])
