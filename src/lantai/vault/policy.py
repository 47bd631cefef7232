"""Copy policy (副本策略): how many copies, where, on what, by when; and what falls short of it.

The most particular rule in force counts: for a class of one fonds, then for the fonds, then for
the class everywhere, then the general one. Without any rule every declared store must hold a
verified copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.ports import require
from lantai.ledger.api import append

from .models import Copy, CopyPolicy, VaultObject
from .stores import copy_places, declared_stores
from .watch.figures import kept


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a rule asks for.

    Attributes:
        copies: verified copies in all, the one in use counted.
        elsewhere: of them on another site than the one in use (异地).
        other_medium: of them on another medium (异质).
        within_days: all of them stand so many days after the object was written.
        recheck_days: a copy read longer ago does not count as verified; 0 for no limit.
    """

    copies: int
    elsewhere: int = 0
    other_medium: int = 0
    within_days: int = 0
    recheck_days: int = 0


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one rule asks for and does not have, in numbers of objects; each counts once, first reason first.

    Attributes:
        missing: too few copies have been written.
        unverified: written, not all known to be good.
        overdue: verified, too long ago.
        misplaced: enough copies, too few on another site or another medium.
        late: of all these, objects past the time by which the copies had to stand.
    """

    scope: str
    terms: PolicyTerms
    objects_count: int
    missing: int
    unverified: int
    overdue: int
    misplaced: int
    late: int

    @property
    def unprotected(self) -> int:
        """Objects that are not protected as the rule asks."""
        return self.missing + self.unverified + self.overdue + self.misplaced


def set_policy(
    *, terms: PolicyTerms, actor: Actor, fonds_id: UUID | None = None, category: str = ""
) -> CopyPolicy:
    """Puts a rule in force; the one it replaces stays as an earlier version.

    Raises:
        Forbidden: the actor may not decide on copies.
        Invalid: the declared stores can never meet the rule.
    """
    require(actor, "vault.set_policy")
    _require_possible(terms)
    with transaction.atomic():
        scope = Q(fonds=fonds_id) if fonds_id else Q(fonds=None)
        in_force = CopyPolicy.objects.select_for_update().filter(scope, category=category, ended_at=None)
        previous = in_force.first()
        now = timezone.now()
        in_force.update(ended_at=now)
        row = CopyPolicy.objects.create(
            fonds_id=fonds_id,
            category=category,
            version=previous.version + 1 if previous else 1,
            set_by=actor.id,
            set_role=actor.name,
            set_at=now,
            **_as_row(terms),
        )
        append(
            act="vault.set_policy",
            actor=actor,
            subject=f"policy:{row.id}",
            before=_as_row(terms_of(previous)) if previous else None,
            after=_as_row(terms) | {"fonds": str(fonds_id or ""), "category": category},
        )
    return row


def _require_possible(terms: PolicyTerms) -> None:
    use, *others = copy_places()
    possible = PolicyTerms(
        copies=1 + len(others),
        elsewhere=sum(store.is_elsewhere(use) for store in others),
        other_medium=sum(store.is_other_medium(use) for store in others),
    )
    wanting = [
        name
        for name, asked, there in (
            (_("副本份数"), terms.copies, possible.copies),
            (_("异地份数"), terms.elsewhere, possible.elsewhere),
            (_("异质份数"), terms.other_medium, possible.other_medium),
        )
        if asked > there
    ]
    if wanting or terms.copies < 1 or min(terms.within_days, terms.recheck_days) < 0:
        raise Invalid(
            _("已登记的存储满足不了这条副本策略。"),
            subject="、".join(wanting),
            remedy=_("现有存储最多可存 %(copies)s 份，其中异地 %(elsewhere)s 份、异质 %(other)s 份。")
            % {
                "copies": possible.copies,
                "elsewhere": possible.elsewhere,
                "other": possible.other_medium,
            },
        )


def _as_row(terms: PolicyTerms) -> dict[str, int]:
    return {name: getattr(terms, name) for name in PolicyTerms.__slots__}


def terms_of(row: CopyPolicy) -> PolicyTerms:
    """What a stored rule asks for."""
    return PolicyTerms(**{name: getattr(row, name) for name in PolicyTerms.__slots__})


def policies() -> QuerySet[CopyPolicy]:
    """The rules in force, the most particular first."""
    rows = CopyPolicy.objects.filter(ended_at=None).select_related("fonds")
    return rows.order_by(F("fonds").asc(nulls_last=True), "-category")


def protection() -> tuple[list[Shortfall], datetime]:
    """Every rule with what falls short of it, and when that was counted: now, unless it takes long."""
    told, at = kept("protection", lambda: [asdict(row) for row in shortfalls()])
    return [Shortfall(**{**row, "terms": PolicyTerms(**row["terms"])}) for row in told], at


def count_protection() -> None:
    """Counts anew for the pages of a vault too large to count while somebody waits."""
    kept("protection", lambda: [asdict(row) for row in shortfalls()], fresh=True)


def shortfalls() -> list[Shortfall]:
    """Every rule in force with what falls short of it, counted now."""
    return [_shortfall(scope, terms, rows) for scope, terms, rows in _ruled()]


def unprotected(terms: PolicyTerms, rows: QuerySet[VaultObject]) -> QuerySet[VaultObject]:
    """Objects without the copies a rule asks for."""
    return _counted(terms, rows).filter(
        Q(fresh__lt=terms.copies)
        | Q(fresh_elsewhere__lt=terms.elsewhere)
        | Q(fresh_other_medium__lt=terms.other_medium)
    )


def _ruled() -> Iterator[tuple[str, PolicyTerms, QuerySet[VaultObject]]]:
    """Rules with the objects that fall under each; every object falls under exactly one."""
    left = VaultObject.objects.all()
    for row in policies():
        chosen = VaultObject.objects.filter(in_scope(row)).values("id")
        yield row.scope_words, terms_of(row), left.filter(id__in=chosen)
        left = left.exclude(id__in=chosen)
    general = PolicyTerms(copies=len(declared_stores()))
    yield _("其余：每个已登记的存储各一份"), general, left


def in_scope(row: CopyPolicy) -> Q:
    """The objects a rule speaks of, whatever more particular rules say."""
    scope = Q()
    if row.fonds_id:
        scope &= Q(record__fonds=row.fonds_id) | Q(fonds=row.fonds_id)
    if row.category:
        scope &= Q(record__scheme__category=row.category)
    return scope


def _counted(terms: PolicyTerms, rows: QuerySet[VaultObject]) -> QuerySet[VaultObject]:
    use, *others = copy_places()
    known = [use.key, *(store.key for store in others)]
    current = Q(copies__version=F("version"), copies__store__in=known)
    good = current & Q(copies__state=Copy.State.VERIFIED)
    fresh = good
    if terms.recheck_days:
        fresh &= Q(copies__verified_at__gte=timezone.now() - timedelta(days=terms.recheck_days))
    elsewhere = [store.key for store in others if store.is_elsewhere(use)]
    other_medium = [store.key for store in others if store.is_other_medium(use)]
    written = current & Q(copies__state__in=[Copy.State.VERIFIED, Copy.State.PENDING])
    return rows.annotate(
        written=Count("copies", filter=written),
        good=Count("copies", filter=good),
        fresh=Count("copies", filter=fresh),
        fresh_elsewhere=Count("copies", filter=fresh & Q(copies__store__in=elsewhere)),
        fresh_other_medium=Count("copies", filter=fresh & Q(copies__store__in=other_medium)),
    )


def _shortfall(scope: str, terms: PolicyTerms, rows: QuerySet[VaultObject]) -> Shortfall:
    """Counts in one pass over the objects of a rule."""
    missing, unverified = Q(written__lt=terms.copies), Q(good__lt=terms.copies)
    overdue = Q(fresh__lt=terms.copies)
    misplaced = Q(fresh_elsewhere__lt=terms.elsewhere) | Q(fresh_other_medium__lt=terms.other_medium)
    late = Q(created_at__lt=timezone.now() - timedelta(days=terms.within_days))
    counted = _counted(terms, rows).aggregate(
        objects_count=Count("id"),
        missing=Count("id", filter=missing),
        unverified=Count("id", filter=~missing & unverified),
        overdue=Count("id", filter=~missing & ~unverified & overdue),
        misplaced=Count("id", filter=~overdue & misplaced),
        late=Count("id", filter=(overdue | misplaced) & late),
    )
    return Shortfall(scope=scope, terms=terms, **counted)


def unprotected_count(found: Sequence[Shortfall]) -> int:
    """Objects that some rule finds unprotected."""
    return sum(row.unprotected for row in found)
