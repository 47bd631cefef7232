"""The scope-and-retention table of an agency as the judge of what it files (GD-2-9)."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from lantai.core.errors import Invalid
from lantai.packages.api import PackageItem
from lantai.records.api import Proposer, retention_term, schedule_in_force

from .subjects import ScopeJudge


def scope_of_agency(agency_id: UUID) -> ScopeJudge | None:
    """A judge by the agency's approved table; ``None`` where it has none in force."""
    today = timezone.localdate()
    if schedule_in_force(agency_id, today) is None:
        return None
    proposer = Proposer(agency_id, today)

    def judge(item: PackageItem) -> str:
        proposal = proposer.propose(item.title, issuer=item.metadata.get("M32", ""))
        if proposal is None:
            return "归档范围和保管期限表中没有相符的条目"
        given = _years(item.metadata.get("M12", ""))
        asked = _years(proposal.term.name)
        if given is not None and asked is not None and given < asked:
            return f"保管期限{item.metadata['M12'].strip()}，表中第 {proposal.rule_number} 条规定{proposal.term.name}"
        return ""

    return judge


def _years(text: str) -> float | None:
    """Years a term lasts; permanent is without end, old terms cannot be compared."""
    try:
        term = retention_term(text.strip())
    except Invalid:
        return None
    if term.years is not None:
        return float(term.years)
    return float("inf") if term.code == "Y" else None
