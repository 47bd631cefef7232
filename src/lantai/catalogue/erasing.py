"""What the catalogue holds of a record that is to be erased (``core.ports.Eraser``), and tables that tell of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from lantai.records.api import Record

from .assist.models import Proposal
from .authorities.models import AuthorityLink
from .description.models import UnitDescription
from .editing.models import BulkEdit, EditChange
from .exporting.models import Export
from .exporting.services import export_path
from .importing.loading import keys_in
from .importing.spool import Spool
from .models import ImportPart, ImportProblem
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


def forget_tables(record_ids: Sequence[UUID]) -> None:
    """Removes exports of their fonds, and rows and quotations kept of the imports that brought them.

    Both are kept for convenience and can be had again. Repeating it changes nothing.
    """
    wanted = set(record_ids)
    fonds = set(Record.objects.filter(id__in=wanted).values_list("fonds_id", flat=True))
    for export in Export.objects.filter(fonds__in=fonds):
        shutil.rmtree(export_path(export).parent, ignore_errors=True)
        export.delete()
    for part in _parts_with(wanted, fonds):
        part.before = [row for row in part.before if UUID(row[0]) not in wanted]
        part.save(update_fields=["before"])
        ImportProblem.objects.filter(batch=part.batch_id).delete()  # whom they quote is not kept
        Spool(part.batch_id).remove()


def _parts_with(wanted: set[UUID], fonds: set[UUID]) -> Iterator[ImportPart]:
    """Parts of imports that made one of these records or merged into it."""
    parts = ImportPart.objects.filter(batch__fonds__in=fonds).order_by("id")
    for part in parts.iterator(chunk_size=20):
        if not wanted.isdisjoint(keys_in(part.created)) or any(UUID(row[0]) in wanted for row in part.before):
            yield part
