"""Setting up a fonds and its schemes (建立全宗、分类方案): what must stand before anything is filed.

What codes are made of stands still once one was given out: it would tell of a class that is not.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid
from lantai.core.ports import Scope, require
from lantai.ledger.api import append

from .codes import check_segment, code_templates, format_code, normalise_code, template_segments
from .models import Fonds, Record, Scheme, Volume
from .numbering import scheme_parts
from .terms import categories
from .vocabulary import Arrangement

SET_UP = "records.set_up"
FONDS_FIELDS = ("code", "name", "creator_id", "started", "ended", "history")
CODED = ("category", "subclasses", "catalogue_number", "arrangement", "code_template")
"""Fields of a scheme that its codes are made of."""
SCHEME_FIELDS = (*CODED, "name", "year_from", "year_to", "number_width")
NEEDED = {
    Arrangement.VOLUME_ITEM: {"volume"},
    Arrangement.PROJECT_VOLUME_ITEM: {"project", "volume"},
    Arrangement.GROUP_PHOTO: {"group"},
    Arrangement.VOLUME: {"volume"},
}
"""Segments that a template of one's own must have under an arrangement."""
GROUPED = frozenset({"volume", "group"})
SAMPLE = {"project": "XM01", "retention": "Y", "unit": "BGS", "volume": 1, "group": 1, "item": 1, "page": 1}
"""What stands in the example of a code where the scheme leaves it to the record."""


def fonds_scope(fonds: Fonds) -> Scope:
    """What setting up a fonds touches."""
    return Scope(organisation_id=fonds.creator_id, custodian_id=fonds.archive_id, fonds_id=fonds.id)


@transaction.atomic
def create_fonds(*, fonds: Fonds, actor: Actor) -> Fonds:
    """Sets up a fonds; its code stands once in its archive.

    Raises:
        Conflict: the archive has a fonds with that code.
        Invalid: the code is not written as a fonds code, its dates are in the wrong order, or the
            archive does not receive that creator's records.
    """
    require(actor, SET_UP, fonds_scope(fonds), subject=fonds.name)
    _check_fonds(fonds)
    fonds.save()
    append(act=SET_UP, actor=actor, subject=f"fonds:{fonds.id}", after=_values(fonds, FONDS_FIELDS))
    return fonds


@transaction.atomic
def change_fonds(*, fonds: Fonds, actor: Actor) -> Fonds:
    """Saves a changed fonds.

    Raises:
        Conflict: see :func:`create_fonds`; or its code or creator changes although codes were given.
        Invalid: see :func:`create_fonds`.
    """
    stored = Fonds.objects.select_for_update().get(id=fonds.id)
    require(actor, SET_UP, fonds_scope(stored), subject=stored.name)
    require(actor, SET_UP, fonds_scope(fonds), subject=fonds.name)
    _check_fonds(fonds)
    if (fonds.code, fonds.creator_id) != (stored.code, stored.creator_id) and stored.records.exists():
        raise Conflict(
            _("这个全宗里已有档案，全宗号和立档单位不能再改。"), subject=str(stored),
            remedy=_("单位更名的，改全宗名称并写入沿革；确属新的立档单位的，请另建全宗。"),
        )  # fmt: skip
    before, after = _values(stored, FONDS_FIELDS), _values(fonds, FONDS_FIELDS)
    if before != after:
        fonds.save()
        append(act=SET_UP, actor=actor, subject=f"fonds:{fonds.id}", before=before, after=after)
    return fonds


@transaction.atomic
def create_scheme(*, scheme: Scheme, actor: Actor) -> Scheme:
    """Sets up a scheme whose years do not overlap another of its class.

    Raises:
        Conflict: the years overlap.
        Invalid: the template cannot be used, or contradicts the arrangement.
    """
    require(actor, SET_UP, fonds_scope(scheme.fonds), subject=scheme.name)
    Fonds.objects.select_for_update().get(id=scheme.fonds_id)  # two schemes of one fonds queue here
    _check_scheme(scheme)
    scheme.save()
    append(act=SET_UP, actor=actor, subject=f"scheme:{scheme.id}", after=_values(scheme, SCHEME_FIELDS))
    return scheme


@transaction.atomic
def change_scheme(*, scheme: Scheme, actor: Actor) -> Scheme:
    """Saves a changed scheme.

    Raises:
        Conflict: the years overlap or leave records behind, or codes were given by the old values.
        Invalid: see :func:`create_scheme`.
    """
    stored = Scheme.objects.select_for_update().select_related("fonds").get(id=scheme.id)
    require(actor, SET_UP, fonds_scope(stored.fonds), subject=stored.name)
    _check_scheme(scheme)
    _check_held(scheme, stored)
    before, after = _values(stored, SCHEME_FIELDS), _values(scheme, SCHEME_FIELDS)
    if before != after:
        scheme.save()
        append(act=SET_UP, actor=actor, subject=f"scheme:{scheme.id}", before=before, after=after)
    return scheme


