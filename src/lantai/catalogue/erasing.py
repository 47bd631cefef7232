"""What the catalogue holds of a record that is to be erased (``core.ports.Eraser``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from .assist.models import Proposal
from .authorities.models import AuthorityLink
from .description.models import UnitDescription
from .editing.models import BulkEdit, EditChange
from .quality.models import QualityFailure


class CatalogueEraser:
    """Rows that quote a record; files it has none."""

    def files(self, record_ids: Sequence[UUID]) -> Iterable[str]:  # noqa: ARG002 - the port asks so
        """Nothing."""
        return ()

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Takes out proposals, links, what edits changed, and descriptions of documents."""
        UnitDescription.objects.filter(record__in=record_ids).delete()
        Proposal.objects.filter(record__in=record_ids).delete()
        AuthorityLink.objects.filter(record__in=record_ids).delete()
        QualityFailure.objects.filter(record__in=record_ids).delete()
        gone = set(map(str, record_ids))
        edits = BulkEdit.objects.filter(changes__record__in=record_ids) | BulkEdit.objects.exclude(samples=[])
        for edit in edits.distinct():
            edit.samples = [row for row in edit.samples if row["record"] not in gone]
            edit.problems = [row for row in edit.problems if row["record"] not in gone]
            edit.save(update_fields=["samples", "problems"])
        EditChange.objects.filter(record__in=record_ids).update(before="", after="")
