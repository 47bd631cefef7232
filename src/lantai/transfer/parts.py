"""What transfer says of a record in its ``record.xml``: the register it came with, and both seals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.ports import Shared
from lantai.inspection.api import InspectedItem
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds, Record

from .models import Handover, HandoverItem

TEXTS = ("title", "prepared_by", "prepared_by_name", "received_by", "received_by_name")
SEALED = ("register", "opinions", "sender_seal", "acceptance", "receiver_seal")
"""Kept as canonical JSON: the very bytes the seals are over."""


class TransferPart:
    """Answers ``core.ports.RecordPart`` for the provenance of hand-overs."""

    key = "transfer"
    order = 40

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The hand-over each record was received by."""
        items = list(
            HandoverItem.objects.filter(record__in=record_ids, received_at__isnull=False).values_list(
                "id", "record_id", "handover_id", "place", "reference_code", "received_at"
            )
        )
        handovers = Handover.objects.select_related("agency", "archive", "fonds").in_bulk(
            {item[2] for item in items}
        )
        common = {handover_id: _handover(handover) for handover_id, handover in handovers.items()}
        return {
            record_id: {
                "handover": common[handover_id],
                "item": str(item_id),
                "place": place,
                "reference_code": code,
                "received_at": utc_text(received_at),  # type: ignore[arg-type]
            }
            for item_id, record_id, handover_id, place, code, received_at in items
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes hand-overs and items again; what is there already stays as it is."""
        wanted = {part["handover"]["id"]: part["handover"] for part in parts.values()}
        codes = {values[side] for values in wanted.values() for side in ("agency", "archive")}
        organisations = {row.code: row for row in Organisation.objects.filter(code__in=codes)}
        known = set(Record.objects.filter(id__in=list(parts)).values_list("id", flat=True))
        for text, values in wanted.items():
            _restore_handover(UUID(text), values, organisations)
        HandoverItem.objects.bulk_create(
            [
                HandoverItem(
                    id=UUID(part["item"]),
                    handover_id=UUID(part["handover"]["id"]),
                    place=part["place"],
                    record_id=record_id,
                    reference_code=part["reference_code"],
                    received_at=datetime.fromisoformat(part["received_at"]),
                )
                for record_id, part in parts.items()
                if record_id in known
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        for handover in Handover.objects.filter(id__in=list(wanted)).annotate(last=Max("items__received_at")):
            Handover.objects.filter(id=handover.id).update(received_at=handover.last)


def inspected_items(record_ids: Sequence[UUID]) -> list[InspectedItem]:
    """Which item of which report each record was received as, at the transfer and acceptance stage."""
    received = HandoverItem.objects.filter(
        record__in=record_ids, received_at__isnull=False, handover__report__isnull=False
    )
    return [InspectedItem(*row) for row in received.values_list("record_id", "handover__report_id", "place")]


def _handover(handover: Handover) -> Shared:
    return Shared(
        id=str(handover.id),
        agency=handover.agency.code,
        archive=handover.archive.code,
        fonds=handover.fonds.code,
        year_from=handover.year_from,
        year_to=handover.year_to,
        report=str(handover.report_id) if handover.report_id else "",
        **{name: getattr(handover, name) for name in TEXTS},
        **{name: canonical_json(getattr(handover, name)).decode() for name in SEALED},
        prepared_at=utc_text(handover.prepared_at),
        submitted_at=utc_text(handover.submitted_at or handover.prepared_at),
    )


def _restore_handover(
    handover_id: UUID, values: Mapping[str, Any], organisations: Mapping[str, Organisation]
) -> None:
    archive = organisations[values["archive"]]
    Handover.objects.get_or_create(
        id=handover_id,
        defaults={
            "agency": organisations[values["agency"]],
            "archive": archive,
            "fonds": Fonds.objects.get(archive=archive, code=values["fonds"]),
            "year_from": values["year_from"],
            "year_to": values["year_to"],
            "state": Handover.State.RECEIVED,
            **{name: values[name] for name in TEXTS},
            **{name: json.loads(values[name]) for name in SEALED},
            "report_id": UUID(values["report"]) if values["report"] else None,
            "prepared_at": datetime.fromisoformat(values["prepared_at"]),
            "submitted_at": datetime.fromisoformat(values["submitted_at"]),
        },
    )
