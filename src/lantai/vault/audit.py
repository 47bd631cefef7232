"""Fixity audit: every object on a store is read again, those unseen longest first."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.ports import require
from lantai.ledger.api import append

from .content import mark_damaged
from .crew import FAR_AHEAD, MANY_AT_ONCE, spread
from .descriptions import in_chunks
from .journal import paths_in_flight
from .models import Audit, Copy, VaultObject
from .ocfl_validation import Checked, check_object
from .proving import prove_at
from .stores import ObjectFiles, Store, open_store

STRAYS_TOLD = 100
"""How many stray objects one audit names."""
CHUNK = 500
_DUE = ("id", "checked_at", "version", "object__version", "object__object_path", "object__inventory_sha512")


@dataclass(slots=True)
class Audited:
    """What an audit found.

    Attributes:
        strays: objects that lie on the store and that no row knows, at most ``STRAYS_TOLD``.
        findings: object path and what is wrong with it.
    """

    store: str
    objects_count: int = 0
    size_bytes: int = 0
    damaged: int = 0
    missing: int = 0
    seconds: float = 0.0
    strays: list[str] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether everything looked at is as it should be."""
        return not (self.damaged or self.missing or self.strays)


def audit(
    store: str,
    limit: int | None = None,
    actor: Actor = SYSTEM,
    observe: Callable[[Audited], None] | None = None,
    *,
    unseen: bool = False,
) -> Audited:
    """Reads objects of a store and holds every byte against its digests and the database.

    It finds what was flipped, cut, deleted or added, and an object replaced by another valid
    one, because the database knows the digest of every inventory. Results stand on the copies;
    damage is told in the ledger at once, the run when it ends.

    Args:
        store: the store's key.
        limit: how many objects at most; without it all, and stray objects are looked for too.
        actor: who asked.
        observe: called after each chunk with the figures so far.
        unseen: only what was written there and nobody has read yet.

    Raises:
        Unavailable: the store is away. Nothing is marked: away is not damaged.
    """
    require(actor, "vault.audit")
    opened = open_store(store)
    opened.require_ready()
    started, clock = timezone.now(), time.monotonic()
    # What was looked at in a future that a wrong clock once told is as good as never seen.
    Copy.objects.filter(store=store, checked_at__gt=started).update(checked_at=None)
    result = Audited(store)
    for looks in in_chunks(_looks(opened, islice(_due(store, started, unseen=unseen), limit))):
        _settle(opened, looks, result)
        result.seconds = time.monotonic() - clock
        if observe:
            observe(result)
    if limit is None and not unseen:
        result.strays = stray_objects(opened)
    result.seconds = time.monotonic() - clock
    record_audit(result, started, actor)
    return result


class _Due(NamedTuple):
    """A copy to be looked at, and what its object must be."""

    id: UUID
    checked_at: datetime | None
    version: int
    object_version: int
    object_path: str
    inventory_sha512: str


def _due(store: str, started: datetime, *, unseen: bool = False) -> Iterator[_Due]:
    """Copies not looked at since the audit began, unseen ones first, the longest unseen next."""
    copies = Copy.objects.filter(store=store).exclude(object__state=VaultObject.State.ERASING)
    if unseen:
        copies = copies.filter(version__gt=0)
    for is_first in (True,) if unseen else (True, False):
        waiting = copies.filter(checked_at=None) if is_first else copies.filter(checked_at__lt=started)
        page = waiting.order_by("checked_at", "id")
        while rows := [_Due(*values) for values in page.values_list(*_DUE)[:CHUNK]]:
            yield from rows
            at, last = rows[-1].checked_at, rows[-1].id
            later = Q(id__gt=last) if is_first else Q(checked_at=at, id__gt=last) | Q(checked_at__gt=at)
            page = waiting.filter(later).order_by("checked_at", "id")


def _looks(store: Store, due: Iterable[_Due]) -> Iterator[tuple[_Due, int | None]]:
    """Each copy with its size in bytes, if it is whole; read ahead of what is fetched."""
    asked: deque[_Due] = deque()

    def wanted() -> Iterator[tuple[str, str]]:
        for copy in due:
            asked.append(copy)
            yield copy.object_path, copy.inventory_sha512

    proven = spread(
        partial(prove_at, store), wanted(), crosses=store.crosses, at_once=MANY_AT_ONCE, ahead=FAR_AHEAD
    )
    for size_bytes in proven:
        yield asked.popleft(), size_bytes


