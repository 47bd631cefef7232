"""What inspection says of a record in its ``record.xml``: the reports it was accepted on.

A report is shared by every record of its package, so each record carries its head, the findings
on the package as a whole, what people signed, and the findings on this record alone. Rebuilding
puts the report together again from its records; findings on items that were sent back concern no
record and are not kept here. The plan is written in short (see :func:`_plan_in_short`); names of
checks and clauses are those of ``data/checks.toml``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from lantai.core.canonical import canonical_json, utc_text
from lantai.core.findings import Outcome
from lantai.core.ports import Shared
from lantai.institutions.api import Organisation, describe_organisations, restore_organisations

from .models import ManualDecision, Report, ReportFinding
from .ports import InspectedItem, items_of
from .registry import plan

HEAD = (
    "subject",
    "title",
    "stage",
    "kind",
    "verdict",
    "item_count",
    "accepted_count",
    "plan_version",
    "input_digest",
)
LATER = frozenset({"plan_version"})
"""What descriptions written before it was kept do not say."""
TIMES = ("started_at", "finished_at", "created_at")
FINDING = (
    "sequence",
    "item_number",
    "item_title",
    "key",
    "code",
    "clause",
    "nature",
    "subject",
    "outcome",
    "blocking",
    "expected",
    "observed",
    "remedy",
)
DECISION = (
    "key",
    "outcome",
    "note",
    "decided_by",
    "decided_by_name",
    "evidence_name",
    "evidence_sm3",
)
_BATCH = 500
_COUNT = re.compile(r"([a-z])(\d+)")
_BY_LETTER = {str(outcome)[0]: str(outcome) for outcome in Outcome}


class InspectionPart:
    """Answers ``core.ports.RecordPart`` for what inspection proved of each record."""

    key = "inspection"
    order = 20

    def describe(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        """The reports each record was accepted on, oldest first."""
        items = items_of(record_ids)
        report_ids = {item.report_id for item in items}
        reports = Report.objects.select_related("organisation").in_bulk(report_ids)
        decisions = _decisions(report_ids)
        findings = _findings(items)
        heads = {
            report_id: _head(report, findings[report_id, None], decisions[report_id])
            for report_id, report in reports.items()
        }
        parts: defaultdict[UUID, dict[str, Any]] = defaultdict(lambda: {"reports": []})
        for item in sorted(items, key=lambda item: (reports[item.report_id].created_at, item.report_id)):
            own = findings[item.report_id, item.number]
            parts[item.record_id]["reports"].append({"report": heads[item.report_id], "findings": own})
        return dict(parts)

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes reports, findings and signatures again; what is there already stays as it is."""
        _restore_reports([row for part in parts.values() for row in part["reports"]])


class ReturnedReportPapers:
    """Answers ``core.ports.PaperPart``: reports that no record tells of, on what was sent back or is held."""

    key = "inspection.returned"
    order = 20
    kinds: Collection[str] = ("submission", "handover", "longterm")

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """The reports of each subject by which an item or the whole was returned; all of the long-term stage."""
        rows = Report.objects.select_related("organisation").filter(subject__in=subjects)
        reports = list(
            rows.filter(Q(accepted_count__lt=F("item_count")) | Q(stage="BC")).order_by("created_at", "id")
        )
        owners = describe_organisations(row.organisation_id for row in reports if row.organisation_id)
        decisions = _decisions([report.id for report in reports])
        papers: defaultdict[UUID, dict[str, Any]] = defaultdict(lambda: {"organisations": [], "reports": []})
        for report in reports:
            head = _head(report, _returned_findings(report.id), decisions[report.id])
            paper = papers[UUID(report.subject.partition(":")[2])]
            paper["reports"].append({"report": head, "findings": []})
            if report.organisation_id:
                paper["organisations"] = [owners[str(report.organisation_id)]]
        return dict(papers)

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again, or completes what records told of them."""
        owners = {row["id"]: row for part in parts.values() for row in part["organisations"]}
        restore_organisations(owners.values())
        _restore_reports([row for part in parts.values() for row in part["reports"]])


def _returned_findings(report_id: UUID) -> list[dict[str, Any]]:
    """Findings on the package as a whole and on items that went back."""
    wanted = Q(item_returned=True) | Q(item_number=None)
    rows = ReportFinding.objects.filter(wanted, report=report_id).order_by("sequence")
    return [
        {**{name: value for name, value in row.items() if value or name == "sequence"}, "id": str(row["id"])}
        for row in rows.values("id", "item_returned", *FINDING)
    ]


def _restore_reports(rows: Sequence[Mapping[str, Any]]) -> None:
    """Each row is a report's head, and the findings that stand beside it."""
    heads = {row["report"]["id"]: row["report"] for row in rows}
    codes = {head["organisation"] for head in heads.values()}
    owners = {body.code: body for body in Organisation.objects.filter(code__in=codes)}
    reports = [_restored(head, owners.get(head["organisation"])) for head in heads.values()]
    findings = [
        ReportFinding(report_id=UUID(head["id"]), **_identified(finding))
        for head in heads.values()
        for finding in head["findings"]
    ]
    findings += [
        ReportFinding(report_id=UUID(row["report"]["id"]), **_identified(finding))
        for row in rows
        for finding in row["findings"]
    ]
    decisions = [
        ManualDecision(
            report_id=UUID(head["id"]),
            **{
                **_identified(decision),
                "decided_at": datetime.fromisoformat(decision["decided_at"]),
            },
        )
        for head in heads.values()
        for decision in head["decisions"]
    ]
    Report.objects.bulk_create(reports, ignore_conflicts=True, batch_size=_BATCH)
    ReportFinding.objects.bulk_create(findings, ignore_conflicts=True, batch_size=_BATCH)
    ManualDecision.objects.bulk_create(decisions, ignore_conflicts=True, batch_size=_BATCH)


