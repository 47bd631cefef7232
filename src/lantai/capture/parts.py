"""What capture says of a record in its ``record.xml``: how it came, what was overruled, who borrowed it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.core.actors import SYSTEM
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import Shared
from lantai.inspection.api import InspectedItem
from lantai.institutions.api import Department, Organisation, ensure_department
from lantai.records.api import Record

from .models import Loan, Overruling, Submission, SubmissionItem

OF_RECORD: dict[str, type[Any]] = {"overrulings": Overruling, "loans": Loan}
"""Rows of a record that stand in its part as they are, by the name they have there."""

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
    """Answers ``core.ports.RecordPart``: provenance, overruled proposals, loans."""

    key = "capture"
    order = 30

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The submission each record came in with its signed receipt, and what was done with it since."""
        items = SubmissionItem.objects.filter(record__in=record_ids).values_list(
            "id", "record_id", "submission_id", "sequence", "number", "title", "record__title"
        )
        told = [(item[1], item) for item in items if item[1]]
        submissions = describe_submissions({item[2] for _record_id, item in told})
        parts: dict[UUID, dict[str, Any]] = {
            record_id: {
                "submission": submissions[submission_id],
                "item": str(item_id),
                "sequence": sequence,
                "number": number,
                **({"title": came_as} if came_as != title else {}),
            }
            for record_id, (item_id, _record_id, submission_id, sequence, number, came_as, title) in told
        }
        for name, model in OF_RECORD.items():
            for row in plain_rows(model.objects.filter(record__in=record_ids).order_by("id")):
                parts.setdefault(UUID(row["record"]), {}).setdefault(name, []).append(row)
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes rows again; what is there already stays as it is."""
        titles = dict(Record.objects.filter(id__in=list(parts)).values_list("id", "title"))
        came = {key: part for key, part in parts.items() if "submission" in part and key in titles}
        restore_submissions([part["submission"] for part in came.values()])
        SubmissionItem.objects.bulk_create(
            [
                SubmissionItem(
                    id=UUID(part["item"]),
                    submission_id=UUID(part["submission"]["id"]),
                    sequence=part["sequence"],
                    number=part["number"],
                    title=part.get("title", titles[record_id]),
                    state=SubmissionItem.State.ACCEPTED,
                    record_id=record_id,
                )
                for record_id, part in came.items()
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        for name, model in OF_RECORD.items():
            rows = (row for key, part in parts.items() if key in titles for row in part.get(name, ()))
            restore_rows(model, rows)


def inspected_items(record_ids: Sequence[UUID]) -> list[InspectedItem]:
    """Which item of which report each record was accepted as, at the archiving stage."""
    accepted = SubmissionItem.objects.filter(record__in=record_ids, submission__report__isnull=False)
    return [
        InspectedItem(*row) for row in accepted.values_list("record_id", "submission__report_id", "sequence")
    ]


def describe_submissions(ids: Collection[UUID]) -> dict[UUID, Shared]:
    """Submissions as plain values, by id."""
    rows = Submission.objects.select_related("agency", "department").in_bulk(ids)
    return {key: _submission(row) for key, row in rows.items()}


def restore_submissions(told: Sequence[Mapping[str, Any]]) -> None:
    """Makes submissions again whose agencies stand; one that followed another is linked if that stands."""
    wanted = {values["id"]: values for values in told}
    codes = {values["agency"] for values in wanted.values()}
    agencies = {agency.code: agency for agency in Organisation.objects.filter(code__in=codes)}
    rows = [_restored(text, values, agencies[values["agency"]]) for text, values in wanted.items()]
    Submission.objects.bulk_create(rows, ignore_conflicts=True)
    for text, values in wanted.items():
        if values.get("previous"):
            earlier = Submission.objects.filter(id=values["previous"]).first()
            Submission.objects.filter(id=text, previous=None).update(previous=earlier)


def _submission(submission: Submission) -> Shared:
    department = submission.department
    return Shared(
        id=str(submission.id),
        agency=submission.agency.code,
        department={"id": str(department.id), "code": department.code, "name": department.name}
        if department
        else None,
        previous=str(submission.previous_id or ""),
        package_path=submission.package_path,
        described=canonical_json(submission.described).decode(),
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
        department=_department(values.get("department"), agency),
        package_path=values.get("package_path", ""),
        described=json.loads(values.get("described", "{}")),
        **{name: values[name] for name in SUBMISSION_TEXTS},
        size_bytes=values["size_bytes"],
        report_id=UUID(values["report"]) if values["report"] else None,
        received_at=datetime.fromisoformat(values["received_at"]),
        finished_at=datetime.fromisoformat(values["finished_at"]) if values["finished_at"] else None,
        counts=json.loads(values["counts"]),
        receipt=json.loads(values["receipt"]) if values["receipt"] else None,
    )


def _department(told: Mapping[str, str] | None, agency: Organisation) -> Department | None:
    if not told:
        return None
    return ensure_department(
        organisation=agency,
        code=told["code"],
        name=told["name"],
        department_id=UUID(told["id"]),
        actor=SYSTEM,
    )
