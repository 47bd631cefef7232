"""Repair: a damaged or missing copy is made again from files that are proven good."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM, Actor
from lantai.core.digests import CHUNK_BYTES
from lantai.core.errors import Invalid, Unavailable
from lantai.core.language import gettext_noop
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.ledger.api import append, fill_prepared

from .allotment import allot, is_allotted
from .batches import open_batch
from .content import subject_of
from .descriptions import event_row, new_event
from .journal import recover
from .models import Copy, Event, Incident, VaultObject
from .ocfl import INVENTORY, OBJECT_DECLARATION, SIDECAR, Inventory
from .ocfl_validation import check_object
from .stores import Store, mounted_stores, open_store, reachable_stores
from .vouching import contradicts, is_vouched
from .watch.incidents import raise_incident, tell_mended


@dataclass(frozen=True, slots=True)
class Loss:
    """An object of which no good copy can be made any more.

    Attributes:
        subject: the record as people know it.
        files: what is lost of it; empty when the inventory itself is gone everywhere.
    """

    object_path: str
    subject: str
    files: tuple[str, ...]


@dataclass(slots=True)
class Repaired:
    """What a repair did; ``disputed`` are objects of which database and ledger do not agree."""

    repaired: int = 0
    losses: list[Loss] = field(default_factory=list)
    disputed: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)


class _Disputed(Exception):  # noqa: N818 - not a fault of ours
    """The copy is valid by itself, and the ledger does not vouch for what the database says instead."""


class _Lost(Exception):  # noqa: N818 - not a fault of ours
    """No store holds these files as they were."""

    def __init__(self, files: Sequence[str] = ()) -> None:
        super().__init__(", ".join(files))
        self.files = tuple(files)


def repair(
    store: str | None = None,
    limit: int | None = None,
    actor: Actor = SYSTEM,
    observe: Callable[[Repaired], None] | None = None,
) -> Repaired:
    """Makes every copy that is damaged, missing or behind again.

    Each file is taken from whichever store holds it with the right digest, so that two copies
    damaged in different places still give a whole one. The new copy is staged, read back and
    checked before it takes the place of the old one, which goes to quarantine. A stack of offline
    volumes that is mounted gives files, too.

    A copy that is valid by itself and other than the database says is replaced only if the ledger
    vouches for the database: a forged row must not have honest copies overwritten.

    Args:
        store: one store's key; all by default.
        limit: how many copies at most.
        actor: who asked.
        observe: called after each copy.
    """
    require(actor, "vault.repair")
    recover()
    result = Repaired()
    ready, result.away = reachable_stores()
    if not is_allotted():
        allot()
    for copy in _waiting(store, limit):
        target = next((candidate for candidate in ready if candidate.facts.key == copy.store), None)
        if target is None:
            continue
        try:
            _repair_copy(copy, target, [*ready, *mounted_stores()], actor)
            result.repaired += 1
        except _Lost as lost:
            loss = _tell_loss(copy.object, lost, actor)
            if loss not in result.losses:
                result.losses.append(loss)
        except _Disputed:
            copy.detail = _(
                "副本自身有效，与登记不符，而存证不支持登记：未修复，请运行 lantai vault reconcile。"
            )
            copy.save(update_fields=["detail"])
            if copy.object.object_path not in result.disputed:
                result.disputed.append(copy.object.object_path)
        if observe:
            observe(result)
    return result


def put_to_use(store: Store) -> None:
    """Prepares an empty place; nothing is done where the store stands already.

    Raises:
        Invalid: something else lies there.
    """
    location = home() / store.facts.location
    if not (location.exists() and any(location.iterdir())):
        prepare_store(store)
        return
    try:
        store.require_ready()
    except Unavailable as error:
        raise Invalid(
            _("这个位置不是空的。"), subject=str(location), remedy=_("请确认磁盘是否挂对。")
        ) from error


def prepare_store(store: Store) -> None:
    """Makes an empty place a store; its evidence is written, its copies are missing until repaired."""
    store.prepare()
    Copy.objects.filter(store=store.facts.key).update(
        state=Copy.State.MISSING, version=0, detail=gettext_noop("新启用的空盘，尚未补写"), verified_at=None
    )
    fill_prepared(store.facts.key)


def _waiting(store: str | None, limit: int | None) -> Iterator[Copy]:
    waiting = Copy.objects.exclude(state=Copy.State.VERIFIED).order_by("id")
    waiting = waiting.exclude(object__state=VaultObject.State.ERASING)
    if store is not None:
        waiting = waiting.filter(store=open_store(store).facts.key)
    left, page = limit, waiting.select_related("object__record")
    while rows := list(page[: 100 if left is None else min(100, left)]):
        yield from rows
        left = None if left is None else left - len(rows)
        page = waiting.select_related("object__record").filter(id__gt=rows[-1].id)


def _repair_copy(copy: Copy, target: Store, stores: Sequence[Store], actor: Actor) -> None:
    slot = str(copy.id)
    with open_batch("repair", [target]) as batch, transaction.atomic():
        # Holds off a new version of the same object until the swap is done.
        row = VaultObject.objects.select_for_update().get(id=copy.object_id)
        if contradicts(target, row) and not is_vouched(row, stores):
            raise _Disputed
        for path, content in _whole_object(row, stores):
            batch.write(slot, path, content)
        staged = check_object(target.staged(str(batch.id), slot))
        if staged.problems or staged.inventory_sha512 != row.inventory_sha512:
            raise _Lost([problem.path for problem in staged.problems])
        if row.state == VaultObject.State.ERASED:
            batch.erase({slot: row.object_path})  # what stood there was to be destroyed, not kept
        else:
            batch.swap(slot, row.object_path)
        now = timezone.now()
        before = {"store": copy.store, "state": copy.state, "detail": copy.detail}
        copy.state, copy.detail, copy.version = Copy.State.VERIFIED, "", row.version
        copy.checked_at = copy.verified_at = now
        copy.save(update_fields=["state", "detail", "version", "checked_at", "verified_at"])
        event = new_event(Event.Kind.RECOVERY, actor, now, before["detail"], store=copy.store)
        event_row(row.id, event).save(force_insert=True)
        if row.state == VaultObject.State.LOST:
            row.state = VaultObject.State.HELD
            row.save(update_fields=["state"])
        tell_mended(row, copy.store)
        append(act="vault.repair", actor=actor, subject=subject_of(row), before=before,
               after={"store": copy.store, "inventory": row.inventory_sha512})  # fmt: skip
        transaction.on_commit(batch.finish)


def _whole_object(row: VaultObject, stores: Sequence[Store]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Every file of the object with its proven bytes.

    Raises:
        _Lost: some file is good nowhere.
    """
    raw = next((found for store in stores if (found := _inventory_on(store, row))), None)
    if raw is None:
        raise _Lost
    inventory = Inventory.parse(raw)
    sources = {
        path: _good_source(row.object_path, path, digest, stores) for path, digest in inventory.manifest()
    }
    lost = sorted(path for path, source in sources.items() if source is None)
    if lost:
        raise _Lost(lost)
    sidecar = f"{row.inventory_sha512} {INVENTORY}\n".encode()
    yield OBJECT_DECLARATION[0], iter([OBJECT_DECLARATION[1]])
    for folder in ("", f"{inventory.head}/"):
        yield f"{folder}{INVENTORY}", iter([raw])
        yield f"{folder}{SIDECAR}", iter([sidecar])
    yield from _older_inventories(row, inventory, stores)
    for path, source in sources.items():
        if source is not None:
            yield path, _proven_pieces(source, row.object_path, path)


