"""The receipt a sender gets for a package: facts, and our seal over them."""

from __future__ import annotations

from typing import Any

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.seals import Seal, sign, verify

from .models import Submission

PURPOSE = "capture.receipt"


def sign_receipt(submission: Submission) -> dict[str, Any]:
    """Facts and seal of a finished submission, JSON-ready."""
    facts = {
        "submission": str(submission.id),
        "agency": submission.agency.code,
        "agency_name": submission.agency.name,
        "title": submission.title,
        "received_at": utc_text(submission.received_at),
        "package": {"size_bytes": submission.size_bytes, "sha256": submission.sha256, "sm3": submission.sm3},
        "outcome": submission.state,
        "counts": submission.counts,
        "report": str(submission.report_id),
        "report_input_sm3": submission.report.input_digest if submission.report else "",
    }
    return {"facts": facts, "seal": sign(PURPOSE, canonical_json(facts)).as_dict()}


def receipt_holds(receipt: dict[str, Any]) -> bool:
    """Whether a receipt is ours and unchanged."""
    return verify(Seal.from_dict(receipt["seal"]), PURPOSE, canonical_json(receipt["facts"]))
