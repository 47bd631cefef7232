"""Audit plans (校验方案): within how many days a store is re-read, how fast, at what hours.

How often an object must be read again is the copy policy's to say (``policy.PolicyTerms.recheck_days``)
and the plan's for all others; whichever is shorter counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.ports import require
from lantai.ledger.api import append

from ..models import Audit, Copy, CopyPolicy, VaultObject
from ..policy import in_scope, policies
from ..stores import StoreFacts, declared_stores, open_store
from .models import AuditPlan

LEAD = 0.8
"""A copy is read again from this part of its period on, so that it is done by the end of it."""

DAY = timedelta(days=1)
MIB = 2**20


@dataclass(frozen=True, slots=True)
class AuditTerms:
    """How a store is re-read.

    Attributes:
        period_days: every object within so many days.
        rate_mib_s: no faster than this, MiB a second.
        starts_at: time of day from which it may read; ``None`` for all day.
        ends_at: time of day until which; may be past midnight.
        mends: whether damage is repaired at once from a verified copy.
    """

    period_days: int = 90
    rate_mib_s: float = 20
    starts_at: time | None = None
    ends_at: time | None = None
    mends: bool = True

    def is_open(self, at: datetime) -> bool:
        """Whether it may read at this moment, by the archive's own clock."""
        if self.starts_at is None or self.ends_at is None:
            return True
        now = timezone.localtime(at).time()
        if self.starts_at <= self.ends_at:
            return self.starts_at <= now < self.ends_at
        return now >= self.starts_at or now < self.ends_at

    @property
    def hours_a_day(self) -> float:
        """How long it may read in a day."""
        if self.starts_at is None or self.ends_at is None:
            return 24
        minutes = (self.ends_at.hour - self.starts_at.hour) * 60 + self.ends_at.minute - self.starts_at.minute
        return (minutes % (24 * 60)) / 60

    @property
    def bytes_a_period(self) -> float:
        """The most it can read in one period."""
        return self.rate_mib_s * MIB * 3600 * self.hours_a_day * self.period_days


def set_audit_plan(*, store: str, terms: AuditTerms, actor: Actor) -> AuditPlan:
    """Puts a plan in force for a store; the one it replaces stays as an earlier version.

    Raises:
        Forbidden: the actor may not decide on it.
        NotFound: there is no such store.
        Invalid: a figure or the hours make no sense.
    """
    require(actor, "vault.set_policy")
    open_store(store)
    _require_sense(store, terms)
    with transaction.atomic():
        in_force = AuditPlan.objects.select_for_update().filter(store=store, ended_at=None)
        before = in_force.first()
        now = timezone.now()
        in_force.update(ended_at=now)
        row = AuditPlan.objects.create(
            store=store, version=before.version + 1 if before else 1, set_by=actor.id,
            set_role=actor.name, set_at=now, **asdict(terms),
        )  # fmt: skip
        append(act="vault.set_audit_plan", actor=actor, subject=f"store:{store}",
               before=_told(terms_of(before)) if before else None, after=_told(terms))  # fmt: skip
    return row


def _require_sense(store: str, terms: AuditTerms) -> None:
    half = (terms.starts_at is None) != (terms.ends_at is None)
    if half or (terms.starts_at is not None and terms.starts_at == terms.ends_at):
        raise Invalid(
            _("校验时段要写起止两个不同的时刻。"), subject=store, remedy=_("全天校验则两个都不写。")
        )
    if terms.period_days < 1 or not 0.01 <= terms.rate_mib_s <= 100_000:
        raise Invalid(
            _("周期至少 1 天，速度须大于 0。"), subject=store, remedy=_("不想在后台校验，请把时段定得很短。")
        )


def _told(terms: AuditTerms) -> dict[str, object]:
    return {name: str(value) if isinstance(value, time) else value for name, value in asdict(terms).items()}


def terms_of(row: AuditPlan) -> AuditTerms:
    """What a stored plan says."""
    return AuditTerms(**{name: getattr(row, name) for name in AuditTerms.__slots__})


def terms_for(store: str) -> AuditTerms:
    """How a store is re-read now."""
    row = AuditPlan.objects.filter(store=store, ended_at=None).first()
    return terms_of(row) if row else AuditTerms()


def waiting_copies(
    store: str, terms: AuditTerms, now: datetime, *, part: float = LEAD
) -> Iterator[QuerySet[Copy]]:
    """Copies on a store that are to be read again, in groups, the most pressing group first.

    Args:
        store: its key.
        terms: its plan.
        now: the time by which ages are measured.
        part: of its period that must have passed; 1 for those that are overdue.
    """
    copies = Copy.objects.filter(store=store).exclude(
        object__state__in=[VaultObject.State.ERASING]
    )  # erasing ones are swapped for tombstones under our hands
    for rule in _rules(terms):
        scope = Q(object__in=VaultObject.objects.filter(in_scope(rule)).values("id"))
        yield _older(copies.filter(scope), now - part * DAY * rule.recheck_days, now)
    yield _older(copies, now - part * DAY * terms.period_days, now)


def _rules(terms: AuditTerms) -> list[CopyPolicy]:
    rules = [rule for rule in policies() if 0 < rule.recheck_days < terms.period_days]
    return sorted(rules, key=lambda rule: rule.recheck_days)


def _older(copies: QuerySet[Copy], than: datetime, now: datetime) -> QuerySet[Copy]:
    """Read before that time, never, or in a future that a wrong clock once told."""
    due = Q(checked_at__lt=than) | Q(checked_at=None) | Q(checked_at__gt=now + DAY)
    return copies.filter(due).order_by(F("checked_at").asc(nulls_first=True), "id")


@dataclass(frozen=True, slots=True)
class Watched:
    """How the re-reading of one store stands.

    Attributes:
        due: copies to be read now; ``overdue`` of them are past their period.
        can_keep_up: whether rate and hours suffice to read everything within the period.
        run: the newest run of the continuous audit.
    """

    facts: StoreFacts
    terms: AuditTerms
    version: int
    is_open: bool
    due: int
    overdue: int
    size_bytes: int
    can_keep_up: bool
    run: Audit | None


def watched_stores() -> list[Watched]:
    """Every store with its plan and how it fares."""
    return [_watched(facts) for facts in declared_stores()]


def _watched(facts: StoreFacts) -> Watched:
    held = Copy.objects.filter(store=facts.key).aggregate(size=Sum("object__size_bytes"))
    size_bytes = held["size"] or 0
    row = AuditPlan.objects.filter(store=facts.key, ended_at=None).first()
    terms, now = terms_of(row) if row else AuditTerms(), timezone.now()
    return Watched(
        facts=facts,
        terms=terms,
        version=row.version if row else 0,
        is_open=terms.is_open(now),
        due=_number(waiting_copies(facts.key, terms, now)),
        overdue=_number(waiting_copies(facts.key, terms, now, part=1)),
        size_bytes=size_bytes,
        can_keep_up=size_bytes <= terms.bytes_a_period,
        run=Audit.objects.filter(store=facts.key).order_by("-finished_at").first(),
    )


def _number(groups: Iterable[QuerySet[Copy]]) -> int:
    """How many copies stand in any of the groups."""
    either = Q()
    for group in groups:
        either |= Q(id__in=group.order_by().values("id"))
    return Copy.objects.filter(either).count()


def plan_versions(store: str) -> QuerySet[AuditPlan]:
    """Every version of a store's plan, newest first."""
    return AuditPlan.objects.filter(store=store).order_by("-version")