def _identified(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "id": UUID(row["id"])}


def _findings(items: Iterable[InspectedItem]) -> defaultdict[tuple[UUID, int | None], list[dict[str, Any]]]:
    """Findings by report and item number; those on the package as a whole stand under ``None``."""
    numbers: defaultdict[UUID, list[int]] = defaultdict(list)
    for item in items:
        numbers[item.report_id].append(item.number)
    found: defaultdict[tuple[UUID, int | None], list[dict[str, Any]]] = defaultdict(list)
    for report_id, wanted in numbers.items():
        kept = ReportFinding.objects.filter(report=report_id, item_returned=False).order_by("sequence")
        rows = [kept.filter(item_number=None), kept.filter(item_number__in=wanted)]
        for row in (row for query in rows for row in query.values("id", *FINDING)):
            said = {name: value for name, value in row.items() if value or name == "sequence"}
            found[report_id, row["item_number"]].append({**said, "id": str(row["id"])})
    return found


def _decisions(report_ids: Collection[UUID]) -> defaultdict[UUID, list[dict[str, Any]]]:
    signed: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in ManualDecision.objects.filter(report__in=report_ids).order_by("decided_at", "id"):
        signed[row.report_id].append(
            {
                "id": str(row.id),
                **{name: said for name in DECISION if (said := getattr(row, name))},
                "decided_at": utc_text(row.decided_at),
            }
        )
    return signed


def _head(report: Report, findings: list[dict[str, Any]], decisions: list[dict[str, Any]]) -> Shared:
    return Shared(
        id=str(report.id),
        organisation=report.organisation.code if report.organisation else "",
        **{name: getattr(report, name) for name in HEAD},
        **{name: utc_text(getattr(report, name)) for name in TIMES},
        counts=canonical_json(report.counts).decode(),
        plan=_plan_in_short(report.plan, report.results),
        findings=findings,
        decisions=decisions,
    )


def _restored(head: Mapping[str, Any], organisation: Organisation | None) -> Report:
    return Report(
        id=UUID(head["id"]),
        organisation=organisation,
        **{name: head[name] for name in HEAD if name not in LATER or name in head},
        **{name: datetime.fromisoformat(head[name]) for name in TIMES},
        counts=json.loads(head["counts"]),
        results=_results_in_full(head["plan"]),
        plan=_plan_in_full(head["plan"]),
    )


def _plan_in_short(rules: Iterable[Mapping[str, Any]], results: Mapping[str, Mapping[str, int]]) -> str:
    """``auth.fixity=GD-1-1+!*3#p6 …``: key and code of each check, and how it ended.

    ``+`` in the plan, ``!`` blocking, ``~`` manual, ``*3`` its weight; after ``#`` how many results
    of each outcome, by its first letter. A thousand records would otherwise carry a thousand times
    eight kilobytes that only repeat the names.
    """
    return " ".join(
        f"{rule['key']}={rule['code']}"
        + "+" * rule["in_plan"]
        + "!" * rule["blocking"]
        + "~" * (rule["method"] == "manual")
        + (f"*{rule['weight']}" if rule.get("weight", 1) != 1 else "")
        + _tally(results.get(rule["key"], {}))
        for rule in rules
    )


def _tally(counts: Mapping[str, int]) -> str:
    told = "".join(f"{outcome[0]}{count}" for outcome, count in sorted(counts.items()))
    return f"#{told}" if told else ""


def _results_in_full(short: str) -> dict[str, dict[str, int]]:
    results = {}
    for entry in short.split():
        key, _equals, marked = entry.partition("=")
        counts = _COUNT.findall(marked.partition("#")[2])
        if counts:
            results[key] = {_BY_LETTER[letter]: int(count) for letter, count in counts}
    return results


def _plan_in_full(short: str) -> list[dict[str, Any]]:
    rules = []
    for entry in short.split():
        key, _equals, marked = entry.partition("=")
        marked, _star, weight = marked.partition("#")[0].partition("*")
        code = marked.rstrip("+!~")
        marks, rule = marked[len(code) :], plan().rule_of(key)
        rules.append(
            {
                "key": key,
                "code": code,
                "name": rule.name,
                "nature": rule.nature,
                "method": "manual" if "~" in marks else "semi" if rule.method == "semi" else "automatic",
                "in_plan": "+" in marks,
                "blocking": "!" in marks,
                "clause": rule.clause,
                "weight": int(weight or 1),
                "blind": rule.blind,
            }
        )
    return rules
