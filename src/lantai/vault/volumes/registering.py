"""The register: where a carrier lies and who holds it; volumes made elsewhere; carriers that are gone."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.ledger.api import append

from ..descriptions import in_chunks
from ..models import Copy, VaultObject
from ..ocfl_validation import check_object
from .checking import check_volume, find_image
from .media import medium
from .models import LIVE, OfflineVolume, VolumeEntry, VolumeInspection
from .reading import ListedObject, VolumeReader


def register_volume(
    *,
    volume: OfflineVolume,
    place: str,
    site: str,
    holder: str,
    actor: Actor,
    note: str = "",
) -> OfflineVolume:
    """Enters where a carrier lies and who answers for it; from then on its copies count.

    Raises:
        Invalid: place or holder are not said.
        Conflict: the volume is no longer in use.
    """
    require(actor, "vault.register_volume")
    if not (place.strip() and holder.strip()):
        raise Invalid(_("登记离线卷须写明存放位置和保管人。"), subject=volume.number)
    if volume.state in {OfflineVolume.State.SUPERSEDED, OfflineVolume.State.DESTROYED}:
        raise Conflict(
            _("这个卷已不在用（%(state)s）。") % {"state": volume.get_state_display()}, subject=volume.number
        )
    before = {"place": volume.place, "site": volume.site, "holder": volume.holder}
    with transaction.atomic():
        volume.place, volume.site, volume.holder = place.strip(), site.strip(), holder.strip()
        volume.note = note or volume.note
        volume.registered_at = volume.registered_at or timezone.now()
        volume.save(update_fields=["place", "site", "holder", "note", "registered_at"])
        append(act="vault.register_volume", actor=actor, subject=f"carrier:{volume.id}", before=before,
               after={"number": volume.number, "place": volume.place, "site": volume.site,
                      "holder": volume.holder})  # fmt: skip
    return volume


def adopt_volume(*, path: Path, actor: Actor) -> OfflineVolume:
    """Enters a volume the register does not know, such as after a rebuild; it is read whole.

    Objects the database does not know, or knows otherwise, are passed over; what its table says of
    an object is believed when the object itself says so.

    Raises:
        Conflict: the number is taken by another volume.
        Invalid: the image is damaged: it has to be mended first.
    """
    require(actor, "vault.register_volume")
    image = find_image(path)
    checked = check_volume(image)
    layout = checked.layout
    known = OfflineVolume.objects.filter(number=layout.number).first()
    if known:
        if known.layout == layout:
            return known
        raise Conflict(_("登记簿里已有同号的另一个卷。"), subject=layout.number)
    if not checked.is_whole:
        raise Invalid(
            _("卷有损坏，不能登记。"),
            subject=layout.number,
            remedy=_("请先运行 lantai vault volumes repair。"),
        )
    with image.open("rb") as source:
        sha512 = hashlib.file_digest(source, "sha512").hexdigest()
    carrier = medium(layout.medium)
    with VolumeReader(image) as reader:
        lying = {row.object_path for row in reader.objects() if not _is_as_listed(row, reader)}
    with VolumeReader(image) as reader, transaction.atomic():
        volume = OfflineVolume.objects.create(
            number=layout.number, series=layout.series, medium_key=carrier.key,
            size_bytes=layout.image_bytes, capacity_bytes=max(carrier.capacity_bytes, layout.image_bytes),
            image_sha512=sha512, layout_text=layout.to_bytes().decode(), location=str(image.parent),
            made_at=datetime.fromtimestamp(layout.made_at, UTC), made_by=actor.id,
            inspect_by=carrier.next_inspection(timezone.localdate()),
        )  # fmt: skip
        for several in in_chunks((row for row in reader.objects() if row.object_path not in lying), 500):
            volume.objects_count += _enter(volume, several)
        volume.save(update_fields=["objects_count"])
        VolumeInspection.objects.create(
            volume=volume, at=timezone.now(), by=actor.id, role=actor.role, outcome=checked.outcome,
            blocks_read=checked.blocks_read, mib_per_s=round(checked.mib_per_s, 2),
        )  # fmt: skip
        append(act="vault.adopt_volume", actor=actor, subject=f"carrier:{volume.id}",
               after={"number": volume.number, "image": sha512}, count=volume.objects_count)  # fmt: skip
    return volume


def _enter(volume: OfflineVolume, listed: list[ListedObject]) -> int:
    """Entries and copies of these objects; a copy of another version than the one in force waits."""
    now = timezone.now()
    rows = {
        row.object_path: row
        for row in VaultObject.objects.filter(object_path__in=[x.object_path for x in listed])
    }
    entries, copies = [], []
    for item in listed:
        row = rows.get(item.object_path)
        if row is None:
            continue
        current = item.inventory_sha512 == row.inventory_sha512
        entries.append(
            VolumeEntry(volume=volume, object=row, version=item.version, offset=item.offset, length=item.length,
                        inventory_sha512=item.inventory_sha512)
        )  # fmt: skip
        copies.append(
            Copy(object=row, store=volume.copy_key, version=row.version if current else 0,
                 state=Copy.State.VERIFIED if current else Copy.State.PENDING,
                 checked_at=now, verified_at=now if current else None)
        )  # fmt: skip
    VolumeEntry.objects.bulk_create(entries)
    Copy.objects.bulk_create(copies)
    return len(entries)


def recall_copies() -> None:
    """Enters the copies of volumes whose entries came back from a backup; those that stand stay as they are."""
    for volume in OfflineVolume.objects.filter(state__in=LIVE):
        seen = volume.inspections.aggregate(at=Max("at"))["at"] or volume.made_at
        known = Copy.objects.filter(store=volume.copy_key).values("object")
        entries = volume.entries.exclude(object__in=known).select_related("object")
        while several := list(entries[:500]):
            Copy.objects.bulk_create([_recalled(volume, entry, seen) for entry in several])


def _recalled(volume: OfflineVolume, entry: VolumeEntry, seen: datetime) -> Copy:
    copy = Copy(object=entry.object, store=volume.copy_key, checked_at=seen)
    if entry.inventory_sha512 != entry.object.inventory_sha512:
        copy.state, copy.version = Copy.State.PENDING, 0
    elif volume.state == OfflineVolume.State.DAMAGED:
        copy.state, copy.version = Copy.State.DAMAGED, entry.version
        copy.detail = gettext_noop("卷有损坏，须重新读检")
    else:
        copy.state, copy.version, copy.verified_at = Copy.State.VERIFIED, entry.version, seen
    return copy


def _is_as_listed(listed: ListedObject, reader: VolumeReader) -> bool:
    try:
        checked = check_object(reader.files(listed))
    except OSError:
        return False
    return not checked.problems and checked.inventory_sha512 == listed.inventory_sha512


def destroy_volume(*, volume: OfflineVolume, witness: str, note: str, actor: Actor) -> OfflineVolume:
    """Enters that a carrier was physically destroyed, before a witness; its image here goes, too.

    Raises:
        Invalid: nobody witnessed it.
        Conflict: its objects have not been issued anew.
    """
    require(actor, "vault.register_volume")
    if not witness.strip():
        raise Invalid(_("销毁载体须写明监销人。"), subject=volume.number)
    if volume.state != OfflineVolume.State.SUPERSEDED:
        raise Conflict(
            _("这个卷还没有换发，不能登记销毁。"),
            subject=volume.number,
            remedy=_("请先运行 lantai vault volumes reissue %(number)s。") % {"number": volume.number},
        )
    with transaction.atomic():
        volume.state, volume.note = OfflineVolume.State.DESTROYED, note or volume.note
        volume.save(update_fields=["state", "note"])
        append(act="vault.destroy_volume", actor=actor, subject=f"carrier:{volume.id}",
               after={"number": volume.number, "witness": witness.strip(), "note": note})  # fmt: skip
        transaction.on_commit(lambda: remove_image(volume))
    return volume


def remove_image(volume: OfflineVolume) -> None:
    """Removes the image a destroyed carrier was written from, where it lies in the data folder's ``volumes``."""
    volumes = (home() / "volumes").resolve()
    folder = (home() / volume.location).resolve()
    if volumes in folder.parents:
        shutil.rmtree(folder, ignore_errors=True)
