"""Everything a house vouches for, as plain values that can be compared before and after a loss."""

from __future__ import annotations

from lantai.capture.api import Submission
from lantai.capture.models import SubmissionItem
from lantai.core.actors import ANONYMOUS, Actor
from lantai.core.ports import record_parts
from lantai.inspection.api import ManualDecision, Report, ReportFinding, standing_verdict
from lantai.ledger.api import Entry
from lantai.opening.models import Decision, DecisionBatch
from lantai.records.api import Document, Record
from lantai.records.tests import factories as places
from lantai.search.api import search
from lantai.transfer.api import Handover, HandoverItem, seals_hold
from lantai.vault.models import VaultObject

QUERIES = ("", "验收", "水利工程", "登记", "2024", "J001-WS·2024")
ROLES = {
    "clerk": "agency",
    "record_archivist": "agency",
    "receiving_archivist": "archive",
    "preservation_archivist": "archive",
    "reviewer": "archive",
    "lookup_desk": "archive",
    "supervisor": "archive",
    "system_officer": "archive",
    "security_officer": "archive",
    "audit_officer": "archive",
}
GONE_WITH_THE_DATABASE = {"job_id", "copies_released_at"}
"""Traces of the machine that worked."""


def readers():
    """Somebody of every role, and the public."""
    yield ANONYMOUS
    for role, where in ROLES.items():
        body = places.agency() if where == "agency" else places.archive()
        yield Actor(
            id=f"{role}-1",
            name="林岚",
            roles=frozenset({role}),
            organisation_id=body.id,
            department_id=places.department().id if role == "clerk" else None,
            via="web",
        )


def facts():
    """The facts, by what they are about."""
    ids = sorted(Record.objects.values_list("id", flat=True))
    return {
        "parts": {part.key: part.describe(ids) for part in record_parts()} | {"records": _records(ids)},
        "records": _rows(Record),
        "documents": _rows(Document),
        "submissions": _rows(Submission),
        "submission items": _rows(SubmissionItem.objects.exclude(record=None)),
        "reports": _rows(Report),
        "findings": _rows(ReportFinding.objects.filter(item_returned=False)),
        "signatures": _rows(ManualDecision),
        "verdicts": {report.id: standing_verdict(report) for report in Report.objects.all()},
        "handovers": _rows(Handover, without={"received_at"}),
        "handover items": _rows(HandoverItem),
        "seals": {handover.id: seals_hold(handover) for handover in Handover.objects.all()},
        "opening decisions": _rows(Decision),
        "opening batches": _rows(DecisionBatch),
        "objects": list(
            VaultObject.objects.order_by("object_id").values_list(
                "object_id", "version", "inventory_sha512", "description_sha512", "record_id"
            )
        ),
    }


def _records(ids):
    """The records' part; the department stands in it by its code."""
    part = next(part for part in record_parts() if part.key == "records").describe(ids)
    for described in part.values():
        del described["record"]["department"]
    return part


def totals():
    """How many every role finds."""
    return {(reader.role, query): search(query, reader).total for reader in readers() for query in QUERIES}


def ledger():
    """Every act that is not the rebuild's own, in order."""
    acts = Entry.objects.exclude(act="vault.rebuild").order_by("id")
    return list(acts.values_list("id", "act", "subject", "actor"))


def _rows(model, without=frozenset()):
    rows = getattr(model, "objects", model).order_by("pk").values()
    left_out = GONE_WITH_THE_DATABASE | without
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows]
