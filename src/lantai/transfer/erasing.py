"""What hand-over holds of a record that is to be erased (``core.ports.Eraser``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from .models import Correction, HandoverItem


class TransferEraser:
    """Corrections keep a record as it was first submitted; a register keeps counts and digests alone."""

    def files(self, _record_ids: Sequence[UUID]) -> Iterable[str]:
        """What was handed over lies in the vault and with capture."""
        return ()

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Leaves that there was a correction, when, and by whom."""
        Correction.objects.filter(record__in=record_ids).update(reasons=[], first={}, changes=[], answer="")
        HandoverItem.objects.filter(record__in=record_ids).update(catalogued={})
