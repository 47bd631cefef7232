"""What a reviewer signs: the text of a batch of decisions, and how it is verified later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.core import seals
from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json, sm3
from lantai.core.seals import Seal
from lantai.records.api import Document, Record, description

from .models import Decision

PURPOSE = "opening.decision"


@dataclass(frozen=True, slots=True)
class Verification:
    """What can be said of a decision.

    Attributes:
        genuine: the seal is ours and the statement is the one that was signed.
        named: the statement names this record with this mark and ground.
        unchanged: description and documents are still those the reviewer decided on.
    """

    genuine: bool
    named: bool
    unchanged: bool


def record_digests(records: Sequence[Record]) -> dict[UUID, str]:
    """SM3 over each record's code, description and documents, in hexadecimal."""
    documents: dict[UUID, list[list[Any]]] = {record.id: [] for record in records}
    rows = Document.objects.filter(record_id__in=documents).order_by("record_id", "sequence")
    for record_id, *row in rows.values_list("record_id", "id", "role", "size_bytes", "sha512", "sm3"):
        documents[record_id].append(row)
    return {
        record.id: sm3(
            canonical_json([record.reference_code, description(record), documents[record.id]])
        ).hex()
        for record in records
    }


def write_statement(
    *, batch_id: UUID, records: Sequence[Record], to_marks: Mapping[UUID, str], ground: str, note: str,
    actor: Actor, decided_at: datetime, withdraws: UUID | None = None,
) -> str:  # fmt: skip
    """The text that is signed: canonical JSON with one line a record."""
    digests = record_digests(records)
    statement = {
        "purpose": PURPOSE,
        "batch": batch_id,
        "decided_at": decided_at,
        "decided_by": actor.id,
        "ground": ground,
        "note": note,
        "withdraws": withdraws,
        "records": [
            {
                "id": record.id,
                "digest_sm3": digests[record.id],
                "from": record.opening_mark,
                "to": to_marks[record.id],
            }
            for record in records
        ],
    }
    return canonical_json(statement).decode("utf-8")


def verify_decision(decision: Decision) -> Verification:
    """Whether the decision is what a reviewer signed, and still fits the record."""
    batch = decision.batch
    genuine = seals.verify(Seal.from_dict(batch.seal), PURPOSE, batch.statement.encode("utf-8"))
    try:
        stated = json.loads(batch.statement)
    except ValueError:
        return Verification(False, False, False)
    line = next((line for line in stated["records"] if line["id"] == str(decision.record_id)), None)
    named = (
        line is not None
        and (line["from"], line["to"]) == (decision.from_mark, decision.to_mark)
        and (stated["ground"], stated["note"]) == (decision.ground, decision.note)
        and stated["decided_by"] == decision.decided_by
        and stated["batch"] == str(batch.id)
    )
    now = record_digests([decision.record])[decision.record_id]
    return Verification(genuine, named, line is not None and line["digest_sm3"] == now)
