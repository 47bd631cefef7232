"""Proposing class and retention for records, and choosing otherwise with a reason (归类、定期限).

Rules are data people can read (``data/class_rules.toml``, the agency's retention schedule); every
proposal says which words matched. Whoever chooses otherwise gives a reason, which is kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core import settings
from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.identifiers import new_id
from lantai.core.language import gettext as _
from lantai.records import api as records
from lantai.records.api import NumberState, Proposal, Proposer, Record, Scheme, State

from .arrangement_models import Overruling

PROPOSED = "retention:proposed"
"""Flag of a record whose retention was proposed by the schedule and not yet confirmed."""
_SHIPPED = Path(__file__).parent / "data" / "class_rules.toml"


@dataclass(frozen=True, slots=True)
class ClassProposal:
    """The scheme a record belongs in, and the words that say so."""

    scheme: Scheme
    reason: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the rules propose for one record."""

    record: Record
    retention: Proposal | None
    place: ClassProposal | None

    @property
    def differs(self) -> bool:
        """Whether the record stands otherwise than proposed."""
        return bool(
            (self.retention and self.retention.term.code != self.record.retention)
            or (self.place and self.place.scheme.id != self.record.scheme_id)
        )

    @property
    def unsettled(self) -> bool:
        """Whether nobody has chosen the record's term yet: only those are ticked beforehand."""
        return not self.record.retention or PROPOSED in self.record.flags

    @property
    def term_now(self) -> str:
        """The record's term as people write it."""
        terms = records.retention_terms()
        code = self.record.retention
        return terms[code].name if code in terms else code


def advise(rows: Sequence[Record]) -> list[Advice]:
    """What the rules propose for records, each agency's rules read once."""
    proposers = {agency: Proposer(agency) for agency in {row.agency_id for row in rows}}
    schemes: dict[UUID, list[Scheme]] = {}
    for scheme in Scheme.objects.filter(fonds_id__in={row.fonds_id for row in rows}).select_related("fonds"):
        schemes.setdefault(scheme.fonds_id, []).append(scheme)
    return [
        Advice(row, _retention(proposers[row.agency_id], row), _place(row, schemes.get(row.fonds_id, [])))
        for row in rows
    ]


def classify_records(
    *, record_ids: Sequence[UUID], changes: dict[str, Any], reason: str = "", actor: Actor
) -> int:
    """Puts records, whose numbers are not fixed, into another class or under another term.

    Args:
        record_ids: which.
        changes: of ``retention``, ``scheme_id`` and ``unit_code``.
        reason: why, where that is not what the rules propose.
        actor: who.

    Returns:
        How many records there are.

    Raises:
        Conflict: a number is fixed.
        Forbidden: the actor does not classify one of them.
        Invalid: a rule proposes otherwise and no reason is given.
    """
    if changes.get("retention"):
        changes = {**changes, "retention": records.retention_term(changes["retention"]).code}
    with transaction.atomic():
        rows = _loose(record_ids)
        kept = overrulings(advise(rows), {row.id: changes for row in rows}, reason, actor)
        _apply(dict.fromkeys((row.id for row in rows), changes), actor)
        Overruling.objects.bulk_create(kept)
    return len(rows)


def accept_advice(*, record_ids: Sequence[UUID], actor: Actor) -> int:
    """Gives records the class and term the rules propose, in one act; returns how many changed or were confirmed."""
    with transaction.atomic():
        edits: dict[UUID, dict[str, Any]] = {}
        for advice in advise(_loose(record_ids)):
            values: dict[str, Any] = {}
            if advice.retention:
                values["retention"] = advice.retention.term.code
            if advice.place:
                values["scheme_id"] = advice.place.scheme.id
            if values:
                edits[advice.record.id] = values
        _apply(edits, actor)
    return len(edits)