def _settle(store: Store, looks: Sequence[tuple[_Due, int | None]], result: Audited) -> None:
    """Puts the outcome on each copy; what could not be proven is checked clause by clause."""
    whole = {copy.id: size_bytes for copy, size_bytes in looks
             if size_bytes is not None and copy.version == copy.object_version}  # fmt: skip
    with transaction.atomic():
        now = timezone.now()
        Copy.objects.filter(id__in=whole).update(
            state=Copy.State.VERIFIED, detail="", checked_at=now, verified_at=now
        )
    result.objects_count += len(whole)
    result.size_bytes += sum(whole.values())
    others = [copy.id for copy, _size in looks if copy.id not in whole]
    if others:
        look_at(store, list(Copy.objects.filter(id__in=others).select_related("object")), result)


def look_at(
    store: Store,
    copies: Sequence[Copy],
    result: Audited,
    reading: Callable[[ObjectFiles], ObjectFiles] | None = None,
) -> None:
    """Reads these copies and puts the outcome on each, in one transaction.

    Args:
        store: one that is ready.
        copies: with their objects.
        result: takes the figures.
        reading: put around each object's files; how the continuous audit keeps its pace.
    """

    def check(copy: Copy) -> Checked:
        files = store.object_files(copy.object.object_path)
        return check_object(reading(files) if reading else files)

    checks = list(spread(check, copies))
    if any(checked.problems for checked in checks):
        store.require_ready()  # a disk that went away meanwhile has damaged nothing
    with transaction.atomic():
        for copy, checked in zip(copies, checks, strict=True):
            result.objects_count += 1
            result.size_bytes += checked.size_bytes
            _judge(copy, checked, result)


def _judge(copy: Copy, checked: Checked, result: Audited) -> None:
    """Puts the outcome on the copy."""
    row = copy.object
    if checked.inventory_sha512 != row.inventory_sha512:
        row = VaultObject.objects.get(id=row.id)  # a version may have been added since
        if row.state == VaultObject.State.ERASING:
            return
    state, detail = _outcome(row, checked)
    if state in {Copy.State.DAMAGED, Copy.State.MISSING}:
        if copy.version == 0:  # never written there: it waits for repair, nothing was lost
            state = Copy.State.PENDING
        else:
            mark_damaged(copy, row, detail, state)
            result.damaged += state == Copy.State.DAMAGED
            result.missing += state == Copy.State.MISSING
            result.findings.append((row.object_path, detail))
            return
    now = timezone.now()
    copy.state, copy.detail, copy.checked_at = state, detail, now
    if state == Copy.State.VERIFIED:
        copy.verified_at, copy.version = now, row.version
    copy.save(update_fields=["state", "detail", "checked_at", "verified_at", "version"])


def _outcome(row: VaultObject, checked: Checked) -> tuple[str, str]:
    if checked.is_absent:
        return Copy.State.MISSING, _("存储上没有这个对象。")
    # The specification only recommends an inventory in each version's folder; we wrote one.
    problems = [*checked.problems, *(told for told in checked.warnings if told.code == "W010")]
    if problems:
        told = "；".join(f"{p.path}：{p.message}（{p.code}）" for p in problems[:5])
        more = len(problems) - 5
        return Copy.State.DAMAGED, told + (_("；另有 %s 处") % more if more > 0 else "")
    if checked.inventory_sha512 == row.inventory_sha512:
        return Copy.State.VERIFIED, ""
    inventory = checked.inventory
    if inventory and inventory.id == row.object_id and inventory.number < row.version:
        return Copy.State.DAMAGED, _("副本停留在旧版本 %s。") % inventory.head
    return Copy.State.DAMAGED, _("对象被另一个自身有效的对象替换，其清单与登记不符。")


def stray_objects(store: Store) -> list[str]:
    """Objects on the store that no row knows, batches under way left out."""
    strays: list[str] = []
    for paths in in_chunks(store.object_paths()):
        known = set(VaultObject.objects.filter(object_path__in=paths).values_list("object_path", flat=True))
        strays += [path for path in paths if path not in known]
        if len(strays) > STRAYS_TOLD:
            break
    moving = paths_in_flight() if strays else set()
    known = set(VaultObject.objects.filter(object_path__in=strays).values_list("object_path", flat=True))
    return [path for path in strays if path not in moving | known][:STRAYS_TOLD]


def record_audit(result: Audited, started: datetime, actor: Actor) -> None:
    """Keeps what an audit found: a row for people, a line in the ledger."""
    with transaction.atomic():
        Audit.objects.create(
            store=result.store,
            started_at=started,
            finished_at=timezone.now(),
            objects_count=result.objects_count,
            size_bytes=result.size_bytes,
            damaged=result.damaged,
            missing=result.missing,
            strays=result.strays,
        )
        append(
            act="vault.audit",
            actor=actor,
            subject=f"store:{result.store}",
            after={"damaged": result.damaged, "missing": result.missing, "strays": result.strays},
            count=result.objects_count,
        )
