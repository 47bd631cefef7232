"""What this context holds of a record that is to be erased (``core.ports.Eraser``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from lantai.core.language import gettext as _
from lantai.core.settings import home

from .models import Combination, Document, Record


class RecordsEraser:
    """Files of records that never came to the vault, and descriptions that must tell nothing."""

    def files(self, record_ids: Sequence[UUID]) -> Iterable[str]:
        """Documents that still lie under the data folder."""
        places = Document.objects.filter(record__in=record_ids).exclude(location="")
        for location in places.values_list("location", flat=True):
            if (home() / location).exists():
                yield location

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Leaves who held it, its class and its code, so that the gap stays explained."""
        Document.objects.filter(record__in=record_ids).delete()
        Combination.objects.filter(record__in=record_ids).delete()
        Record.objects.filter(id__in=record_ids).update(
            title=_("（内容已清除）"),
            responsible="",
            document_number="",
            date_text="",
            date_start=None,
            date_end=None,
            date_certainty="unknown",
            page_count=0,
            metadata={},
            flags=[],
            classification="",
            secrecy_period="",
        )