def overrulings(
    advices: Iterable[Advice], changes: dict[UUID, dict[str, Any]], reason: str, actor: Actor
) -> list[Overruling]:
    """The rows to keep for choices that differ from what is proposed.

    Raises:
        Invalid: there is one, and no reason.
    """
    kept = []
    for advice in advices:
        for what, proposed, chosen, why in _otherwise(advice, changes[advice.record.id]):
            if not reason.strip():
                raise Invalid(
                    _("建议是“%(proposed)s”：%(why)s另选“%(chosen)s”须写理由。")
                    % {"proposed": proposed, "why": why, "chosen": chosen},
                    subject=advice.record.title,
                )
            kept.append(
                Overruling(
                    record=advice.record, what=what, proposed=proposed, proposal_reason=why[:600], chosen=chosen,
                    reason=reason.strip()[:300], decided_by=actor.id, decided_by_name=actor.name,
                )
            )  # fmt: skip
    return kept


def _otherwise(advice: Advice, changes: dict[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    found, chosen = advice.retention, changes.get("retention")
    if found and chosen and chosen not in {found.term.code, advice.record.retention}:
        name = records.retention_terms()[chosen].name if chosen in records.retention_terms() else chosen
        yield Overruling.What.RETENTION, found.term.name, name, found.reason
    place, scheme_id = advice.place, changes.get("scheme_id")
    if place and scheme_id and scheme_id not in {place.scheme.id, advice.record.scheme_id}:
        name = Scheme.objects.values_list("name", flat=True).get(id=scheme_id)
        yield Overruling.What.SCHEME, place.scheme.name, name, place.reason


def _loose(record_ids: Sequence[UUID]) -> list[Record]:
    rows = list(
        Record.objects.select_for_update(of=("self",))
        .select_related("scheme", "department")
        .filter(id__in=list(record_ids))
        .order_by("id")
    )
    for row in rows:
        if row.state != State.CAPTURED or row.number_state in {NumberState.FIXED, NumberState.LOCKED}:
            raise Conflict(
                _("这件档案已经定号，不能再改保管期限和机构（问题）。"),
                subject=row.reference_code or row.title,
                remedy=_("确需更改的，请档案室先撤销件号。"),
            )
    return rows


def _apply(edits: dict[UUID, dict[str, Any]], actor: Actor) -> None:
    if not edits:
        return
    records.edit_records(edits=edits, act="capture.classify", subject=f"batch:{new_id()}", actor=actor)
    confirmed = {
        row.id: [flag for flag in row.flags if flag != PROPOSED]
        for row in Record.objects.filter(id__in=edits)
        if PROPOSED in row.flags
    }
    records.set_column(Record, "flags", confirmed)


def _retention(proposer: Proposer, row: Record) -> Proposal | None:
    return proposer.propose(
        row.title, department_id=row.department_id, issuer=row.responsible,
        document_type=str(row.metadata.get("M34", "")),
    )  # fmt: skip


def _place(row: Record, schemes: Sequence[Scheme]) -> ClassProposal | None:
    for rule in _rules():
        word = next((word for word in rule["any"] if word in row.title), "")
        if not word:
            continue
        for scheme in schemes:
            fits = scheme.category == rule["category"] and _in_years(scheme, row.year)
            if fits and scheme.subclasses.startswith(rule.get("subclass", "")):
                reason = _("因题名含“%(word)s” → %(scheme)s。") % {"word": word, "scheme": scheme.name}
                return ClassProposal(scheme, reason)
    return None


def _in_years(scheme: Scheme, year: int | None) -> bool:
    return year is not None and scheme.year_from <= year <= (scheme.year_to or 9999)


def _rules() -> list[dict[str, Any]]:
    own = settings.home() / "data" / "class_rules.toml"
    path = own if own.exists() else _SHIPPED
    return _parsed(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _parsed(path: str, _changed_ns: int) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = tomllib.loads(Path(path).read_text(encoding="utf-8"))["rule"]
    return rules
