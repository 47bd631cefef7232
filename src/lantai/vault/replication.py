"""Replication: a store that lacks objects is given them, many in a batch, from a store that has them.

A store added later, a disk replaced by an empty one, a backup that was away during an ingest: each
has copies that were never written. Those are written here; what is damaged, behind, or not whole
on any one store is :mod:`.repair`'s. Every byte is digested on its way and held against the
inventory the database knows. A batch stands or is taken back like any other, so an interrupted
replication goes on where it was. On a store elsewhere the copies are read back when all are
written: by an audit, which takes what nobody has read yet first.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Invalid
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.ledger.api import append

from .allotment import allot, is_allotted, unallotted
from .audit import audit
from .batches import StagedBatch, open_batch
from .crew import MANY_AT_ONCE, spread
from .found import inventory_at, read_small
from .journal import recover
from .models import Copy, VaultObject
from .ocfl import INVENTORY, OBJECT_DECLARATION, SIDECAR, Inventory, sidecar_digest
from .placing import commitment
from .staging import ToCopy, copy_sha512
from .stores import Placement, Store, WritesInPlace, open_store, reachable_stores

GROUP = 500
GROUP_BYTES = 2**30
"""A batch has at most so many objects, and is closed when it holds so many bytes."""


@dataclass(slots=True)
class Replicated:
    """What a replication wrote; ``left`` are copies that only a repair can make."""

    store: str
    copies: int = 0
    size_bytes: int = 0
    left: int = 0
    seconds: float = 0.0
    proven_seconds: float = 0.0
    """Of which reading back took so long; nothing where every byte was proven as it was written."""


class _Wanted(NamedTuple):
    id: UUID
    object: UUID
    path: str
    inventory_sha512: str
    version: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """One object to be copied: small files at hand, content by path with what each must digest to."""

    wanted: _Wanted
    small: dict[str, bytes]
    content: dict[str, str]
    files: tuple[ToCopy, ...]

    @property
    def placement(self) -> Placement:
        """As a whole: all versions are placed at once, and known by the first one's inventory."""
        first = hashlib.sha512(self.small[f"v1/{INVENTORY}"]).hexdigest()
        return Placement(str(self.wanted.id), self.wanted.path, 1, first)


def replicate(
    store: str,
    limit: int | None = None,
    actor: Actor = SYSTEM,
    observe: Callable[[Replicated], None] | None = None,
) -> Replicated:
    """Writes every copy that a store is to hold and never held, as the rules in force ask.

    Args:
        store: the store's key.
        limit: how many copies at most.
        actor: who asked.
        observe: called after each batch.

    Raises:
        Unavailable: the store is away or cannot be written; what was written before stands.
    """
    require(actor, "vault.repair")
    recover()
    target = open_store(store)
    target.require_ready()
    ready, _away = reachable_stores()
    sources = [source for source in ready if source.facts.key != store]
    if not is_allotted():
        allot()
    result, clock = Replicated(store), time.monotonic()
    with _alone(store):
        for group in _groups(islice(_lacking(store), limit)):
            _replicate(target, sources, group, actor, result)
            result.seconds = time.monotonic() - clock
            if observe:
                observe(result)
    if result.copies and isinstance(target, WritesInPlace):
        result.proven_seconds = audit(store, unseen=True).seconds
        result.seconds = time.monotonic() - clock
    return result


