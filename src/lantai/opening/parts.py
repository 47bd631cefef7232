"""The opening part of ``record.xml``: every decision with the signed text that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core.canonical import utc_text

from .models import Decision, DecisionBatch

COPIED = ("from_mark", "to_mark", "ground", "note", "decided_by", "decided_by_name")


class OpeningPart:
    """Describes decisions for the vault, and makes them again from what it wrote."""

    key = "opening"
    order = 40

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The decisions on each record, oldest first; records without one are left out."""
        parts: dict[UUID, dict[str, Any]] = {}
        rows = Decision.objects.filter(record_id__in=record_ids).select_related("batch")
        for row in rows.order_by("decided_at", "id"):
            part = parts.setdefault(row.record_id, {"decisions": []})
            part["decisions"].append(
                {
                    "id": str(row.id),
                    **{name: getattr(row, name) for name in COPIED},
                    "decided_at": utc_text(row.decided_at),
                    "withdraws": str(row.withdraws_id) if row.withdraws_id else None,
                    "batch": str(row.batch_id),
                    "statement": row.batch.statement,
                    "seal": row.batch.seal,
                }
            )
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes missing batches and decisions; repeating it changes nothing."""
        rows = [(record_id, row) for record_id, part in parts.items() for row in part["decisions"]]
        rows.sort(key=lambda item: (item[1]["decided_at"], item[1]["id"]))
        with transaction.atomic():
            DecisionBatch.objects.bulk_create(
                {
                    row["batch"]: DecisionBatch(
                        id=UUID(row["batch"]),
                        statement=row["statement"],
                        seal=row["seal"],
                        decided_at=datetime.fromisoformat(row["decided_at"]),
                    )
                    for _, row in rows
                }.values(),
                ignore_conflicts=True,
            )
            Decision.objects.bulk_create(
                (
                    Decision(
                        id=UUID(row["id"]),
                        record_id=record_id,
                        batch_id=UUID(row["batch"]),
                        decided_at=datetime.fromisoformat(row["decided_at"]),
                        withdraws_id=UUID(row["withdraws"]) if row["withdraws"] else None,
                        **{name: row[name] for name in COPIED},
                    )
                    for record_id, row in rows
                ),
                ignore_conflicts=True,
            )
