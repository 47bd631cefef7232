"""Protection: how many objects have every copy their rule asks for, verified, and why the others have not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from lantai.core.figures import kept

from .allotment import is_allotted, lacking_rows, surplus_copies
from .models import Copy, VaultObject
from .policy import PolicyTerms, chosen_stores, is_served, ruled
from .stores import copy_places, declared_stores
from .watch.lately import since


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one rule asks for and does not have, in numbers of objects; each counts once, first reason first.

    Attributes:
        missing: too few copies have been written.
        unverified: written, not all known to be good.
        overdue: verified, too long ago.
        misplaced: enough copies, too few where the rule wants them.
        late: of all these, objects past the time by which the copies had to stand.
        surplus: copies in stores that the rule does not need; they were written before it and stay.
    """

    scope: str
    terms: PolicyTerms
    objects_count: int
    missing: int
    unverified: int
    overdue: int
    misplaced: int
    late: int
    surplus: int

    @property
    def store_names(self) -> list[str]:
        """The stores that serve the rule, as people know them."""
        names = {facts.key: facts.name for facts in declared_stores()}
        return [names[key] for key in chosen_stores(self.terms)]

    @property
    def unprotected(self) -> int:
        """Objects that are not protected as the rule asks."""
        return self.missing + self.unverified + self.overdue + self.misplaced


def protection() -> tuple[list[Shortfall], datetime]:
    """Every rule with what falls short of it, and when that was counted: now, unless it takes long."""
    told, at = kept("shortfalls", lambda: [asdict(row) for row in shortfalls()])
    return [Shortfall(**{**row, "terms": PolicyTerms.read(row["terms"])}) for row in told], at


def count_protection() -> None:
    """Counts anew for pages that must not wait for it; run by the worker."""
    kept("shortfalls", lambda: [asdict(row) for row in shortfalls()], fresh=True)


def shortfalls() -> list[Shortfall]:
    """Every rule in force with what falls short of it, counted now."""
    return [_shortfall(scope, terms, rows) for scope, terms, rows in ruled()]


def unprotected(terms: PolicyTerms, rows: QuerySet[VaultObject]) -> QuerySet[VaultObject]:
    """Objects without the copies a rule asks for."""
    return _counted(terms, rows).filter(Q(fresh__lt=terms.copies) | _misplaced(terms))


def _wanted_places(terms: PolicyTerms) -> list[tuple[int, list[str]]]:
    """How many copies a rule wants among which places, besides the number in all."""
    use, *others = copy_places()
    places = [use, *others]
    wanted = [
        (terms.elsewhere, [place.key for place in others if place.is_elsewhere(use)]),
        (terms.other_medium, [place.key for place in others if place.is_other_medium(use)]),
        *((1, [place.key for place in places if place.site == site]) for site in terms.sites),
        *((1, [place.key for place in places if place.medium == medium]) for medium in terms.media),
    ]
    return [(number, keys) for number, keys in wanted if number]


def _counted(terms: PolicyTerms, rows: QuerySet[VaultObject]) -> QuerySet[VaultObject]:
    current = Q(copies__version=F("version"), copies__store__in=[place.key for place in copy_places()])
    good = current & Q(copies__state=Copy.State.VERIFIED)
    fresh = good
    if terms.recheck_days:
        fresh &= since("copies__verified_at", timedelta(days=terms.recheck_days))
    written = current & Q(copies__state__in=[Copy.State.VERIFIED, Copy.State.PENDING])
    placed = {
        f"placed_{number}": Count("copies", filter=fresh & Q(copies__store__in=keys))
        for number, (_asked, keys) in enumerate(_wanted_places(terms))
    }
    return rows.annotate(
        written=Count("copies", filter=written),
        good=Count("copies", filter=good),
        fresh=Count("copies", filter=fresh),
        **placed,
    )


def _misplaced(terms: PolicyTerms) -> Q:
    """Too few verified copies where the rule wants them; of what :func:`_counted` counted."""
    short = Q(pk=None)
    for number, (asked, _keys) in enumerate(_wanted_places(terms)):
        short |= Q(**{f"placed_{number}__lt": asked})
    return short


def _suspects(terms: PolicyTerms, rows: QuerySet[VaultObject]) -> QuerySet[VaultObject]:
    """The few objects worth a closer look: where every chosen store has a good copy, the rule is kept.

    It saves grouping the copies of a million objects to find that nothing is wrong. What a rule
    wants of sealed volumes alone no chosen store can tell: then every object is looked at.
    """
    chosen = chosen_stores(terms)
    if not is_served(terms, chosen):
        return rows
    good = Q(version=F("object__version"), state=Copy.State.VERIFIED)
    if terms.recheck_days:
        good &= since("verified_at", timedelta(days=terms.recheck_days))
    suspect = Q(id__in=Copy.objects.filter(store__in=chosen).exclude(good).values("object_id"))
    if not is_allotted():
        for key in chosen:
            suspect |= Q(id__in=lacking_rows(rows, key).values("id"))
    return rows.filter(suspect)


def _shortfall(scope: str, terms: PolicyTerms, rows: QuerySet[VaultObject]) -> Shortfall:
    """Counts in one pass over the objects of a rule that may fall short of it."""
    missing, unverified = Q(written__lt=terms.copies), Q(good__lt=terms.copies)
    overdue, misplaced = Q(fresh__lt=terms.copies), _misplaced(terms)
    late = Q(created_at__lt=timezone.now() - timedelta(days=terms.within_days))
    counted = _counted(terms, _suspects(terms, rows)).aggregate(
        missing=Count("id", filter=missing),
        unverified=Count("id", filter=~missing & unverified),
        overdue=Count("id", filter=~missing & ~unverified & overdue),
        misplaced=Count("id", filter=~overdue & misplaced),
        late=Count("id", filter=(overdue | misplaced) & late),
    )
    surplus = surplus_copies(terms, rows).count()
    return Shortfall(scope, terms, objects_count=rows.count(), surplus=surplus, **counted)


def unprotected_count(found: Sequence[Shortfall]) -> int:
    """Objects that some rule finds unprotected."""
    return sum(row.unprotected for row in found)
