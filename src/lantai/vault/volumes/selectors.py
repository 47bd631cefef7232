"""What pages, commands and the copy policy read about offline volumes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from lantai.core.errors import NotFound
from lantai.core.health import Health, ailing, healthy
from lantai.core.language import gettext as _
from lantai.records.api import Record

from ..models import VaultObject
from ..stores import StoreFacts, declared_stores
from .models import LIVE, OfflineVolume, VolumeEntry

SOON_DAYS = 30
"""So many days ahead an inspection is announced."""


def volumes() -> QuerySet[OfflineVolume]:
    """Every volume of the register."""
    return OfflineVolume.objects.all()


def volume_by_number(number: str) -> OfflineVolume:
    """One volume.

    Raises:
        NotFound: the register has none of that number.
    """
    row = OfflineVolume.objects.filter(number=number).first()
    if row is None:
        raise NotFound(
            _("登记簿里没有这个编号的离线卷。"),
            subject=number,
            remedy=_("运行 lantai vault volumes list 查看。"),
        )
    return row


def wanted(series: str, fonds_id: UUID | None = None) -> QuerySet[VaultObject]:
    """Objects that no living volume of a series holds as they are now, tombstones among them."""
    current = VolumeEntry.objects.filter(
        object=OuterRef("pk"),
        inventory_sha512=OuterRef("inventory_sha512"),
        volume__series=series,
        volume__state__in=LIVE,
    )
    rows = VaultObject.objects.filter(state__in=[VaultObject.State.HELD, VaultObject.State.ERASED])
    if fonds_id:
        rows = rows.filter(Q(record__fonds=fonds_id) | Q(fonds=fonds_id))
    return rows.exclude(Exists(current)).order_by("id")


def erased_since_sealed(volume: OfflineVolume) -> QuerySet[VolumeEntry]:
    """Entries of a volume that were lawfully erased after it was sealed."""
    gone = [VaultObject.State.ERASING, VaultObject.State.ERASED]
    return volume.entries.filter(object__state__in=gone).exclude(
        inventory_sha512=F("object__inventory_sha512"), object__state=VaultObject.State.ERASED
    )


def due_for_reissue() -> QuerySet[OfflineVolume]:
    """Living volumes that hold what was erased since: they are to be issued anew."""
    gone = [VaultObject.State.ERASING, VaultObject.State.ERASED]
    erased = VolumeEntry.objects.filter(volume=OuterRef("pk"), object__state__in=gone).exclude(
        inventory_sha512=F("object__inventory_sha512"), object__state=VaultObject.State.ERASED
    )
    return OfflineVolume.objects.filter(Exists(erased), state__in=LIVE)


def still_holding(record_ids: Iterable[UUID]) -> list[str]:
    """Numbers of the living volumes on which erased content of these records stands until their next issue."""
    ids = list(record_ids)
    fonds = Record.objects.filter(id__in=ids).values("fonds")
    entry = Q(entries__object__kind=VaultObject.Kind.SEGMENT, entries__object__fonds__in=fonds)
    told = due_for_reissue().filter(Q(entries__object__record__in=ids) | entry)
    return sorted(set(told.values_list("number", flat=True)))


def due_for_inspection(on: date | None = None) -> QuerySet[OfflineVolume]:
    """Living volumes whose day of inspection has come."""
    return OfflineVolume.objects.filter(state__in=LIVE, inspect_by__lte=on or timezone.localdate())


def due_soon() -> QuerySet[OfflineVolume]:
    """Living volumes to be inspected within :data:`SOON_DAYS`."""
    return due_for_inspection(timezone.localdate() + timedelta(days=SOON_DAYS))


def volume_places() -> Sequence[StoreFacts]:
    """Registered volumes as places of copies: 异地 by their site, 异质 by their family of carriers.

    A volume without a site counts as standing where the copy in use is.
    """
    rows = OfflineVolume.objects.filter(state__in=LIVE).exclude(registered_at=None)
    use = declared_stores()[0]
    return [
        StoreFacts(
            row.copy_key, row.number, "volume", row.place, row.site or use.site, row.medium.family, "backup"
        )
        for row in rows
    ]


def check_volumes() -> Health:
    """For ``lantai doctor``: whether a volume waits for its inspection or its next issue."""
    title = _("离线卷")
    damaged = OfflineVolume.objects.filter(state=OfflineVolume.State.DAMAGED).count()
    if damaged:
        return ailing(title, _("%s 个卷有损坏") % damaged, _("用 lantai vault volumes repair 修复后换发。"))
    due = due_for_inspection().count()
    if due:
        return ailing(title, _("%s 个卷到期未检测") % due, _("用 lantai vault volumes inspect 读检。"))
    again = due_for_reissue().count()
    if again:
        return ailing(
            title, _("%s 个卷含已依法销毁的内容") % again, _("用 lantai vault volumes reissue 换发。")
        )
    return healthy(title, _("%s 个，无到期未办") % OfflineVolume.objects.filter(state__in=LIVE).count())
