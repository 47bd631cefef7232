"""May a business system's records be kept in electronic form only (单套制评估, DA/T 92-2022)?

The list, its weights and the verdicts' thresholds are data. An answer counts only with its evidence.
"""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json
from lantai.core.errors import Conflict, Invalid, NotFound
from lantai.core.ports import Scope, require
from lantai.core.seals import Seal, sign, verify
from lantai.institutions.api import Organisation
from lantai.ledger.api import append

from .models import Readiness

PURPOSE = "transfer.readiness"
ANSWERS = {"yes": 100, "partly": 50, "no": 0}
"""What each answer is worth, in percent of the item's weight."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist; a ``required`` one that is not met decides alone."""

    key: str
    section: str
    text: str
    weight: int
    clause: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """The list in force."""

    version: str
    sections: Mapping[str, str]
    items: tuple[Item, ...]
    pass_score: int
    conditional_score: int
    valid_years: int
    conditional_years: int


@cache
def checklist() -> Checklist:
    """``data/readiness.toml``."""
    data = tomllib.loads((Path(__file__).parent / "data" / "readiness.toml").read_text(encoding="utf-8"))
    return Checklist(
        version=data["version"],
        sections={row["key"]: row["name"] for row in data["section"]},
        items=tuple(Item(**row) for row in data["item"]),
        pass_score=data["pass_score"],
        conditional_score=data["conditional_score"],
        valid_years=data["valid_years"],
        conditional_years=data["conditional_years"],
    )


def assessments_for(actor: Actor) -> QuerySet[Readiness]:
    """Those of the actor's agency, and those of agencies that hand over to the actor's archive."""
    rows = Readiness.objects.select_related("agency")
    if "system" in actor.roles:
        return rows
    if actor.organisation_id is None:
        return rows.none()
    own = rows.filter(agency_id=actor.organisation_id)
    return own | rows.filter(agency__archive_id=actor.organisation_id, concluded_at__isnull=False)


