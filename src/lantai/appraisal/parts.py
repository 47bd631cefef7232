"""The appraisal part of ``record.xml``: who decided on the record's end, so that it outlives the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core.canonical import utc_text

from .models import Disposal, DisposalItem, Opinion, Witness

_PLAIN = (
    "kind",
    "title",
    "reason",
    "proposed_by",
    "proposed_by_name",
    "decided_by",
    "decided_by_name",
    "approval_number",
)


class AppraisalPart:
    """Describes the approved disposals of records, and makes them again."""

    key = "appraisal"
    order = 60

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each record's disposals; records without an approved one are left out."""
        approved = (Disposal.State.APPROVED, Disposal.State.EXECUTING, Disposal.State.DONE)
        items = DisposalItem.objects.filter(record_id__in=record_ids, disposal__state__in=approved)
        parts: dict[UUID, dict[str, Any]] = {}
        known: dict[UUID, dict[str, Any]] = {}
        for item in items.select_related("disposal").order_by("disposal__proposed_at", "id"):
            if item.disposal_id not in known:
                known[item.disposal_id] = disposal_facts(item.disposal)
            part = parts.setdefault(item.record_id, {"disposals": []})
            part["disposals"].append(
                {
                    **known[item.disposal_id],
                    "item": str(item.id),
                    "outcome": item.outcome,
                    "retention": item.retention,
                    "note": item.note,
                }
            )
        return parts

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes what is missing. A destruction comes back as under way: closing it seals it anew."""
        with transaction.atomic():
            for record_id, part in parts.items():
                for row in part["disposals"]:
                    disposal = restore_disposal(row)
                    DisposalItem.objects.get_or_create(
                        id=UUID(row["item"]),
                        defaults={
                            "disposal": disposal, "record_id": record_id, "outcome": row["outcome"],
                            "retention": row["retention"], "note": row["note"], "is_open": False,
                        },
                    )  # fmt: skip


def disposal_facts(disposal: Disposal) -> dict[str, Any]:
    """A disposal with its opinions and witnesses, JSON-ready."""
    return {
        "id": str(disposal.id),
        **{name: getattr(disposal, name) for name in _PLAIN},
        "organisation": str(disposal.organisation_id),
        "proposed_at": utc_text(disposal.proposed_at),
        "decided_at": utc_text(disposal.decided_at) if disposal.decided_at else "",
        "opinions": [
            {"id": str(row.id), "member": row.member, "name": row.member_name, "agrees": row.agrees,
             "text": row.text, "at": utc_text(row.given_at)}
            for row in disposal.opinions.all()
        ],
        "witnesses": [
            {"id": str(row.id), "person": row.person, "name": row.name, "at": utc_text(row.signed_at)}
            for row in disposal.witnesses.all()
        ],
    }  # fmt: skip


def restore_disposal(row: Mapping[str, Any]) -> Disposal:
    """The disposal as :func:`disposal_facts` told it; one that stands stays as it is."""
    destroys = bool(row["witnesses"])
    decided = datetime.fromisoformat(row["decided_at"]) if row["decided_at"] else None
    disposal, made = Disposal.objects.get_or_create(
        id=UUID(row["id"]),
        defaults={
            **{name: row[name] for name in _PLAIN},
            "organisation_id": UUID(row["organisation"]),
            "proposed_at": datetime.fromisoformat(row["proposed_at"]),
            "decided_at": decided,
            "finished_at": None if destroys else decided,
            "state": Disposal.State.EXECUTING if destroys else Disposal.State.DONE,
        },
    )
    if made:
        Opinion.objects.bulk_create(
            Opinion(id=UUID(o["id"]), disposal=disposal, member=o["member"], member_name=o["name"],
                    agrees=o["agrees"], text=o["text"], given_at=datetime.fromisoformat(o["at"]))
            for o in row["opinions"]
        )  # fmt: skip
        Witness.objects.bulk_create(
            Witness(id=UUID(w["id"]), disposal=disposal, person=w["person"], name=w["name"],
                    signed_at=datetime.fromisoformat(w["at"]))
            for w in row["witnesses"]
        )  # fmt: skip
    return disposal