def example_code(scheme: Scheme) -> str:
    """The first code the scheme will make, with sample values where the record decides.

    Raises:
        Invalid: the template contradicts the arrangement or category, or needs a class or number
            that the scheme does not have.
    """
    _check_template(scheme)
    parts = {**SAMPLE, **scheme_parts(scheme), "year": scheme.year_from}
    return format_code(scheme.code_template, parts, number_width=scheme.number_width)


def is_grouped(scheme: Scheme) -> bool:
    """Whether its items are bound into volumes or photo groups before they are numbered."""
    names = {segment.name for segment in template_segments(scheme.code_template)}
    return scheme.arrangement != Arrangement.VOLUME and bool(names & GROUPED)


def _check_fonds(fonds: Fonds) -> None:
    fonds.code = normalise_code(fonds.code)
    check_segment("fonds", fonds.code)
    if not fonds.name.strip():
        raise Invalid(_("全宗名称不能为空。"), subject=fonds.code)
    if fonds.archive_id not in {fonds.creator_id, fonds.creator.archive_id}:
        raise Invalid(
            _("这个单位的档案不由本馆接收。"), subject=fonds.creator.name,
            remedy=_("请系统管理员先在“机构”中登记它的进馆档案馆。"),
        )  # fmt: skip
    if fonds.started and fonds.ended and fonds.ended < fonds.started:
        raise Invalid(_("终止日期早于起始日期。"), subject=str(fonds))
    same = Fonds.objects.filter(archive_id=fonds.archive_id, code=fonds.code).exclude(id=fonds.id)
    if other := same.first():
        raise Conflict(_("本馆已有这个全宗号。"), subject=str(other), remedy=_("请另编全宗号。"))


def _check_scheme(scheme: Scheme) -> None:
    scheme.subclasses = normalise_code(scheme.subclasses)
    if scheme.category not in categories():
        raise Invalid(_("没有这个门类。"), subject=scheme.category, remedy="、".join(categories()))
    if scheme.year_to is not None and scheme.year_to < scheme.year_from:
        raise Invalid(_("终止年度早于起始年度。"), subject=scheme.name)
    example_code(scheme)
    _check_years(scheme)


def _check_template(scheme: Scheme) -> None:
    """Refuses a template that contradicts the arrangement, or is meant for other categories."""
    names = {segment.name for segment in template_segments(scheme.code_template)}
    named = code_templates().get(scheme.code_template)
    if named:
        fits = named.arrangement == scheme.arrangement
    else:
        needed = NEEDED.get(Arrangement(scheme.arrangement), set())
        fits = needed <= names and (bool(needed) or not names & GROUPED)
    if not fits:
        raise Invalid(
            _("档号模板与整理方式矛盾：整理方式是“%(arrangement)s”。")
            % {"arrangement": Arrangement(scheme.arrangement).label},
            subject=named.name if named else scheme.code_template,
            remedy=_("请选择同一整理方式下的模板。"),
        )
    if named and named.categories and scheme.category not in named.categories:
        raise Invalid(
            _("这个档号模板不用于这个门类。"), subject=named.name,
            remedy=_("可用于：%(categories)s。") % {"categories": "、".join(named.categories)},
        )  # fmt: skip


def _check_years(scheme: Scheme) -> None:
    same = Scheme.objects.filter(
        fonds_id=scheme.fonds_id, category=scheme.category, subclasses=scheme.subclasses
    ).exclude(id=scheme.id)
    last = scheme.year_to or date.max.year
    for other in same:
        if scheme.year_from <= (other.year_to or date.max.year) and other.year_from <= last:
            raise Conflict(
                _("同一类别的分类方案年度重叠。"), subject=f"{scheme.name}，{other.name}",
                remedy=_("请先给原方案写上终止年度，再从次年起建立新方案。"),
            )  # fmt: skip


def _check_held(scheme: Scheme, stored: Scheme) -> None:
    """Refuses what would contradict records that stand in the scheme already."""
    records = Record.objects.filter(scheme_id=scheme.id)
    left = records.filter(year__lt=scheme.year_from)
    if scheme.year_to is not None:
        left |= records.filter(year__gt=scheme.year_to)
    if year := left.order_by("year").values_list("year", flat=True).first():
        raise Conflict(
            _("这个方案里已有 %(year)s 年的档案，年度须包括它。") % {"year": year}, subject=stored.name
        )
    changed = [name for name in (*CODED, "number_width") if getattr(scheme, name) != getattr(stored, name)]
    coded = records.exclude(reference_code="").exists() or Volume.objects.filter(scheme_id=scheme.id).exists()
    if coded and changed and (changed != ["number_width"] or scheme.number_width < stored.number_width):
        raise Conflict(
            _("这个方案已给出档号，门类、整理方式和档号模板不能再改，件号位数只能加大。"),
            subject=stored.name,
            remedy=_("请给它写上终止年度，再从次年起建立新方案。"),
        )


def _values(row: Fonds | Scheme, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}
