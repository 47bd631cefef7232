"""What a crash or a lost database leaves of villages' backups: taken back where unfinished, taken in where whole.

Each object holds its own sealed receipt, so that the stores alone tell whose it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.canonical import canonical_json
from lantai.core.errors import LantaiError
from lantai.core.seals import Seal, verify
from lantai.core.settings import home
from lantai.institutions.api import Organisation, archive_for
from lantai.ledger.api import append, entries_for

from ..ocfl_validation import check_object
from ..stores import Store
from . import keeping
from .models import VillageBackup

PURPOSE = "vault.village_receipt"
LEFT_AFTER = timedelta(days=1)
"""What is under way for so long was left by a crash; no upload takes a day."""

_RECEIPT_BYTES = 4 * 2**20


@contextmanager
def under_way(backup_id: UUID) -> Iterator[None]:
    """Marks a backup as being written, on disk, so that a crash leaves word of it."""
    mark = _marks() / str(backup_id)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def discard_left() -> int:
    """Clears what uploads staged that a crash ended; returns how many."""
    left = [mark for mark in _marks().glob("*") if _age(mark) > LEFT_AFTER]
    if left:
        stores = keeping.apart()
        for mark in left:
            for store in stores:
                store.discard(mark.name)
            mark.unlink(missing_ok=True)
    return len(left)


def adopt() -> int:
    """Enters whole backups that no row tells of; returns how many.

    A backup is entered when its receipt is ours, its village is known and did not withdraw it. One
    whose files the village has sent again under the same key is a second of the same, and goes.
    """
    stores, entered = keeping.apart(), 0
    for store in stores:
        for path in list(_unknown(store)):
            receipt = _receipt(store, path)
            if receipt is not None and _enter(store, path, receipt["facts"], receipt, stores):
                entered += 1
    return entered


def was_withdrawn(backup_id: object) -> bool:
    """Whether the ledger tells that the village withdrew a backup, whatever an older row says."""
    told = entries_for(f"village_backup:{backup_id}")
    return told.filter(act="vault.withdraw_village_backup").exists()


def is_ours(receipt: Mapping[str, Any]) -> bool:
    """Whether a receipt bears our seal and is unchanged."""
    return verify(Seal.from_dict(receipt["seal"]), PURPOSE, canonical_json(receipt["facts"]))


def _enter(
    store: Store, path: str, facts: Mapping[str, Any], receipt: Mapping[str, Any], stores: list[Store]
) -> bool:
    received_at = datetime.fromisoformat(facts["received_at"])
    subject = f"village_backup:{facts['backup']}"
    village = Organisation.objects.filter(code=facts["village_code"]).first()
    if village is None or was_withdrawn(facts["backup"]) or timezone.now() - received_at < LEFT_AFTER:
        return False
    if VillageBackup.objects.filter(village=village, key=facts["key"]).exists():
        keeping.drop(stores, path, "")
        return False
    with transaction.atomic():
        VillageBackup.objects.create(
            id=UUID(facts["backup"]), village=village, archive=archive_for(village), key=facts["key"],
            title=facts["title"], files=facts["files"], size_bytes=facts["size_bytes"], object_path=path,
            inventory_sha512=check_object(store.object_files(path), content=False).inventory_sha512,
            receipt=receipt, received_at=received_at, received_by=SYSTEM.id,
        )  # fmt: skip
        append(
            act="vault.keep_village_backup", actor=SYSTEM, subject=subject, after={"from": store.facts.key}
        )
    return True


def _unknown(store: Store) -> Iterator[str]:
    for path in store.object_paths():
        if not VillageBackup.objects.filter(object_path=path).exists():
            yield path


def _receipt(store: Store, path: str) -> dict[str, Any] | None:
    """The receipt an object holds, if it is ours and of this very object."""
    try:
        with store.object_files(path).open(f"v1/content/{keeping.RECEIPT}") as source:
            receipt = json.loads(source.read(_RECEIPT_BYTES))
        ours = is_ours(receipt)
        right = keeping.path_of(receipt["facts"]["backup"]) == path and "key" in receipt["facts"]
    except (LantaiError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return receipt if ours and right else None


def _marks() -> Path:
    return home() / "vault" / "villages-under-way"


def _age(mark: Path) -> timedelta:
    try:
        made = datetime.fromtimestamp(mark.stat().st_mtime, tz=timezone.get_current_timezone())
    except FileNotFoundError:
        return timedelta(0)
    return abs(timezone.now() - made)
