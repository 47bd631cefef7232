"""Making volumes: written, read back whole, entered in the register; or nothing at all."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, Unavailable
from lantai.core.language import gettext as _
from lantai.core.locks import exclusive
from lantai.core.ports import require
from lantai.core.settings import home
from lantai.core.system_errors import words_of
from lantai.ledger.api import append, sequence_pending

from ..models import Copy, VaultObject
from ..stores import Store, evidence_store, reachable_stores
from .checking import check_volume
from .layout import LAYOUT, SYMBOLS
from .media import Medium, medium
from .models import LIVE, OfflineVolume, VolumeEntry, VolumeInspection
from .reading import VolumeReader
from .selectors import erased_since_sealed, wanted
from .writing import Carrier, WrittenVolume, not_written, write_volume

SERIES = r"[A-Z][A-Z0-9]{0,3}"
SHARE_PERCENT = 15.0
"""Share of an image that is error-correcting data, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Order:
    """What volumes are to be made.

    Attributes:
        medium_key: kind of carrier, of ``media.toml``.
        series: set of carriers (套别): each holds every object once.
        fonds_id: only this fonds.
        capacity_bytes: another size than the carrier's own.
        share_percent: share of error-correcting data, 2 to 50.
        folder: where the folders of the volumes go; ``LANTAI_HOME/volumes`` by default.
        limit: how many volumes at most.
    """

    medium_key: str
    series: str = "A"
    fonds_id: UUID | None = None
    capacity_bytes: int = 0
    share_percent: float = SHARE_PERCENT
    folder: Path | None = None
    limit: int | None = None

    @property
    def medium(self) -> Medium:
        """The carrier."""
        return medium(self.medium_key)


@dataclass(slots=True)
class Made:
    """What was made.

    Attributes:
        left_out: objects that could not be written, and why.
    """

    volumes: list[OfflineVolume] = field(default_factory=list)
    left_out: list[tuple[VaultObject, str]] = field(default_factory=list)


def make_volumes(*, order: Order, actor: Actor, observe: Callable[[int], None] | None = None) -> Made:
    """Writes what no living volume of the series holds yet onto as many volumes as it takes.

    Raises:
        Forbidden: the actor may not.
        Conflict: another run is making volumes.
        Unavailable: no store can be read, or there is no room for the images.
        Invalid: the size or the share make no volume.
    """
    require(actor, "vault.make_volume")
    _require_sensible(order)
    result = Made()
    with exclusive("vault.volumes") as alone:
        if not alone:
            raise Conflict(_("另一个制卷任务正在进行。"), remedy=_("请等它完成后再试。"))
        passed: set[UUID] = set()
        while order.limit is None or len(result.volumes) < order.limit:
            rows = wanted(order.series, order.fonds_id).exclude(id__in=passed)
            if not rows.exists():
                break
            volume, written = _make(order, rows.select_related("record"), actor, observe)
            failed = not_written(written)
            passed |= {row.id for row, _why in failed}
            result.left_out += failed
            if volume:
                result.volumes.append(volume)
            if not written.is_full:
                break
    return result


def reissue_volume(
    *,
    volume: OfflineVolume,
    actor: Actor,
    folder: Path | None = None,
    observe: Callable[[int], None] | None = None,
) -> Made:
    """Makes the next issue of a volume: the same objects as they are now.

    What was erased since comes as its tombstone. The old volume stays in the register as 待销毁
    until :func:`~.registering.destroy_volume` says that its carrier is gone.

    Raises:
        Forbidden: the actor may not.
        Conflict: another run is making volumes, or the volume has been issued anew already.
    """
    require(actor, "vault.make_volume")
    if volume.state not in LIVE:
        raise Conflict(
            _("这个卷已不在用（%(state)s）。") % {"state": volume.get_state_display()}, subject=volume.number
        )
    share = 100 * volume.layout.parity_blocks_in_group / SYMBOLS
    order = Order(volume.medium_key, volume.series, None, volume.capacity_bytes, share, folder)
    _require_sensible(order)
    result = Made()
    with exclusive("vault.volumes") as alone:
        if not alone:
            raise Conflict(_("另一个制卷任务正在进行。"), remedy=_("请等它完成后再试。"))
        rows = VaultObject.objects.filter(on_volumes__volume=volume).order_by("on_volumes__offset")
        passed: set[UUID] = set()
        while True:
            left = rows.exclude(id__in=passed).select_related("record")
            again, written = _make(order, left, actor, observe, volume)
            failed = not_written(written)
            result.left_out += failed
            passed |= {row.id for row, _why in failed} | {entry.row.id for entry in written.entries}
            result.volumes += [again] if again else []
            if not written.is_full:
                break
        if result.volumes:
            supersede(volume)
    return result


def _require_sensible(order: Order) -> None:
    if not re.fullmatch(SERIES, order.series):  # it stands in the names of folders
        raise Invalid(
            _("套别须为大写字母开头的一至四位字母或数字。"),
            subject=order.series,
            remedy=_("如 A、B、C。"),
        )
    capacity = order.capacity_bytes or order.medium.capacity_bytes
    room = Carrier("", capacity, order.share_percent, timezone.now()).room()
    if not 2 <= order.share_percent <= 50 or room <= 0:
        raise Invalid(
            _("这样的容量和纠错比例做不成卷。"),
            subject=f"{capacity} B，{order.share_percent} %",
            remedy=_("容量至少 1 MiB，纠错比例在 2 至 50 之间。"),
        )