@contextmanager
def _alone(store: str) -> Iterator[None]:
    """One replication of a store at a time: two would write the same objects. The second waits."""
    with (home() / "vault" / f"replicating-{store}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lacking_copies(store: str) -> int:
    """How many copies a store is to hold and was never given, also those no row tells of yet."""
    return unallotted(store) + _never_written(store).count()


def _never_written(store: str) -> models.QuerySet[Copy]:
    states = [Copy.State.PENDING, Copy.State.MISSING]
    return Copy.objects.filter(store=store, version=0, state__in=states, object__state=VaultObject.State.HELD)


def _lacking(store: str) -> Iterator[_Wanted]:
    about = ("object_path", "inventory_sha512", "version", "size_bytes")
    columns = ("id", "object_id", *(f"object__{name}" for name in about))
    page = _never_written(store).order_by("id")
    rows = [_Wanted(*values) for values in page.values_list(*columns)[:GROUP]]
    while rows:
        yield from rows
        rows = [_Wanted(*values) for values in page.filter(id__gt=rows[-1].id).values_list(*columns)[:GROUP]]


def _groups(wanted: Iterator[_Wanted]) -> Iterator[list[_Wanted]]:
    group: list[_Wanted] = []
    for item in wanted:
        group.append(item)
        if len(group) == GROUP or sum(each.size_bytes for each in group) >= GROUP_BYTES:
            yield group
            group = []
    if group:
        yield group


def _replicate(
    target: Store, sources: Sequence[Store], group: Sequence[_Wanted], actor: Actor, result: Replicated
) -> None:
    with open_batch("replicate", [target]) as batch:
        planned = spread(partial(_plan, target, sources), group, at_once=MANY_AT_ONCE)
        plans = [plan for plan in planned if plan]
        direct = target if isinstance(target, WritesInPlace) else None
        staged = _write(batch, target, direct, plans) if direct else _stage(batch, plans)
        with transaction.atomic():
            standing = dict(
                VaultObject.objects.select_for_update()
                .filter(id__in=[plan.wanted.object for plan in staged], state=VaultObject.State.HELD)
                .values_list("id", "inventory_sha512")
            )  # a version or an erasure may have come in between: repair brings the copy up
            kept = [
                plan for plan in staged if standing.get(plan.wanted.object) == plan.wanted.inventory_sha512
            ]
            standing_ids = {plan.wanted.id for plan in kept}
            for plan in staged if direct else ():
                if plan.wanted.id not in standing_ids:
                    target.take_back(plan.placement)
            _commit(batch, target, kept, actor)
    result.copies += len(kept)
    result.left += len(group) - len(kept)
    result.size_bytes += sum(plan.wanted.size_bytes for plan in kept)


def _plan(target: Store, sources: Sequence[Store], wanted: _Wanted) -> _Plan | None:
    """What to copy from the first store that has the object's inventories whole."""
    path = wanted.path
    if target.is_claimed(path) if isinstance(target, WritesInPlace) else inventory_at(target, path):
        return None  # something stands there that no row vouches for
    for source in sources:
        try:
            small, inventory = _small_files(source, wanted)
            content = dict(inventory.manifest())
            local = source.object_files(wanted.path).local_path
            files = tuple(ToCopy(str(wanted.id), path, str(local(path))) for path in content)
        except (OSError, Invalid, KeyError):
            continue
        return _Plan(wanted, small, content, files)
    return None


def _small_files(source: Store, wanted: _Wanted) -> tuple[dict[str, bytes], Inventory]:
    """Declaration, inventories and sidecars of every version, each proven."""
    raw = read_small(source, wanted.path, INVENTORY)
    if hashlib.sha512(raw).hexdigest() != wanted.inventory_sha512:
        raise Invalid(INVENTORY)
    inventory = Inventory.parse(raw)
    small = {OBJECT_DECLARATION[0]: OBJECT_DECLARATION[1]}
    for folder in ("", *(f"{version}/" for version in inventory.document["versions"])):
        told = (
            raw
            if folder in {"", f"{inventory.head}/"}
            else read_small(source, wanted.path, f"{folder}{INVENTORY}")
        )
        sidecar = read_small(source, wanted.path, f"{folder}{SIDECAR}")
        if sidecar_digest(sidecar) != hashlib.sha512(told).hexdigest():
            raise Invalid(SIDECAR)
        small |= {f"{folder}{INVENTORY}": told, f"{folder}{SIDECAR}": sidecar}
    return small, inventory


def _write(batch: StagedBatch, target: Store, direct: WritesInPlace, plans: Sequence[_Plan]) -> list[_Plan]:
    """Writes objects where they will stand; one that turns out not to be whole is taken back."""
    batch.expect([(target, plan.placement) for plan in plans])
    written = spread(partial(_write_object, direct), plans, at_once=MANY_AT_ONCE)
    whole = []
    for plan, is_whole in zip(plans, written, strict=True):
        if is_whole:
            whole.append(plan)
        elif is_whole is False:
            target.take_back(plan.placement)
    return whole


def _write_object(direct: WritesInPlace, plan: _Plan) -> bool | None:
    """Whether every byte sent was what the inventory says; ``None`` if somebody else writes it."""
    object_path, small = plan.wanted.path, dict(plan.small)
    if not direct.claim(object_path, small.pop(f"v1/{INVENTORY}")):
        return None
    standing = {path: small.pop(path) for path in (SIDECAR, INVENTORY)}
    for file in plan.files:
        try:
            descriptor = os.open(file.source, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb", buffering=0) as source:
                if direct.write(object_path, file.path, source) != plan.content[file.path]:
                    return False
        except OSError:
            return False
    direct.write_small(object_path, small)
    direct.write_small(object_path, standing)
    return True


def _stage(batch: StagedBatch, plans: Sequence[_Plan]) -> list[_Plan]:
    """Copies content; an object of which a file is not what it must be is left out."""
    whole: list[_Plan] = []
    with closing(batch.each(copy_sha512, (file for plan in plans for file in plan.files))) as copies:
        for plan in plans:
            digests = list(islice(copies, len(plan.files)))
            if digests == [plan.content[file.path] for file in plan.files]:
                batch.put(str(plan.wanted.id), plan.small)
                whole.append(plan)
            else:
                batch.unstage(str(plan.wanted.id))
    return whole


def _commit(batch: StagedBatch, target: Store, plans: Sequence[_Plan], actor: Actor) -> None:
    if not plans:
        batch.finish()
        return
    now = timezone.now()
    if isinstance(target, WritesInPlace):
        target.sync()
        told: dict[str, Any] = {"state": Copy.State.PENDING, "checked_at": None}
    else:
        batch.place([(target, plan.placement) for plan in plans])
        told = {"state": Copy.State.VERIFIED, "checked_at": now, "verified_at": now}
    batch.record(len(plans), sum(plan.wanted.size_bytes for plan in plans))
    for version in {plan.wanted.version for plan in plans}:
        ids = [plan.wanted.id for plan in plans if plan.wanted.version == version]
        Copy.objects.filter(id__in=ids).update(version=version, detail="", **told)
    append(
        act="vault.replicate",
        actor=actor,
        subject=f"store:{target.facts.key}",
        after=commitment((plan.wanted.path, plan.wanted.inventory_sha512) for plan in plans),
        count=len(plans),
    )