def _inventory_on(store: Store, row: VaultObject) -> bytes | None:
    """The inventory from the object's root, or the same from its newest version's folder."""
    for folder in ("", f"v{row.version}/"):
        try:
            raw = b"".join(_pieces(store, row.object_path, f"{folder}{INVENTORY}"))
        except OSError:
            continue
        if hashlib.sha512(raw).hexdigest() == row.inventory_sha512:
            return raw
    return None


def _good_source(object_path: str, path: str, sha512: str, stores: Sequence[Store]) -> Store | None:
    for store in stores:
        hasher = hashlib.sha512()
        try:
            for piece in _pieces(store, object_path, path):
                hasher.update(piece)
        except OSError:
            continue
        if hasher.hexdigest() == sha512:
            return store
    return None


def _older_inventories(
    row: VaultObject, inventory: Inventory, stores: Sequence[Store]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Inventories of earlier versions, where a store still has one that its sidecar vouches for.

    They are recommended, not required (OCFL 1.1 §3.7): the newest inventory tells all versions.
    """
    for version in inventory.document["versions"]:
        if version == inventory.head:
            continue
        for store in stores:
            try:
                raw = b"".join(_pieces(store, row.object_path, f"{version}/{INVENTORY}"))
                sidecar = b"".join(_pieces(store, row.object_path, f"{version}/{SIDECAR}"))
            except OSError:
                continue
            if sidecar == f"{hashlib.sha512(raw).hexdigest()} {INVENTORY}\n".encode():
                yield f"{version}/{INVENTORY}", iter([raw])
                yield f"{version}/{SIDECAR}", iter([sidecar])
                break


def _pieces(store: Store, object_path: str, path: str) -> Iterator[bytes]:
    with store.object_files(object_path).open(path) as source:
        while chunk := source.read(CHUNK_BYTES):
            yield chunk


def _proven_pieces(store: Store, object_path: str, path: str) -> Iterator[bytes]:
    """A file that was read whole a moment ago.

    Raises:
        Unavailable: it cannot be read any more.
    """
    try:
        yield from _pieces(store, object_path, path)
    except OSError as error:
        raise Unavailable(
            _("存储“%s”读到一半不再应答，这一份没有修复。") % store.facts.name,
            subject=f"{object_path}/{path}",
            remedy=_("请检查这个存储后再运行修复；它不能读时，会改用另一份副本。"),
        ) from error


def _tell_loss(row: VaultObject, lost: _Lost, actor: Actor) -> Loss:
    """Says plainly what is gone, once."""
    record = row.record
    subject = f"{record.reference_code} {record.title}".strip() if record else _("目录段 %s") % row.id
    with transaction.atomic():
        unknown = VaultObject.objects.filter(id=row.id).exclude(state=VaultObject.State.LOST)
        if unknown.update(state=VaultObject.State.LOST):
            note = _("所有副本均已损坏，丢失：%s") % ("、".join(lost.files) or _("对象清单"))
            event = new_event(Event.Kind.RECOVERY, actor, timezone.now(), note, outcome="fail")
            event_row(row.id, event).save(force_insert=True)
            append(
                act="vault.find_loss", actor=actor, subject=subject_of(row), after={"files": list(lost.files)}
            )
            raise_incident(Incident.Kind.LOST, row=row, detail=note)
    return Loss(row.object_path, subject, lost.files)
