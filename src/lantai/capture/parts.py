"""What capture says of a record in its ``record.xml``: how it came, and our receipt for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.ports import Shared
from lantai.inspection.api import InspectedItem
from lantai.institutions.api import Organisation
from lantai.records.api import Record

from .models import Submission, SubmissionItem

SUBMISSION_TEXTS = (
    "channel",
    "idempotency_key",
    "title",
    "state",
    "sha256",
    "sm3",
    "submitted_by",
    "submitted_by_name",
)


class CapturePart:
    """Answers ``core.ports.RecordPart`` for the provenance of submissions."""

    key = "capture"
    order = 30

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The submission each record came in, its place there, and the signed receipt as it was signed."""
        items = list(
            SubmissionItem.objects.filter(record__in=record_ids).values_list(
                "id", "record_id", "submission_id", "sequence", "number"
            )
        )
        batches = Submission.objects.select_related("agency").in_bulk({item[2] for item in items})
        submissions = {key: _submission(batch) for key, batch in batches.items()}
        return {
            record_id: {
                "submission": submissions[submission_id],
                "item": str(item_id),
                "sequence": sequence,
                "number": number,
            }
            for item_id, record_id, submission_id, sequence, number in items
            if record_id
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes submissions and items again; what is there already stays as it is."""
        codes = {part["submission"]["agency"] for part in parts.values()}
        agencies = {agency.code: agency for agency in Organisation.objects.filter(code__in=codes)}
        wanted = {part["submission"]["id"]: part["submission"] for part in parts.values()}
        Submission.objects.bulk_create(
            [_restored(text, values, agencies[values["agency"]]) for text, values in wanted.items()],
            ignore_conflicts=True,
        )
        titles = dict(Record.objects.filter(id__in=list(parts)).values_list("id", "title"))
        SubmissionItem.objects.bulk_create(
            [
                SubmissionItem(
                    id=UUID(part["item"]),
                    submission_id=UUID(part["submission"]["id"]),
                    sequence=part["sequence"],
                    number=part["number"],
                    title=titles.get(record_id, ""),
                    state=SubmissionItem.State.ACCEPTED,
                    record_id=record_id,
                )
                for record_id, part in parts.items()
                if record_id in titles
            ],
            ignore_conflicts=True,
            batch_size=500,
        )


def inspected_items(record_ids: Sequence[UUID]) -> list[InspectedItem]:
    """Which item of which report each record was accepted as, at the archiving stage."""
    accepted = SubmissionItem.objects.filter(record__in=record_ids, submission__report__isnull=False)
    return [
        InspectedItem(*row) for row in accepted.values_list("record_id", "submission__report_id", "sequence")
    ]


def _submission(submission: Submission) -> Shared:
    return Shared(
        id=str(submission.id),
        agency=submission.agency.code,
        **{name: getattr(submission, name) for name in SUBMISSION_TEXTS},
        size_bytes=submission.size_bytes,
        report=str(submission.report_id) if submission.report_id else "",
        received_at=utc_text(submission.received_at),
        finished_at=utc_text(submission.finished_at) if submission.finished_at else "",
        counts=canonical_json(submission.counts).decode(),
        receipt=canonical_json(submission.receipt).decode() if submission.receipt else "",
    )


def _restored(text: str, values: Mapping[str, Any], agency: Organisation) -> Submission:
    return Submission(
        id=UUID(text),
        agency=agency,
        **{name: values[name] for name in SUBMISSION_TEXTS},
        size_bytes=values["size_bytes"],
        report_id=UUID(values["report"]) if values["report"] else None,
        received_at=datetime.fromisoformat(values["received_at"]),
        finished_at=datetime.fromisoformat(values["finished_at"]) if values["finished_at"] else None,
        counts=json.loads(values["counts"]),
        receipt=json.loads(values["receipt"]) if values["receipt"] else None,
    )
