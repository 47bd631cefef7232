"""What the catalogue says of a record in its ``record.xml``: names, edits, decisions, its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.records.api import Record

from .assist.models import Proposal
from .authorities.models import Authority, AuthorityLink
from .authorities.papers import AuthorityPapers
from .description.models import UnitDescription
from .editing.models import BulkEdit, EditChange
from .editing.papers import EditPapers


class CataloguePart:
    """Answers ``core.ports.RecordPart``."""

    key = "catalogue"
    order = 45

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """Links with the names they lead to, changes with their edits, what people decided."""
        parts: dict[UUID, dict[str, Any]] = {}

        def put(record_id: str, name: str, row: dict[str, Any]) -> None:
            parts.setdefault(UUID(record_id), {}).setdefault(name, []).append(row)

        links = list(plain_rows(AuthorityLink.objects.filter(record__in=record_ids).order_by("id")))
        told = AuthorityPapers().describe([f"authority:{row['authority']}" for row in links]) if links else {}
        for row in links:
            put(row["record"], "authorities", {**row, "told": told[UUID(row["authority"])]})
        changes = list(plain_rows(EditChange.objects.filter(record__in=record_ids).order_by("id")))
        edits = EditPapers().describe([f"edit:{row['edit']}" for row in changes]) if changes else {}
        for row in changes:
            del row["id"]  # counted anew where it is restored
            put(row["record"], "edits", {**row, "told": edits[UUID(row["edit"])]})
        decided = Proposal.objects.filter(record__in=record_ids).exclude(state=Proposal.State.OPEN)
        for row in plain_rows(decided.order_by("id")):
            put(row["record"], "proposals", row)
        for row in plain_rows(UnitDescription.objects.filter(record__in=record_ids).order_by("id")):
            put(row["record"], "documents", row)
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes rows again; what is there already stays as it is."""
        standing = set(Record.objects.filter(id__in=list(parts)).values_list("id", flat=True))
        own = [part for key, part in parts.items() if key in standing]
        links = [row for part in own for row in part.get("authorities", ())]
        AuthorityPapers().restore({UUID(row["authority"]): row["told"] for row in links})
        there = set(
            map(
                str,
                Authority.objects.filter(id__in=[r["authority"] for r in links]).values_list("id", flat=True),
            )
        )
        restore_rows(AuthorityLink, (row for row in links if row["authority"] in there))
        changes = [row for part in own for row in part.get("edits", ())]
        EditPapers().restore({UUID(row["edit"]): row["told"] for row in changes})
        _restore_changes(changes)
        restore_rows(Proposal, (row for part in own for row in part.get("proposals", ())))
        restore_rows(UnitDescription, (row for part in own for row in part.get("documents", ())))


def _restore_changes(rows: Sequence[Mapping[str, Any]]) -> None:
    """Keys of changes are counted anew: what tells two apart is the edit and the record."""
    edits = set(
        map(str, BulkEdit.objects.filter(id__in=[r["edit"] for r in rows]).values_list("id", flat=True))
    )
    made = [
        EditChange(
            edit_id=UUID(row["edit"]), record_id=UUID(row["record"]), before=row["before"], after=row["after"],
            undone=row["undone"],
        )
        for row in rows
        if row["edit"] in edits
    ]  # fmt: skip
    EditChange.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)


def ledger_subjects(record_id: UUID) -> list[str]:
    """The edits a record took part in, for its history."""
    ids = EditChange.objects.filter(record_id=record_id).values_list("edit_id", flat=True)
    return [f"edit:{edit_id}" for edit_id in ids]
