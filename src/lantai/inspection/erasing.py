"""What inspection holds of a record that is to be erased (``core.ports.Eraser``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from lantai.core.language import gettext as _
from lantai.records.api import Document

from .models import ExaminedContent, ReportFinding
from .ports import items_of


class InspectionEraser:
    """Findings quote titles and words of what they are about; the memory of examinations quotes more."""

    def files(self, _record_ids: Sequence[UUID]) -> Iterable[str]:
        """Reports lie in the database alone."""
        return ()

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Leaves which check found something at which place of a report, and nothing of what."""
        for item in items_of(record_ids):
            findings = ReportFinding.objects.filter(report_id=item.report_id, item_number=item.number)
            findings.update(
                item_title=_("（内容已清除）"),
                subject=_("（内容已清除）"),
                expected="",
                observed="",
                remedy="",
            )
        digests = Document.objects.filter(record__in=record_ids).values_list("sha512", flat=True)
        ExaminedContent.objects.filter(sha512__in=list(digests)).delete()