def assessment_for(actor: Actor, assessment_id: UUID) -> Readiness:
    """One of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    found = assessments_for(actor).filter(id=assessment_id).first()
    if found is None:
        raise NotFound(_("没有找到这次评估。"), remedy=_("请从评估列表里打开。"))
    return found


def begin(*, agency: Organisation, system: str, scope: str, actor: Actor) -> Readiness:
    """Starts an assessment of one business system.

    Raises:
        Forbidden: the actor does not assess for this agency.
        Invalid: the system or the scope is not named.
    """
    require(actor, "transfer.assess", Scope(organisation_id=agency.id), subject=agency.name)
    if not system.strip() or not scope.strip():
        raise Invalid(_("请写明业务系统和适用的文件范围。"), subject=agency.name)
    with transaction.atomic():
        made = Readiness.objects.create(
            agency=agency,
            system=system.strip()[:200],
            scope=scope.strip()[:400],
            checklist=checklist().version,
            assessed_by=actor.id,
            assessed_by_name=actor.name,
            started_at=timezone.now(),
        )
        append(
            act="transfer.assess", actor=actor, subject=f"readiness:{made.id}", after={"system": made.system}
        )
    return made


def answer_items(
    *, assessment: Readiness, answers: Mapping[str, Mapping[str, str]], actor: Actor
) -> Readiness:
    """Keeps answers with their evidence; they may be changed until it is concluded.

    Raises:
        Conflict: it is concluded.
    """
    with transaction.atomic():
        return _answer(_open(assessment, actor), answers, actor)


def _answer(held: Readiness, answers: Mapping[str, Mapping[str, str]], actor: Actor) -> Readiness:
    before = dict(held.answers)
    known = {item.key for item in checklist().items}
    for key in known & answers.keys():
        given = answers[key]
        value = given.get("answer", "")
        held.answers[key] = {
            "answer": value if value in ANSWERS else "",
            "evidence": given.get("evidence", "").strip()[:1000],
        }
    if held.answers != before:
        held.save(update_fields=["answers"])
        append(
            act="transfer.assess",
            actor=actor,
            subject=f"readiness:{held.id}",
            before=before,
            after=held.answers,
        )
    return held


def conclude(*, assessment: Readiness, actor: Actor) -> Readiness:
    """Scores the answers, gives the verdict and its term, and seals them.

    Raises:
        Invalid: an item has no answer, or a positive one no evidence.
        Conflict: it is concluded already.
    """
    with transaction.atomic():
        held = _open(assessment, actor)
        if missing := _missing(held):
            raise Invalid(
                _("还有 %(count)s 项没有答，或者没有写依据：%(items)s。")
                % {"count": len(missing), "items": "；".join(missing[:3])},
                subject=held.system,
                remedy=_("答“是”或“部分”的，要写明凭什么这样答。"),
            )
        held.score, held.verdict = score_of(held.answers)
        held.valid_until = _valid_until(held.verdict, timezone.localdate())
        held.concluded_at = timezone.now()
        held.seal = sign(PURPOSE, canonical_json(concluded_facts(held))).as_dict()
        held.save()
        append(
            act="transfer.assess",
            actor=actor,
            subject=f"readiness:{held.id}",
            after=concluded_facts(held),
        )
    return held


def _open(assessment: Readiness, actor: Actor) -> Readiness:
    scope = Scope(organisation_id=assessment.agency_id)
    require(actor, "transfer.assess", scope, subject=assessment.system)
    held = Readiness.objects.select_for_update(of=("self",)).select_related("agency").get(id=assessment.id)
    if held.concluded_at:
        raise Conflict(
            _("这次评估已有结论，不能再改。"), subject=held.system, remedy=_("情况有变的，请另做一次评估。")
        )
    return held


def _missing(held: Readiness) -> list[str]:
    def lacks(given: Mapping[str, str]) -> bool:
        return not given.get("answer") or (given["answer"] != "no" and not given.get("evidence"))

    return [item.text for item in checklist().items if lacks(held.answers.get(item.key, {}))]


def score_of(answers: Mapping[str, Mapping[str, str]]) -> tuple[int, str]:
    """Points of a hundred, rounded down, and the verdict: a required item not fully met decides alone."""
    listed = checklist()
    total = sum(item.weight for item in listed.items)
    earned = sum(item.weight * ANSWERS[answers[item.key]["answer"]] for item in listed.items)
    score = earned // total
    required = [answers[item.key]["answer"] for item in listed.items if item.required]
    if score >= listed.pass_score and set(required) == {"yes"}:
        return score, "ready"
    if score >= listed.conditional_score and "no" not in required:
        return score, "conditional"
    return score, "not_ready"


def _valid_until(verdict: str, on: date) -> date | None:
    listed = checklist()
    years = {"ready": listed.valid_years, "conditional": listed.conditional_years}.get(verdict)
    if years is None:
        return None
    last = calendar.monthrange(on.year + years, on.month)[1]
    return date(on.year + years, on.month, min(on.day, last))


def concluded_facts(held: Readiness) -> dict[str, Any]:
    """What is sealed."""
    return {
        "id": str(held.id),
        "agency": held.agency.code,
        "system": held.system,
        "scope": held.scope,
        "checklist": held.checklist,
        "answers": held.answers,
        "score": held.score,
        "verdict": held.verdict,
        "valid_until": held.valid_until.isoformat() if held.valid_until else "",
    }


def seal_holds(held: Readiness) -> bool:
    """Whether the seal is ours and covers what stands here now."""
    if held.seal is None:
        return False
    return verify(Seal.from_dict(held.seal), PURPOSE, canonical_json(concluded_facts(held)))


def is_valid(held: Readiness) -> bool:
    """Whether its term still runs."""
    return held.valid_until is not None and held.valid_until >= timezone.localdate()