def _make(
    order: Order,
    rows: QuerySet[VaultObject],
    actor: Actor,
    observe: Callable[[int], None] | None,
    replaces: OfflineVolume | None = None,
) -> tuple[OfflineVolume | None, WrittenVolume]:
    """One volume: written beside its place, read back, put there, registered."""
    sequence_pending()  # so that the volume carries the ledger as it is now
    stores, _away = reachable_stores()
    if not stores:
        raise Unavailable(_("没有可读的存储，不能制卷。"), remedy=_("请先挂载在线库或备份。"))
    folder = order.folder or home() / "volumes"
    folder.mkdir(parents=True, exist_ok=True)
    number = _next_number(order.series, folder)
    carrier = Carrier(
        number,
        order.capacity_bytes or order.medium.capacity_bytes,
        order.share_percent,
        timezone.now(),
        order.medium_key,
        order.series,
    )
    draft = folder / f".{number}.part"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        image = draft / f"{number}.tar"
        with closing(row for row in rows.iterator(chunk_size=500)) as walk:  # a full volume leaves the rest
            written = write_volume(image, carrier, walk, stores, lambda: _evidence(stores), observe)
        if not written.entries or written.layout is None:
            return None, written
        sha512 = _read_back(image, number)
        _lay_beside(draft, image, written, sha512)
        draft.rename(folder / number)
    except OSError as error:
        raise Unavailable(
            _("卷没有写成：%(error)s。") % {"error": words_of(error)},
            subject=number,
            remedy=_("请检查目标位置的空间和读写权限后重试。"),
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    volume = _register(order, carrier, written, folder / number, sha512, actor, replaces)
    return volume, written


def _next_number(series: str, folder: Path) -> str:
    """The next free number of a series, also beside folders that the register does not know."""
    taken = OfflineVolume.objects.filter(number__startswith=f"LT-{series}-").count()
    while True:
        taken += 1
        number = f"LT-{series}-{taken:04d}"
        if not (folder / number).exists() and not OfflineVolume.objects.filter(number=number).exists():
            return number


def _evidence(stores: Sequence[Store]) -> Iterator[tuple[str, bytes]]:
    source = evidence_store(stores[0])
    for path in source.paths(""):
        yield path, source.get(path)


def _read_back(image: Path, number: str) -> str:
    """Reads the whole image again; returns its SHA-512."""
    checked = check_volume(image)
    if not checked.is_whole:
        raise Unavailable(
            _("写后读检发现 %(count)s 块与写入的不符，本卷作废。") % {"count": len(checked.damaged)},
            subject=number,
            remedy=_("请检查目标磁盘后重试。"),
        )
    with image.open("rb") as source:
        return hashlib.file_digest(source, "sha512").hexdigest()


def _lay_beside(folder: Path, image: Path, written: WrittenVolume, sha512: str) -> None:
    """What can be read without opening the tar: the explanation, the catalogue, the digest."""
    assert written.layout is not None  # noqa: S101 - only for volumes that were written
    (folder / LAYOUT).write_bytes(written.layout.to_bytes())
    with VolumeReader(image) as reader:
        for name in ("README.txt", "catalogue.csv"):
            with reader.member(name) as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target)
    (folder / "SHA512SUMS").write_text(f"{sha512}  {image.name}\n", encoding="ascii")


def _register(
    order: Order,
    carrier: Carrier,
    written: WrittenVolume,
    folder: Path,
    sha512: str,
    actor: Actor,
    replaces: OfflineVolume | None,
) -> OfflineVolume:
    assert written.layout is not None  # noqa: S101 - only for volumes that were written
    inside = folder.is_relative_to(home())
    with transaction.atomic():
        volume = OfflineVolume.objects.create(
            number=carrier.number,
            series=order.series,
            medium_key=order.medium_key,
            objects_count=len(written.entries),
            size_bytes=written.layout.image_bytes,
            image_sha512=sha512,
            capacity_bytes=carrier.capacity_bytes,
            layout_text=written.layout.to_bytes().decode(),
            location=str(folder.relative_to(home()) if inside else folder),
            replaces=replaces,
            made_at=carrier.made_at,
            made_by=actor.id,
            inspect_by=order.medium.next_inspection(timezone.localdate(carrier.made_at)),
        )
        enter_objects(volume, written)
        VolumeInspection.objects.create(
            volume=volume, at=timezone.now(), by=actor.id, role=actor.role, occasion="made",
            outcome=VolumeInspection.Outcome.GOOD, blocks_read=written.layout.blocks,
        )  # fmt: skip
        after = {"number": carrier.number, "image": sha512, "replaces": replaces.number if replaces else ""}
        append(act="vault.make_volume", actor=actor, subject=f"carrier:{volume.id}", after=after,
               count=len(written.entries))  # fmt: skip
    return volume


def enter_objects(volume: OfflineVolume, written: WrittenVolume) -> None:
    """What lies on the volume, and its copies, verified by the reading back of just now."""
    now = timezone.now()
    for start in range(0, len(written.entries), 500):
        part = written.entries[start : start + 500]
        VolumeEntry.objects.bulk_create(
            VolumeEntry(
                volume=volume, object=entry.row, version=entry.row.version,
                inventory_sha512=entry.row.inventory_sha512, offset=entry.offset, length=entry.length,
            )
            for entry in part
        )  # fmt: skip
        Copy.objects.bulk_create(
            Copy(
                object=entry.row, store=volume.copy_key, version=entry.row.version,
                state=Copy.State.VERIFIED, checked_at=now, verified_at=now,
            )
            for entry in part
        )  # fmt: skip
    erased = erased_since_sealed(volume).values("object")
    Copy.objects.filter(store=volume.copy_key, object__in=erased).update(
        state=Copy.State.PENDING, version=0, verified_at=None
    )


def supersede(volume: OfflineVolume) -> None:
    """A newer issue stands in its place: its copies count no longer."""
    volume.state = OfflineVolume.State.SUPERSEDED
    volume.save(update_fields=["state"])
    Copy.objects.filter(store=volume.copy_key).delete()
