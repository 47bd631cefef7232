"""Documents opened from the vault: from the copy in use, or from a good backup."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import SYSTEM
from lantai.core.errors import NotFound, Unavailable
from lantai.ledger.api import append
from lantai.records.api import Document, DocumentRole

from .descriptions import event_row, new_event
from .inventories import newest
from .models import Copy, Event, VaultObject
from .ocfl import Inventory
from .stores import Store, open_stores
from .versions import read_inventory
from .watch.incidents import raise_incident

_USABLE = (Copy.State.VERIFIED, Copy.State.PENDING)


class VaultContent:
    """Answers where a held document is (``records.ports.ContentSource``)."""

    def open_document(self, document: Document) -> Path:
        """See :func:`open_document`."""
        return open_document(document)


def open_document(document: Document) -> Path:
    """The file of a document, or for page images their folder.

    A copy that turns out to be damaged is marked, told in the ledger, and passed over for the
    next good one.

    Raises:
        NotFound: the record does not stand in the vault, or no store holds the document whole.
    """
    row = VaultObject.objects.filter(record_id=document.record_id).first()
    if row is None:
        raise NotFound(_("该件尚未入库。"), subject=document.original_name)
    if row.state in {VaultObject.State.ERASING, VaultObject.State.ERASED}:
        raise NotFound(_("这件档案已依法销毁，只留著录。"), subject=document.original_name)
    copies = {copy.store: copy for copy in row.copies.filter(state__in=_USABLE, version=row.version)}
    for store in open_stores():
        copy = copies.get(store.facts.key)
        if copy is None:
            continue
        try:
            store.require_ready()
        except Unavailable:
            continue  # away is not damaged
        path = _find(store, row, document)
        if path is not None:
            return path
        mark_damaged(copy, row, _("打开文稿时发现文件缺失或大小不符：%s") % document.location)
    raise NotFound(
        _("这份文稿在所有副本上都无法读取。"),
        subject=document.original_name,
        remedy=_("请通知保管岗运行 lantai vault audit 与 repair。"),
    )


def _find(store: Store, row: VaultObject, document: Document) -> Path | None:
    """The document on one store, if the inventory is right and the size fits."""
    content = _inventory(store, row)
    if content is None:
        return None
    inventory, files = Inventory.parse(content), store.object_files(row.object_path)
    try:
        if document.role != DocumentRole.PAGE_IMAGES:
            path = inventory.content_path(document.location)
            return files.local_path(path) if files.size_bytes(path) == document.size_bytes else None
        pages = sorted(path for path in inventory.state() if path.startswith(f"{document.location}/"))
        paths = [inventory.content_path(page) for page in pages]
        whole = sum(map(files.size_bytes, paths)) == document.size_bytes
        if not (whole and paths):
            return None
        fetched = [files.local_path(path) for path in paths]  # every page, from a store elsewhere
        return fetched[0].parent
    except (KeyError, OSError):
        return None


def _inventory(store: Store, row: VaultObject) -> bytes | None:
    """The inventory the row names: at the root, or in its version's folder while a newer one is being placed."""
    meant = read_inventory(store, row.object_path, row.inventory_sha512)
    if meant is None:
        found = newest(store, row.object_path)
        if found and found[1].number > row.version:
            meant = read_inventory(store, row.object_path, row.inventory_sha512, f"v{row.version}")
    return meant


def mark_damaged(copy: Copy, row: VaultObject, detail: str, state: str = Copy.State.DAMAGED) -> None:
    """Notes that a copy is not whole, with its event and its ledger line; once for each damage."""
    with transaction.atomic():
        VaultObject.objects.select_for_update().get(
            id=row.id
        )  # first of all, as whoever writes a version does
        known = copy.state == state
        copy.state, copy.detail, copy.checked_at = state, detail, timezone.now()
        copy.save(update_fields=["state", "detail", "checked_at"])
        if known:
            return
        event = new_event(
            Event.Kind.FIXITY, SYSTEM, copy.checked_at, detail, store=copy.store, outcome="fail"
        )
        event_row(row.id, event).save(force_insert=True)
        append(
            act="vault.find_damage",
            actor=SYSTEM,
            subject=subject_of(row),
            after={"store": copy.store, "state": str(state)},
        )
        raise_incident(str(state), store=copy.store, row=row, detail=detail)


def subject_of(row: VaultObject) -> str:
    """The object as the ledger names it: by its record, or as a segment."""
    return f"record:{row.record_id}" if row.record_id else f"segment:{row.id}"
