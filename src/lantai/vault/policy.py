"""Copy policy (副本策略): how many copies, where, on what, by when; and what falls short of it.

The most particular rule in force counts: for a class of one fonds, then for the fonds, then for
the class everywhere, then the general one. Without any rule every declared store must hold a
verified copy. What a rule asks for is computed from the stores' sites and media, so a rule names
no store: :func:`chosen_stores` says which ones serve it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.ports import require
from lantai.ledger.api import append

from .models import CopyPolicy, VaultObject
from .stores import StoreFacts, copy_places, declared_stores


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What a rule asks for.

    Attributes:
        copies: verified copies in all, the one in use counted.
        elsewhere: of them on another site than the one in use (异地).
        other_medium: of them on another medium (异质).
        within_days: all of them stand so many days after the object was written.
        recheck_days: a copy read longer ago does not count as verified; 0 for no limit.
        sites: one of them at each of these sites.
        media: one of them on each of these media.
    """

    copies: int
    elsewhere: int = 0
    other_medium: int = 0
    within_days: int = 0
    recheck_days: int = 0
    sites: tuple[str, ...] = ()
    media: tuple[str, ...] = ()

    @classmethod
    def read(cls, values: dict[str, Any]) -> PolicyTerms:
        """From plain values, as JSON or a form has them."""
        figures = {name: int(values[name]) for name in _FIGURES}
        return cls(**figures, sites=tuple(values["sites"]), media=tuple(values["media"]))


_FIGURES = ("copies", "elsewhere", "other_medium", "within_days", "recheck_days")


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
    possible = _possible(use, others)
    wanting = [
        name
        for name, asked, there in (
            (_("副本份数"), terms.copies, possible.copies),
            (_("异地份数"), terms.elsewhere, possible.elsewhere),
            (_("异质份数"), terms.other_medium, possible.other_medium),
        )
        if asked > there
    ]
    wanting += sorted({*terms.sites} - {*possible.sites}) + sorted({*terms.media} - {*possible.media})
    if wanting or terms.copies < 1 or min(terms.within_days, terms.recheck_days) < 0:
        raise Invalid(
            _("已登记的存储满足不了这条副本策略。"),
            subject="、".join(wanting),
            remedy=_(
                "现有存储最多可存 %(copies)s 份，其中异地 %(elsewhere)s 份、异质 %(other)s 份；"
                "地点有 %(sites)s，介质有 %(media)s。"
            )
            % {
                "copies": possible.copies,
                "elsewhere": possible.elsewhere,
                "other": possible.other_medium,
                "sites": "、".join(possible.sites),
                "media": "、".join(possible.media),
            },
        )


def _possible(use: StoreFacts, others: Sequence[StoreFacts]) -> PolicyTerms:
    """The most that one copy in each of these places can give."""
    places = [use, *others]
    return PolicyTerms(
        copies=len(places),
        elsewhere=sum(place.is_elsewhere(use) for place in others),
        other_medium=sum(place.is_other_medium(use) for place in others),
        sites=tuple(dict.fromkeys(place.site for place in places)),
        media=tuple(dict.fromkeys(place.medium for place in places)),
    )


def chosen_stores(terms: PolicyTerms) -> tuple[str, ...]:
    """Keys of the stores that serve a rule: as few as suffice, those declared first preferred.

    Sealed volumes are made by people, so they count as copies and are never chosen. What only a
    volume can give is left to one; the stores give all they can.
    """
    use, *others = declared_stores()
    most = _possible(use, others)
    asked = replace(
        terms,
        copies=min(terms.copies, most.copies),
        elsewhere=min(terms.elsewhere, most.elsewhere),
        other_medium=min(terms.other_medium, most.other_medium),
        sites=tuple(site for site in terms.sites if site in most.sites),
        media=tuple(medium for medium in terms.media if medium in most.media),
    )
    for number in range(len(others) + 1):
        for group in combinations(others, number):
            if _suffices(_possible(use, group), asked):
                return (use.key, *(store.key for store in group))
    raise AssertionError(asked)  # all of them together suffice: it was capped by what they give


def is_served(terms: PolicyTerms, keys: Sequence[str]) -> bool:
    """Whether these declared stores alone can give all a rule asks for."""
    use, *others = declared_stores()
    return _suffices(_possible(use, [store for store in others if store.key in keys]), terms)


def _suffices(given: PolicyTerms, asked: PolicyTerms) -> bool:
    return (
        given.copies >= asked.copies
        and given.elsewhere >= asked.elsewhere
        and given.other_medium >= asked.other_medium
        and {*asked.sites} <= {*given.sites}
        and {*asked.media} <= {*given.media}
    )


def _as_row(terms: PolicyTerms) -> dict[str, Any]:
    named = {"sites": list(terms.sites), "media": list(terms.media)}
    return {**{name: getattr(terms, name) for name in _FIGURES}, **named}


def terms_of(row: CopyPolicy) -> PolicyTerms:
    """What a stored rule asks for."""
    return PolicyTerms.read({name: getattr(row, name) for name in PolicyTerms.__slots__})


def general_terms() -> PolicyTerms:
    """What holds where no rule was set: every declared store has a copy."""
    return PolicyTerms(copies=len(declared_stores()))


def policies() -> QuerySet[CopyPolicy]:
    """The rules in force, the most particular first."""
    rows = CopyPolicy.objects.filter(ended_at=None).select_related("fonds")
    return rows.order_by(F("fonds").asc(nulls_last=True), "-category")


def ruled() -> Iterator[tuple[str, PolicyTerms, QuerySet[VaultObject]]]:
    """Rules with the objects that fall under each; every object falls under exactly one."""
    left = VaultObject.objects.all()
    for row in policies():
        chosen = VaultObject.objects.filter(in_scope(row)).values("id")
        yield row.scope_words, terms_of(row), left.filter(id__in=chosen)
        left = left.exclude(id__in=chosen)
    yield _("其余：每个已登记的存储各一份"), general_terms(), left


def in_scope(row: CopyPolicy) -> Q:
    """The objects a rule speaks of, whatever more particular rules say."""
    scope = Q()
    if row.fonds_id:
        scope &= Q(record__fonds=row.fonds_id) | Q(fonds=row.fonds_id)
    if row.category:
        scope &= Q(record__scheme__category=row.category)
    return scope
