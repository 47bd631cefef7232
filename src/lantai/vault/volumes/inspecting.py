"""Reading volumes back: what it found goes into the register, onto the copies and into the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, LantaiError
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.ports import require
from lantai.ledger.api import append

from ..models import Copy, VaultObject
from .blocks import ImageFile
from .checking import Checked, check_volume, find_image, read_layout
from .layout import Layout
from .mending import Mended, mend_volume
from .models import OfflineVolume, VolumeEntry, VolumeInspection
from .reading import ListedObject, VolumeReader

TOLD = 200
"""How many lost objects are named."""


@dataclass(slots=True)
class Inspected:
    """What an inspection found.

    Attributes:
        volume: its row in the register, where it stands there.
        lost: objects that cannot be restored from this volume, in words.
        lost_count: how many there are.
    """

    checked: Checked
    volume: OfflineVolume | None
    lost: list[str] = field(default_factory=list)
    lost_count: int = 0
    next_inspection: object = None


def inspect_volume(
    *,
    path: Path,
    actor: Actor,
    sample_percent: float | None = None,
    looks: str = "",
    layout: Layout | None = None,
    observe: Callable[[Checked], None] | None = None,
    number: str = "",
) -> Inspected:
    """Reads a volume back, whole or a sample, and says which objects are lost if any are.

    Args:
        path: the image, a folder, or a mounted disc.
        actor: who inspects.
        sample_percent: share of the blocks; without it what the carrier's plan asks, all where
            the volume is not registered.
        looks: appearance, and what an instrument measured (BLER, SER …), in words.
        layout: where the image has lost both of its own; the register's is used by itself.
        observe: called now and then.
        number: which volume is expected there.

    Raises:
        Invalid: another volume lies there, or no layout can be read.
    """
    require(actor, "vault.inspect_volume")
    volume, layout = _known(path, layout)
    if number and layout and layout.number != number:
        raise Invalid(
            _("这里放的是另一个卷：%(number)s。") % {"number": layout.number},
            subject=str(path),
            remedy=_("请核对映像文件，换回 %(number)s 再读检。") % {"number": number},
        )
    share = sample_percent or (volume.medium.sample_percent if volume else 100)
    checked = check_volume(path, sample_percent=share, layout=layout, observe=observe)
    if checked.damaged and share < 100:  # a sample that finds damage is followed by the whole
        share = 100
        checked = check_volume(path, layout=layout, observe=observe)
    checked.is_another = bool(volume and checked.sha512 and checked.sha512 != volume.image_sha512)
    result = Inspected(checked, volume)
    if volume:
        _enter(result, volume, share, looks, actor)
    else:
        lost = _lost_by_table(path, checked)
        result.lost, result.lost_count = lost[:TOLD], len(lost)
    return result


def mend(
    *,
    path: Path,
    target: Path,
    actor: Actor,
    layout: Layout | None = None,
    observe: Callable[[int], None] | None = None,
) -> tuple[Mended, Inspected]:
    """Writes a whole image from a damaged one and inspects it; see :func:`~.mending.mend_volume`."""
    require(actor, "vault.inspect_volume")
    _volume, layout = _known(path, layout)
    mended = mend_volume(path, target, layout=layout, observe=observe)
    return mended, inspect_volume(
        path=mended.path, actor=actor, sample_percent=100, looks=gettext_noop("修复后读检")
    )


def _known(path: Path, layout: Layout | None) -> tuple[OfflineVolume | None, Layout | None]:
    """The volume's row by the number in its image, by what is given, or by the file's name."""
    image = find_image(path)
    if layout is None:
        try:
            with ImageFile(image) as opened:
                layout = read_layout(opened)[0]
        except Invalid:
            row = OfflineVolume.objects.filter(number=image.stem).first()
            if row is None:
                raise
            return row, row.layout
    row = OfflineVolume.objects.filter(number=layout.number).first()
    if row is not None and row.layout != layout:
        raise Invalid(
            _("卷的布局与登记簿中同号的卷不同，可能是另一次写的。"),
            subject=layout.number,
            remedy=_("请核对载体编号；新一次写的卷须用新的编号。"),
        )
    return row, layout


def _enter(result: Inspected, volume: OfflineVolume, share: float, looks: str, actor: Actor) -> None:
    checked, now = result.checked, timezone.now()
    lost = volume.entries.all() if checked.is_another else _entries_of(volume, checked.beyond_repair)
    touched = _entries_of(volume, checked.damaged)
    result.lost_count = lost.count()
    result.lost = [named(entry.object) for entry in lost.select_related("object__record")[:TOLD]]
    with transaction.atomic():
        VolumeInspection.objects.create(
            volume=volume, at=now, by=actor.id, role=actor.role, outcome=checked.outcome, sample_percent=share,
            blocks_read=checked.blocks_read, blocks_damaged=len(checked.damaged),
            objects_lost=result.lost_count, mib_per_s=round(checked.mib_per_s, 2), looks=looks,
        )  # fmt: skip
        if volume.state in {OfflineVolume.State.SEALED, OfflineVolume.State.DAMAGED}:
            good = checked.is_whole
            volume.state = OfflineVolume.State.SEALED if good else OfflineVolume.State.DAMAGED
            volume.inspect_by = volume.medium.next_inspection(timezone.localdate(now))
            volume.save(update_fields=["state", "inspect_by"])
            if checked.is_another:
                _doubt_copies(volume)
            else:
                _mark_copies(volume, touched, lost, whole=share >= 100)
        append(act="vault.inspect_volume", actor=actor, subject=f"carrier:{volume.id}",
               after={"number": volume.number, "outcome": checked.outcome, "damaged": len(checked.damaged),
                      "lost": result.lost_count, "sample_percent": share})  # fmt: skip
    result.next_inspection = volume.inspect_by


def _mark_copies(
    volume: OfflineVolume, touched: QuerySet[VolumeEntry], lost: QuerySet[VolumeEntry], *, whole: bool
) -> None:
    """Copies on the volume after a look: a sample says nothing good of what it did not read."""
    now = timezone.now()
    current = Copy.objects.filter(store=volume.copy_key).exclude(version=0)
    if whole:
        current.exclude(object__in=touched.values("object")).update(
            state=Copy.State.VERIFIED, detail="", checked_at=now, verified_at=now
        )
    damaged = {
        gettext_noop("卷上这个对象的数据块有损坏，可由纠错数据恢复"): touched.exclude(
            id__in=lost.values("id")
        ),
        gettext_noop("卷上这个对象的数据块损坏过多，不能恢复"): lost,
    }
    for detail, entries in damaged.items():
        current.filter(object__in=entries.values("object")).update(
            state=Copy.State.DAMAGED, detail=detail, checked_at=now
        )


def _doubt_copies(volume: OfflineVolume) -> None:
    """Nothing on an image that is not the sealed one counts, however whole it is in itself."""
    Copy.objects.filter(store=volume.copy_key).exclude(version=0).update(
        state=Copy.State.DAMAGED,
        detail=gettext_noop("卷的映像不是封装时的那一个"),
        checked_at=timezone.now(),
    )


def _entries_of(volume: OfflineVolume, blocks: Sequence[int]) -> QuerySet[VolumeEntry]:
    """Entries whose bytes lie in these blocks."""
    layout = volume.layout
    ids: set[int] = set()
    spans = list(_spans(layout, blocks))
    if spans:
        entries = volume.entries.order_by("offset").values_list("id", "offset", "length")
        index = 0
        for key, offset, length in entries.iterator(chunk_size=2000):
            while index < len(spans) and spans[index][1] <= offset:
                index += 1
            if index < len(spans) and spans[index][0] < offset + length:
                ids.add(key)
    return volume.entries.filter(id__in=ids) if len(ids) < 10_000 else volume.entries.all()


def _spans(layout: Layout, blocks: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The bytes of data blocks as runs, in order."""
    start = end = -1
    for block in sorted(block for block in blocks if block < layout.data_blocks):
        offset = block * layout.block_bytes
        if offset != end:
            if start >= 0:
                yield start, end
            start = offset
        end = offset + layout.block_bytes
    if start >= 0:
        yield start, end


def _lost_by_table(path: Path, checked: Checked) -> list[str]:
    """Lost objects of a volume nobody registered, by the table in the image itself."""
    spans = list(_spans(checked.layout, checked.beyond_repair))
    if not spans:
        return []
    try:
        with VolumeReader(path, checked.layout) as reader:
            return [listed.object_id for listed in reader.objects() if _overlaps(listed, spans)]
    except LantaiError:
        return [_("对象表也在损坏的部分里，哪些对象丢失须由登记簿查明")]


def _overlaps(listed: ListedObject, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < listed.offset + listed.length and end > listed.offset for start, end in spans)


def named(row: VaultObject) -> str:
    """An object as people know it."""
    record = row.record
    return f"{record.reference_code} {record.title}".strip() if record else _("目录段 %s") % row.id
