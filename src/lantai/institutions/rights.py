"""Rights over records: conditions on what a record is, met by a scope or turned into a query.

One right is a conjunction; an actor's rights are alternatives. The same right answers for one
record (:meth:`Right.matches`) and selects from a table (:meth:`Right.as_query`), so a list can
never show what a page would refuse.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Field, ForeignKey, Q
from django.db.models.lookups import In
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.ports import Scope

from .models import Grant, Organisation
from .roles import DATA, keys_of
from .succession import inherited_by

RECORD_ACTS = ("record.entry", "record.original", "record.print", "record.download")
RECORD_FIELDS = {
    "organisation_id": "agency_id",
    "custodian_id": "custodian_id",
    "department_id": "department_id",
    "fonds_id": "fonds_id",
    "category": "scheme__category",
    "year": "year",
    "classification": "classification",
    "opening_mark": "opening_mark",
}
"""Where ``records.Record`` keeps what a scope tells."""


FEW = 8
"""Values an index is asked for one by one."""


@ForeignKey.register_lookup
@Field.register_lookup
class AmongMany(In):
    """Among so many values that most rows have one: on SQLite no index is entered for them.

    It would gather every row of every value and sort them all, to show the newest fifty. Other
    databases know how many rows there are, and choose by themselves.
    """

    lookup_name = "among_many"

    def process_lhs(self, compiler: Any, connection: Any, lhs: Any = None) -> tuple[str, Any]:
        """The column, marked so that it is not looked up."""
        column, params = super().process_lhs(compiler, connection, lhs)
        return (f"+{column}" if connection.vendor == "sqlite" else column), params


@dataclass(frozen=True, slots=True)
class Right:
    """Conditions that must all hold; an empty one does not limit."""

    organisation_ids: frozenset[UUID] | None = None
    custodian_ids: frozenset[UUID] | None = None
    department_ids: frozenset[UUID] | None = None
    fonds_ids: frozenset[UUID] | None = None
    categories: frozenset[str] | None = None
    year_from: int | None = None
    year_to: int | None = None
    classifications: frozenset[str] | None = None
    opening_marks: frozenset[str] | None = None

    def _sets(self) -> dict[str, frozenset[Any]]:
        named = {
            "organisation_id": self.organisation_ids,
            "custodian_id": self.custodian_ids,
            "department_id": self.department_ids,
            "fonds_id": self.fonds_ids,
            "category": self.categories,
            "classification": self.classifications,
            "opening_mark": self.opening_marks,
        }
        return {name: values for name, values in named.items() if values is not None}

    def matches(self, scope: Scope) -> bool:
        """Whether the scope meets every condition; what is not known does not."""
        if any(getattr(scope, name) not in values for name, values in self._sets().items()):
            return False
        if self.year_from is None and self.year_to is None:
            return True
        return (
            scope.year is not None
            and (self.year_from is None or self.year_from <= scope.year)
            and (self.year_to is None or scope.year <= self.year_to)
        )

    def as_query(self, fields: Mapping[str, str] = RECORD_FIELDS, few: int = FEW) -> Q:
        """The same conditions as a filter; ``fields`` maps the names of a scope to lookups.

        No index is entered for a condition of more than ``few`` values (:class:`AmongMany`).
        """
        query = Q(
            **{
                f"{fields[name]}__{'in' if len(values) <= few else AmongMany.lookup_name}": values
                for name, values in self._sets().items()
            }
        )
        if self.year_from is not None:
            query &= Q(**{f"{fields['year']}__gte": self.year_from})
        if self.year_to is not None:
            query &= Q(**{f"{fields['year']}__lte": self.year_to})
        return query


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads((DATA / "rights.toml").read_text(encoding="utf-8"))


def classifications() -> list[str]:
    """Every classification that can be reached, from low to high."""
    return [word for rank in _declared()["classifications"] for word in rank]


def up_to(classification: str) -> frozenset[str]:
    """The classifications not higher than the given one; none for a word that is not listed."""
    reached: list[str] = []
    for rank in _declared()["classifications"]:
        reached += rank
        if classification in rank:
            return frozenset(reached)
    return frozenset()


def rights_of(actor: Actor, act: str, at: datetime | None = None) -> list[Right]:
    """Every right the actor has for one of the four record acts at a moment (now).

    The platform itself is not limited. What the public may see, everybody may.
    """
    if "system" in actor.roles:
        return [Right()]
    word = act.removeprefix("record.")
    rights: list[Right] = []
    for row in _declared()["right"]:
        if word in row["acts"] and (row["role"] in actor.roles or row["role"] == "public"):
            classified = up_to(row["classification"])
            marks = frozenset(row["marks"]) if "marks" in row else None
            rights += [
                Right(**limits, classifications=classified, opening_marks=marks)
                for limits in _limits(row["reach"], actor)
            ]
    return rights + _granted(actor, word, at or timezone.now())


def _limits(reach: str, actor: Actor) -> list[dict[str, Any]]:
    """The alternatives a reach stands for; none when the actor belongs to no organisation."""
    if reach == "any":
        return [{}]
    if actor.organisation_id is None:
        return []
    if reach == "custody":
        return [{"custodian_ids": frozenset({actor.organisation_id})}]
    if reach in ("department", "organisation"):
        return _of_agency(actor.organisation_id, actor.department_id if reach == "department" else None)
    region = organisations_in_region_of(actor.organisation_id)
    return [{"organisation_ids": region}, {"custodian_ids": region}]


def _of_agency(organisation_id: UUID, department_id: UUID | None) -> list[dict[str, Any]]:
    """What an agency made, and what those made that it answers for; of one department, if one is named."""
    came = inherited_by(organisation_id)
    whole = frozenset({organisation_id, *(row.organisation_id for row in came if not row.departments)})
    if department_id is not None:  # it moved with its people: its records name the agency it was in
        made_in = whole | {row.organisation_id for row in came}
        return [{"organisation_ids": made_in, "department_ids": frozenset({department_id})}]
    parts = [
        {"organisation_ids": frozenset({row.organisation_id}), "department_ids": row.departments}
        for row in came
        if row.departments
    ]
    return [{"organisation_ids": whole}, *parts]  # an office system, without a department, serves it all


def organisations_in_region_of(organisation_id: UUID) -> frozenset[UUID]:
    """The organisations of the region an organisation stands in, and of every division below."""
    path = Organisation.objects.values_list("region__path", flat=True).filter(id=organisation_id).first()
    if path is None:
        return frozenset()
    return frozenset(Organisation.objects.filter(region__path__startswith=path).values_list("id", flat=True))


def _granted(actor: Actor, word: str, at: datetime) -> list[Right]:
    person_id = _person_id(actor)
    if person_id is None or actor.roles & keys_of("officer"):
        return []
    terms = Grant.objects.filter(person_id=person_id, since__lte=at, until__gt=at)
    return [right for grant in terms if word in grant.acts for right in rights_from_grant(grant)]


def rights_from_grant(grant: Grant) -> list[Right]:
    """A grant as rights: its organisation is either who made the records or who keeps them."""
    common: dict[str, Any] = {
        "fonds_ids": _one(grant.fonds_id),
        "categories": _one(grant.category),
        "department_ids": _one(grant.department_id),
        "year_from": grant.year_from,
        "year_to": grant.year_to,
        "classifications": up_to(grant.classification_max),
        "opening_marks": frozenset(grant.opening_marks) or None,
    }
    if grant.organisation_id is None:
        return [Right(**common)]
    own = frozenset({grant.organisation_id})
    return [Right(organisation_ids=own, **common), Right(custodian_ids=own, **common)]


def record_filter(
    actor: Actor, act: str = "record.entry", fields: Mapping[str, str] = RECORD_FIELDS, few: int = FEW
) -> Q:
    """A filter on records (or whatever ``fields`` describes) that keeps what the actor may see.

    With ``few`` 0 it leads to no row by itself, for a list that an index has in order already.
    """
    return any_of([right.as_query(fields, few) for right in rights_of(actor, act)])


def record_filters(actor: Actor, act: str = "record.entry") -> list[Q]:
    """What :func:`record_filter` keeps, right by right: each can be walked in order by an index."""
    queries = [right.as_query() for right in rights_of(actor, act)]
    return queries if queries and all(queries) else [any_of(queries)]


def any_of(queries: Sequence[Q]) -> Q:
    """The alternatives as one filter; without any, nothing is kept."""
    if not queries:
        return Q(pk__in=[])
    if any(not query for query in queries):
        return Q()
    whole = queries[0]
    for query in queries[1:]:
        whole |= query
    return whole


def _one(value: Any) -> frozenset[Any] | None:
    return None if value in (None, "") else frozenset({value})


def _person_id(actor: Actor) -> UUID | None:
    try:
        return UUID(actor.id)
    except ValueError:
        return None


def words_of(acts: Collection[str]) -> list[str]:
    """The record acts among the given words, in the order they widen."""
    return [act.removeprefix("record.") for act in RECORD_ACTS if act.removeprefix("record.") in acts]
