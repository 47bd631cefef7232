"""Proposing a retention term (归档范围和保管期限表) by rules a clerk can read. The clerk may overrule it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from lantai.core.language import gettext as _

from .models import RetentionSchedule
from .tables import read_table
from .terms import RetentionTerm, retention_term
from .vocabulary import VersionState

_TAIL = re.compile(r"[（(〔\[].*?[）)〕\]]\s*$")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed term: the rule it comes from, the words that matched, and why that rule."""

    term: RetentionTerm
    rule_number: str
    material: str
    reason: str
    rule_id: UUID | None = None
    matched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A rule as it is matched, from the agency's schedule or the reference one."""

    number: str
    material: str
    words: Sequence[str]
    retention: str
    source: str
    rule_id: UUID | None = None
    types: Sequence[str] = ()
    issuers: Sequence[str] = ()
    department_id: UUID | None = None


class _Match(NamedTuple):
    """How well a rule fits: its rank, the greatest counts, and the word, issuer and type that matched."""

    rank: tuple[int, int, bool, int]
    word: str
    issuer: str
    kind: str

    @property
    def words(self) -> tuple[str, ...]:
        """What matched."""
        return tuple(filter(None, (self.word, self.kind, self.issuer)))

    def reasons(self) -> str:
        """Why the rule fits, for people."""
        told = [
            (_("题名含“%s”"), self.word),
            (_("文种为“%s”"), self.kind),
            (_("责任者含“%s”"), self.issuer),
        ]
        own = [_("属本处室")] if self.rank[2] else []
        return "、".join([*(text % word for text, word in told if word), *own])


class Proposer:
    """The rules of one agency on one day, read once for many records.

    The approved version in force counts; an agency without one is served by the reference
    schedule of ``data/retention.toml``.
    """

    def __init__(self, agency_id: UUID, on: date | None = None) -> None:
        self._lines = list(_lines(agency_id, on or timezone.localdate()))

    def propose(
        self, title: str, *, department_id: UUID | None = None, issuer: str = "", document_type: str = ""
    ) -> Proposal | None:
        """The term of the rule that fits best; ``None`` if none fits.

        Every kind of pattern that a rule names must match. Of rules that fit, the longest word
        in the title counts, then more kinds of pattern, then the clerk's own department, then
        the word that stands first: a title names its matter before its kind (关于放假的通知).
        """
        kind = document_type or type_of_title(title)
        fitting = [
            (found.rank, found, line)
            for line in self._lines
            if (found := _match(line, title, kind, issuer, department_id))
        ]
        if not fitting:
            return None
        _rank, found, line = max(fitting, key=lambda row: row[0])
        term = retention_term(line.retention)
        reason = _("因%(why)s → %(term)s，依据%(source)s第 %(number)s 条“%(material)s”。") % {
            "why": found.reasons(),
            "term": term.name,
            "source": line.source,
            "number": line.number,
            "material": line.material,
        }
        return Proposal(term, line.number, line.material, reason, line.rule_id, found.words)


def propose_retention(
    title: str,
    agency_id: UUID,
    on: date | None = None,
    department_id: UUID | None = None,
    *,
    issuer: str = "",
    document_type: str = "",
) -> Proposal | None:
    """:meth:`Proposer.propose` for one title."""
    return Proposer(agency_id, on).propose(
        title, department_id=department_id, issuer=issuer, document_type=document_type
    )


def type_of_title(title: str) -> str:
    """The document type (文种) a title ends with: 通知, 请示, 批复; empty when it names none."""
    bare = _TAIL.sub("", title.strip()).rstrip("》”\"' ")
    types: list[str] = read_table("retention")["document_types"]
    return max((name for name in types if bare.endswith(name)), key=len, default="")


def _match(line: _Line, title: str, kind: str, issuer: str, department_id: UUID | None) -> _Match | None:
    words = [word for word in line.words if word and word in title]
    issuers = [name for name in line.issuers if name and name in issuer]
    own = line.department_id is not None
    if (line.words and not words) or (line.issuers and not issuers):
        return None
    if (line.types and kind not in line.types) or (own and line.department_id != department_id):
        return None
    if not (words or issuers or line.types or own):
        return None
    best = max(words, key=lambda word: (len(word), -title.index(word)), default="")
    named = issuers[0] if issuers else ""
    typed = kind if line.types else ""
    kinds = sum(map(bool, (best, typed, named, own)))
    place = -title.index(best) if best else -len(title)
    return _Match((len(best), kinds, own, place), best, named, typed)


def schedule_in_force(agency_id: UUID, on: date) -> RetentionSchedule | None:
    """The agency's approved version on a day; of several the one that began last."""
    return (
        RetentionSchedule.objects.filter(
            agency_id=agency_id, effective_from__lte=on, state=VersionState.APPROVED
        )
        .filter(Q(effective_to__isnull=True) | Q(effective_to__gte=on))
        .order_by("-effective_from", "-approved_at")
        .first()
    )


def _lines(agency_id: UUID, on: date) -> Iterable[_Line]:
    schedule = schedule_in_force(agency_id, on)
    if schedule is None:
        for row in read_table("retention")["rule"]:
            yield _Line(row["number"], row["material"], row["any"], row["retention"], _("参考保管期限表"))
        return
    for rule in schedule.rules.all():
        yield _Line(
            rule.number, rule.material, rule.keywords, rule.retention, f"《{schedule.name}》", rule.id,
            rule.document_types, rule.issuers, rule.department_id,
        )  # fmt: skip
