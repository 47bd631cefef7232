"""What transfer says of a record in ``record.xml``: its register with both seals, corrections, isolations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import Shared
from lantai.inspection.api import InspectedItem, Report
from lantai.institutions.api import Organisation
from lantai.records.api import Fonds, Record

from .models import Correction, Handover, HandoverItem, Isolation

TEXTS = ("title", "prepared_by", "prepared_by_name", "received_by", "received_by_name")
LATER = ("signature_policy", "schedule", "schedule_reason", "returned_reason")
"""What descriptions written before it was kept do not say."""
SEALED = ("register", "opinions", "sender_seal", "acceptance", "receiver_seal")
"""Kept as canonical JSON: the very bytes the seals are over."""
CARRIED = ("carrier", "foreign_keys", "receipt")
"""JSON that travelled with it; also told later only."""


class TransferPart:
    """Answers ``core.ports.RecordPart``: hand-overs, corrections, isolations."""

    key = "transfer"
    order = 40

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The hand-over each record was received by, and those it came back from."""
        corrections = list(plain_rows(Correction.objects.filter(record__in=record_ids).order_by("id")))
        named = {row[name] for row in corrections for name in ("returned_item", "sent_again")} - {None}
        items = list(
            HandoverItem.objects.filter(Q(received_at__isnull=False) | Q(id__in=named), record__in=record_ids)
        )
        handovers = Handover.objects.select_related("agency", "archive", "fonds").in_bulk(
            {item.handover_id for item in items}
        )
        common = {handover_id: _handover(handover) for handover_id, handover in handovers.items()}
        parts: dict[UUID, dict[str, Any]] = {}
        for item in items:
            part, told = parts.setdefault(item.record_id, {}), _item(item, common[item.handover_id])
            if item.received_at:
                part.update(told)
            else:
                part.setdefault("others", []).append(told)
        for row in corrections:
            parts[UUID(row["record"])].setdefault("corrections", []).append(row)
        for row in plain_rows(Isolation.objects.filter(record__in=record_ids).order_by("id")):
            parts.setdefault(UUID(row["record"]), {}).setdefault("isolations", []).append(row)
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes rows again; what is there already stays as it is."""
        known = set(Record.objects.filter(id__in=list(parts)).values_list("id", flat=True))
        own = {record_id: part for record_id, part in parts.items() if record_id in known}
        told = [
            (record_id, item)
            for record_id, part in own.items()
            for item in ([part] if "handover" in part else []) + list(part.get("others", ()))
        ]
        wanted = {item["handover"]["id"]: item["handover"] for _record_id, item in told}
        codes = {values[side] for values in wanted.values() for side in ("agency", "archive")}
        organisations = {row.code: row for row in Organisation.objects.filter(code__in=codes)}
        for text, values in wanted.items():
            _restore_handover(UUID(text), values, organisations)
        rows = [_restored_item(record_id, item) for record_id, item in told]
        HandoverItem.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
        restore_rows(Correction, (row for part in own.values() for row in part.get("corrections", ())))
        restore_rows(Isolation, (row for part in own.values() for row in part.get("isolations", ())))
        for handover in Handover.objects.filter(id__in=list(wanted)).annotate(last=Max("items__received_at")):
            Handover.objects.filter(id=handover.id).update(received_at=handover.last)


def _item(item: HandoverItem, handover: Shared) -> dict[str, Any]:
    told = {
        "handover": handover,
        "item": str(item.id),
        "place": item.place,
        "reference_code": item.reference_code,
    }
    for name in ("received_at", "returned_at"):
        if moment := getattr(item, name):
            told[name] = utc_text(moment)
    return told


def _restored_item(record_id: UUID, told: Mapping[str, Any]) -> HandoverItem:
    return HandoverItem(
        id=UUID(told["item"]),
        handover_id=UUID(told["handover"]["id"]),
        place=told["place"],
        record_id=record_id,
        reference_code=told["reference_code"],
        **{
            name: datetime.fromisoformat(told[name])
            for name in ("received_at", "returned_at")
            if name in told
        },
    )


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
        state=Handover.State.RECEIVED.value if handover.acceptance else handover.state,
        **{name: getattr(handover, name) for name in (*TEXTS, *LATER)},
        **{name: canonical_json(getattr(handover, name)).decode() for name in CARRIED},
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
            "state": values.get("state", Handover.State.RECEIVED),
            **{name: values[name] for name in (*TEXTS, *LATER) if name in values},
            **{name: json.loads(values[name]) for name in (*SEALED, *CARRIED) if name in values},
            "report": Report.objects.filter(id=values["report"]).first() if values["report"] else None,
            "prepared_at": datetime.fromisoformat(values["prepared_at"]),
            "submitted_at": datetime.fromisoformat(values["submitted_at"]),
        },
    )
