"""Binding (组卷): loose items of a year are put into a volume or photo group before they are numbered."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.ports import require
from lantai.ledger.api import append

from .codes import template_segments
from .models import Record, Scheme, Volume
from .numbering import volume_code
from .services import arrange_records, create_volumes
from .setting_up import fonds_scope, is_grouped
from .vocabulary import NumberState

SHARED = {"year": "year", "retention": "retention", "unit": "unit_code", "project": "project"}
"""Segments before a volume's number, and the fields of the volume that fill them."""


def loose_items(scheme: Scheme, year: int) -> QuerySet[Record]:
    """The items of a scheme and year that stand in no volume and have no number."""
    return Record.objects.filter(
        scheme=scheme, year=year, volume=None, number_state=NumberState.NONE, reference_code=""
    )


def loose_years(scheme: Scheme) -> list[tuple[int, int]]:
    """The years of a scheme in which items wait to be bound, with their number; none where none is bound."""
    if not is_grouped(scheme):
        return []
    waiting = Record.objects.filter(
        scheme=scheme, volume=None, number_state=NumberState.NONE, reference_code="", year__isnull=False
    )
    rows = waiting.values_list("year").annotate(number=Count("id")).order_by("year")
    return [(int(year or 0), number) for year, number in rows]


def next_volume_number(volume: Volume) -> int:
    """The number after the highest of the class in which the volume's own number runs."""
    segments = {segment.name for segment in template_segments(volume.scheme.code_template)}
    fields = [field for segment, field in SHARED.items() if segment in segments]
    fellows = Volume.objects.filter(
        fonds_id=volume.fonds_id,
        scheme__category=volume.scheme.category,
        scheme__subclasses=volume.scheme.subclasses,
        scheme__catalogue_number=volume.scheme.catalogue_number,
        **{field: getattr(volume, field) for field in fields},
    )
    return int(fellows.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def bind_volume(
    *, scheme: Scheme, year: int, record_ids: Sequence[UUID], title: str, number: int | None = None,
    project: str = "", actor: Actor,
) -> Volume:  # fmt: skip
    """Makes a volume of loose items; without ``number`` it gets the next of its class.

    The items share one retention term, because a volume has one.

    Raises:
        Conflict: an item is bound or numbered already, or the volume's code is used.
        Invalid: the scheme binds nothing, nothing was chosen, or the items do not go together.
    """
    scheme = Scheme.objects.select_for_update(of=("self",)).select_related("fonds").get(id=scheme.id)
    require(actor, "records.arrange", fonds_scope(scheme.fonds), subject=title)
    if not is_grouped(scheme):
        raise Invalid(
            _("这个分类方案不组卷。"), subject=scheme.name,
            remedy=_("整理方式是“%(arrangement)s”。") % {"arrangement": scheme.get_arrangement_display()},
        )  # fmt: skip
    items = _chosen(scheme, year, record_ids)
    volume = Volume(
        fonds=scheme.fonds, scheme=scheme, title=title.strip(), year=year, project=project.strip(),
        retention=items[0].retention, unit_code=_common_unit(items), date_text=_date_text(items),
    )  # fmt: skip
    if not volume.title:
        raise Invalid(_("请写案卷题名。"))
    volume.number = number or next_volume_number(volume)
    volume.reference_code = volume_code(volume)
    create_volumes([volume], actor)
    arrange_records(
        record_ids=[item.id for item in items], changes={"volume_id": volume.id}, actor=actor,
        subject=f"volume:{volume.id}",
    )  # fmt: skip
    return volume


@transaction.atomic
def unbind_volume(*, volume: Volume, actor: Actor) -> int:
    """Takes a volume apart (拆卷) while none of its items is numbered; returns how many come loose.

    Raises:
        Conflict: an item is numbered.
    """
    Scheme.objects.select_for_update().get(id=volume.scheme_id)
    require(actor, "records.arrange", fonds_scope(volume.fonds), subject=str(volume))
    items = list(volume.records.values_list("id", "number_state"))
    if any(state != NumberState.NONE for _id, state in items):
        raise Conflict(
            _("卷内已有编号的档案，不能拆卷。"), subject=str(volume), remedy=_("请先撤回件号并写明原因。")
        )
    subject = f"volume:{volume.id}"
    if items:
        ids = [record_id for record_id, _state in items]
        arrange_records(record_ids=ids, changes={"volume_id": None}, actor=actor, subject=subject)
    append(
        act="records.unbind_volume", actor=actor, subject=subject,
        before=[volume.reference_code, volume.title], count=max(len(items), 1),
    )  # fmt: skip
    volume.delete()
    return len(items)


def _chosen(scheme: Scheme, year: int, record_ids: Sequence[UUID]) -> list[Record]:
    """The chosen items in their order, if they are loose and go together."""
    if not record_ids:
        raise Invalid(_("没有选中任何一件。"), remedy=_("请勾选要装入本卷的件。"))
    items = list(loose_items(scheme, year).filter(id__in=record_ids).order_by("date_start", "id"))
    if len(items) != len(set(record_ids)):
        raise Conflict(_("选中的件里有已组卷或已编号的。"), remedy=_("请刷新本页，从仍未组卷的件中选择。"))
    if len({item.retention for item in items}) > 1:
        raise Invalid(_("同一案卷的保管期限须一致。"), remedy=_("请按保管期限分别组卷。"))
    return items


def _common_unit(items: Sequence[Record]) -> str:
    units = {item.unit_code for item in items}
    return units.pop() if len(units) == 1 else ""


def _date_text(items: Sequence[Record]) -> str:
    """First and last day, as a volume's dates are written; the year where no item's day is known."""
    first = min((item.date_start for item in items if item.date_start), default=None)
    last = max((item.date_end for item in items if item.date_end), default=None)
    if first is None or last is None:
        return str(items[0].year)
    return f"{first:%Y%m%d}-{last:%Y%m%d}" if first != last else f"{first:%Y%m%d}"
