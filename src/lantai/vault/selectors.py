"""What the vault's pages, commands and health check read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import LantaiError, NotFound
from lantai.core.figures import kept
from lantai.core.health import Health, ailing, healthy
from lantai.records.api import Document, record_for

from .allotment import unallotted
from .models import Audit, Batch, Copy, SegmentEntry, VaultObject
from .premis import FileFacts
from .protection import Shortfall, count_protection, protection, unprotected_count
from .stores import StoreFacts, copy_places, declared_stores, open_store, open_stores
from .versions import current_version

FILES_SHOWN = 200
"""How many files of an object its page lists."""


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How one store fares.

    Attributes:
        trouble: why the store cannot be used; empty when it can.
        absent: objects that are to stand here and of which no row tells yet.
    """

    facts: StoreFacts
    is_elsewhere: bool
    is_other_medium: bool
    trouble: str
    free_bytes: int | None
    verified: int
    pending: int
    damaged: int
    missing: int
    absent: int
    last_audit: Audit | None

    @property
    def expected(self) -> int:
        """How many objects the store should hold."""
        return self.verified + self.unverified

    @property
    def unverified(self) -> int:
        """How many of them are not known to be good."""
        return self.pending + self.damaged + self.missing + self.absent

    @property
    def kind_words(self) -> str:
        """异地 and 异质, computed from site and medium."""
        words = [_("异地")] if self.is_elsewhere else []
        words += [_("异质")] if self.is_other_medium else []
        return "、".join(words) or ("" if self.facts.purpose == "use" else _("同地同质"))


@dataclass(frozen=True, slots=True)
class VaultHealth:
    """How the whole vault fares."""

    stores: Sequence[StoreHealth]
    objects_count: int
    records_count: int
    entries_count: int
    size_bytes: int
    unprotected: int
    shortfalls: Sequence[Shortfall]
    counted_at: datetime
    lost: int
    last_batch: Batch | None

    @property
    def protected(self) -> int:
        """Objects of which every copy its policy asks for is verified."""
        return self.objects_count - self.unprotected

    @property
    def is_sound(self) -> bool:
        """Whether nothing asks for a hand."""
        return not (self.unprotected or self.lost or any(store.trouble for store in self.stores))


def vault_health() -> VaultHealth:
    """Figures of the vault and of each store."""
    held, _at = kept("holdings", _count_holdings)
    totals, declared = held["totals"], declared_stores()
    stores = [_store_health(facts, declared[0], held["copies"].get(facts.key, {})) for facts in declared]
    ruled, counted_at = protection()
    return VaultHealth(
        stores=stores,
        objects_count=totals["objects"],
        records_count=totals["records"],
        entries_count=totals["entries"],
        size_bytes=totals["size"] or 0,
        unprotected=unprotected_count(ruled),
        shortfalls=ruled,
        counted_at=counted_at,
        lost=VaultObject.objects.filter(state=VaultObject.State.LOST).count(),
        last_batch=Batch.objects.filter(objects_count__gt=0).order_by("-committed_at").first(),
    )


def count_vault() -> None:
    """Counts anew for pages that must not wait for it; run by the worker."""
    kept("holdings", _count_holdings, fresh=True)
    count_protection()


def _count_holdings() -> dict[str, Any]:
    """Objects in all, and copies by store and state."""
    totals = VaultObject.objects.aggregate(
        objects=Count("id"),
        records=Count("id", filter=Q(kind=VaultObject.Kind.RECORD)),
        size=Sum("size_bytes"),
    )
    copies: dict[str, dict[str, int]] = {}
    for store, state, number in Copy.objects.values_list("store", "state").annotate(n=Count("id")).order_by():
        copies.setdefault(store, {})[state] = number
    return {"totals": {**totals, "entries": SegmentEntry.objects.count()}, "copies": copies}


