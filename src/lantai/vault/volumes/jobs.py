"""Making, issuing anew and reading back of volumes as jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.settings import home

from .checking import Checked
from .inspecting import inspect_volume, named
from .making import Made, Order, make_volumes, reissue_volume
from .models import OfflineVolume
from .selectors import volume_by_number, wanted


@job("vault.make_volumes", title=gettext_noop("制作离线卷"))
def make(run: JobRun, medium: str, series: str, share: float, fonds: str = "") -> dict[str, Any]:
    """Writes what the series lacks."""
    fonds_id = UUID(fonds) if fonds else None
    run.step(_("写入对象"), total=wanted(series, fonds_id).count())
    order = Order(medium, series, fonds_id, share_percent=share)
    return _told(run, make_volumes(order=order, actor=run.actor, observe=lambda _count: run.advance()))


@job("vault.reissue_volume", title=gettext_noop("换发离线卷"))
def reissue(run: JobRun, number: str) -> dict[str, Any]:
    """Makes the next issue of one volume."""
    volume = volume_by_number(number)
    run.step(number, total=volume.objects_count)
    made = reissue_volume(volume=volume, actor=run.actor, observe=lambda _count: run.advance())
    return _told(run, made)


@job("vault.inspect_volume", title=gettext_noop("读检离线卷"))
def inspect(run: JobRun, number: str) -> dict[str, Any]:
    """Reads back the image where it was written."""
    volume = volume_by_number(number)
    run.step(number, total=volume.layout.blocks)
    seen = 0

    def observe(checked: Checked) -> None:
        nonlocal seen
        run.advance(checked.blocks_read - seen)
        seen = checked.blocks_read

    found = inspect_volume(
        path=image_folder(volume), actor=run.actor, sample_percent=100, observe=observe, number=number
    )
    for name in found.lost:
        run.log(_("✗ 不能从本卷恢复：%(name)s") % {"name": name})
    return {"outcome": found.checked.outcome, "damaged": len(found.checked.damaged), "lost": found.lost_count}


def image_folder(volume: OfflineVolume) -> Any:
    """Where the image was written, whether it is still there or not."""
    return home() / volume.location


def _told(run: JobRun, made: Made) -> dict[str, Any]:
    for row, why in made.left_out:
        run.log(f"✗ {named(row)}：{why}")
    return {"volumes": [volume.number for volume in made.volumes], "left_out": len(made.left_out)}
