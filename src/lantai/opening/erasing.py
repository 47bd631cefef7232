"""What the opening context holds of a record that is to be erased (``core.ports.Eraser``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from .models import Decision, DecisionBatch


class OpeningEraser:
    """Decisions give their reasons, and state digests of what was decided on."""

    def files(self, record_ids: Sequence[UUID]) -> Iterable[str]:  # noqa: ARG002 - the port asks so
        """Nothing."""
        return ()

    def forget(self, record_ids: Sequence[UUID]) -> None:
        """Drops the decisions; what was signed goes once no other record is proven by it.

        That there were decisions, when and whose, stays in the ledger.
        """
        decisions = Decision.objects.filter(record__in=record_ids)
        batches = set(decisions.values_list("batch_id", flat=True))
        for decision in decisions.order_by("-decided_at", "-id"):  # what withdraws before what was withdrawn
            decision.delete()
        DecisionBatch.objects.filter(id__in=batches, decisions=None).delete()