def _store_health(facts: StoreFacts, use: StoreFacts, counts: Mapping[str, int]) -> StoreHealth:
    trouble, free_bytes = "", None
    try:
        store = open_store(facts.key)
        store.require_ready()
        free_bytes = store.free_bytes()
    except (LantaiError, OSError) as error:
        trouble = str(error)
    return StoreHealth(
        facts=facts,
        is_elsewhere=facts.is_elsewhere(use),
        is_other_medium=facts.is_other_medium(use),
        trouble=trouble,
        free_bytes=free_bytes,
        verified=counts.get(Copy.State.VERIFIED, 0),
        pending=counts.get(Copy.State.PENDING, 0),
        damaged=counts.get(Copy.State.DAMAGED, 0),
        missing=counts.get(Copy.State.MISSING, 0),
        absent=unallotted(facts.key),
        last_audit=Audit.objects.filter(store=facts.key).order_by("-finished_at").first(),
    )


def unverified_copies() -> QuerySet[Copy]:
    """Copies that are not known to be good, and why."""
    return Copy.objects.exclude(state=Copy.State.VERIFIED).select_related("object__record", "object__fonds")


def copies_of(record_id: UUID) -> Iterable[Copy]:
    """The copies of the object that holds a record, by store; of its segment for a catalogue entry."""
    row = object_of(record_id)
    return row.copies.select_related("object").order_by("store") if row else Copy.objects.none()


def object_of(record_id: UUID) -> VaultObject | None:
    """The object that holds a record, or the segment that holds its entry."""
    return VaultObject.objects.filter(Q(record_id=record_id) | Q(entries__record_id=record_id)).first()


def ledger_subjects(record_id: UUID) -> Iterable[str]:
    """The batches in which a record was ingested, as the ledger names them."""
    row = object_of(record_id)
    return row.events.filter(note__startswith="batch:").values_list("note", flat=True) if row else []


def object_for(record_id: UUID, actor: Actor) -> VaultObject:
    """The object of a record the actor may know of.

    Raises:
        NotFound: there is no such record for this reader, or it does not stand in the vault.
    """
    record_for(record_id, actor)
    row = object_of(record_id)
    if row is None:
        raise NotFound(_("这件档案还没有入总库。"), remedy=_("移交进馆后才会有保存副本。"))
    return row


def copy_facts(copies: Iterable[Copy]) -> list[tuple[Copy, StoreFacts | None]]:
    """Copies with what is known of their stores, the one in use first."""
    places = {facts.key: facts for facts in copy_places()}
    order = {key: number for number, key in enumerate(places)}
    known = [(copy, places.get(copy.store)) for copy in copies]
    return sorted(known, key=lambda pair: order.get(pair[0].store, len(order)))


def files_of(row: VaultObject, after: str = "") -> tuple[list[FileFacts], str]:
    """The newest version's files as its ``premis.xml`` tells them, from the first store that has it.

    Returns:
        up to :data:`FILES_SHOWN` of them by path, those that follow the path ``after``; and the
        path after which the list goes on, empty at its end.
    """
    for store in open_stores():
        current = current_version([store], row)
        if current is not None:
            following = sorted((file for file in current.files if file.path > after), key=lambda f: f.path)
            shown = following[:FILES_SHOWN]
            return shown, shown[-1].path if len(following) > FILES_SHOWN else ""
    return [], ""


def names_of(row: VaultObject) -> dict[str, str]:
    """How files of an object were called when they came, by their path in it."""
    if row.record_id is None:
        return {}
    return dict(Document.objects.filter(record=row.record_id).values_list("location", "original_name"))


def check_copies() -> Health:
    """For ``lantai doctor``: whether every copy the vault should hold is known to be good."""
    title = _("总库副本")
    counts = Copy.objects.aggregate(
        bad=Count("id", filter=Q(state__in=[Copy.State.DAMAGED, Copy.State.MISSING])),
        total=Count("id"),
        last=Max("checked_at"),
    )
    lost = VaultObject.objects.filter(state=VaultObject.State.LOST).count()
    if lost:
        return ailing(
            title,
            _("%s 个对象已无完好副本") % lost,
            _("运行 lantai vault repair 查看丢失的文件，从离线备份或移交单位取回。"),
        )
    if counts["bad"]:
        return ailing(title, _("%s 份副本损坏或缺失") % counts["bad"], _("运行 lantai vault repair。"))
    return healthy(title, _("%s 份，无已知损坏") % counts["total"])
