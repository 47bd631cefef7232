"""Allotment: which stores an object goes to, as the rule it falls under asks.

A copy's row says that its object is to stand, or stands, on that store. :func:`allot` keeps the rows
true to the rules and the declared stores: it adds rows for copies to be written, and withdraws those
of copies that nobody asks for any more and that were never written. A copy that was written stays:
no change of a rule ever removes bytes; it is counted, told, and read again like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from lantai.core.models import Figures
from lantai.core.walks import keys_by_piece
from lantai.records.api import Record

from .descriptions import in_chunks
from .models import Copy, VaultObject
from .policy import PolicyTerms, chosen_stores, general_terms, policies, ruled, terms_of
from .stores import declared_stores, reachable_stores

_KEPT = "allotment"
"""Under this name the rules and stores are kept by which rows were allotted last."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """The stores that each rule in force chooses; made anew for each batch, never kept."""

    stores: Mapping[tuple[UUID | None, str], tuple[str, ...]]

    @classmethod
    def in_force(cls) -> Allotment:
        """As the rules stand now."""
        stores = {(row.fonds_id, row.category): chosen_stores(terms_of(row)) for row in policies()}
        stores.setdefault((None, ""), chosen_stores(general_terms()))
        return cls(stores)

    @property
    def told(self) -> list[list[str]]:
        """The rules with the stores each chooses: while this is the same, so are the rows of copies."""
        return sorted(
            [str(fonds_id or ""), category, *keys] for (fonds_id, category), keys in self.stores.items()
        )

    def stores_for(self, fonds_id: UUID | None, category: str = "") -> tuple[str, ...]:
        """Keys of the stores for a class of a fonds; a segment belongs to no class, papers to no fonds."""
        scopes = ((fonds_id, category), (fonds_id, ""), (None, category), (None, ""))
        return next(self.stores[scope] for scope in scopes if scope in self.stores)

    def stores_of_records(self, record_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        """Keys of the stores for the objects of records that have content."""
        found: dict[UUID, tuple[str, ...]] = {}
        for ids in in_chunks(record_ids):
            rows = Record.objects.filter(id__in=ids).values_list("id", "fonds_id", "scheme__category")
            found |= {key: self.stores_for(fonds_id, category) for key, fonds_id, category in rows}
        return found

    def stores_of_objects(self, rows: Iterable[VaultObject]) -> dict[UUID, tuple[str, ...]]:
        """Keys of the stores for objects, by object."""
        rows = list(rows)
        if len(set(self.stores.values())) == 1:
            return dict.fromkeys((row.id for row in rows), self.stores_for(None))
        of_records = self.stores_of_records([row.record_id for row in rows if row.record_id])
        return {
            row.id: of_records[row.record_id] if row.record_id else self.stores_for(row.fonds_id)
            for row in rows
        }


def stores_for_new(rows: Iterable[VaultObject]) -> dict[UUID, tuple[str, ...]]:
    """Keys of the stores for objects that are being written, by object; in the caller's transaction.

    Where rules or stores are other than at the last allotment, that one no longer speaks for every
    object and is forgotten: a store left out of ``vault.toml`` for a while and declared again would
    else never be asked for what was written meanwhile.
    """
    allotment = Allotment.in_force()
    kept = Figures.objects.filter(key=_KEPT).first()
    if kept is not None and kept.figures != allotment.told:
        kept.delete()
    return allotment.stores_of_objects(rows)


@dataclass(frozen=True, slots=True)
class Allotted:
    """What changed: rows of copies to be written, and of copies that need not be written any more."""

    added: int
    withdrawn: int


def allot() -> Allotted:
    """Makes the rows of copies say what the rules in force ask for."""
    asked_by = Allotment.in_force().told
    ready = [store.facts.key for store in reachable_stores()[0]]
    added = withdrawn = 0
    for _scope, terms, rows in ruled():
        chosen = chosen_stores(terms)
        for key in chosen:
            for ids in keys_by_piece(lacking_rows(rows, key)):
                made = Copy.objects.bulk_create(
                    (Copy(object_id=object_id, store=key) for object_id in ids), ignore_conflicts=True
                )
                added += len(made)
        # On a store that is away something may stand that a rebuild could not see.
        needless = Copy.objects.filter(store__in=[key for key in ready if key not in chosen], version=0)
        held = rows.filter(state=VaultObject.State.HELD)
        withdrawn += needless.filter(object__in=held.values("id")).delete()[0]
    Figures.objects.update_or_create(
        key=_KEPT, defaults={"figures": asked_by, "seconds": 0, "counted_at": timezone.now()}
    )
    return Allotted(added, withdrawn)


def lacking_rows(rows: QuerySet[VaultObject], store: str) -> QuerySet[VaultObject]:
    """Objects of which no row tells that they are to stand on a store."""
    return rows.exclude(id__in=Copy.objects.filter(store=store).values("object_id"))


def unallotted(store: str) -> int:
    """Objects that a rule wants on a store and no row tells of yet; none while nothing changed."""
    if is_allotted():
        return 0
    return sum(
        lacking_rows(rows, store).count() for _scope, terms, rows in ruled() if store in chosen_stores(terms)
    )


def is_allotted() -> bool:
    """Whether rules and stores are still those by which rows were allotted last."""
    kept = Figures.objects.filter(key=_KEPT).first()
    return kept is not None and kept.figures == Allotment.in_force().told


def surplus_copies(terms: PolicyTerms, rows: QuerySet[VaultObject]) -> QuerySet[Copy]:
    """Copies of a rule's objects that were written to stores the rule does not need."""
    chosen = chosen_stores(terms)
    needless = [facts.key for facts in declared_stores() if facts.key not in chosen]
    held = rows.filter(state=VaultObject.State.HELD)
    return Copy.objects.filter(store__in=needless, version__gt=0, object__in=held.values("id"))
