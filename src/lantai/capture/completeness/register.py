"""The office system's register of closed matters comes in: by the API or as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import Department, Organisation
from lantai.ledger.api import append
from lantai.records.api import refuse_classified

from .expecting import Touched, refresh
from .models import ClosedMatter
from .numbers import fold_number, series_of

CHUNK = 500
_FIELDS = (
    "number",
    "title",
    "closed_on",
    "department",
    "category",
    "documents",
    "series",
    "serial",
    "source",
)


@dataclass(frozen=True, slots=True)
class MatterDraft:
    """A closed matter as it is told.

    Attributes:
        number: 办件号 or 发文字号; the same number again tells of the same matter.
        department: code or name of one of the agency's departments; empty for none.
        documents: names of the documents that are to be filed; empty means one.
        classification: 密级; a classified matter is refused, even by name.
    """

    number: str
    title: str
    closed_on: date
    department: str = ""
    category: str = ""
    documents: tuple[str, ...] = field(default=())
    classification: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What a register brought."""

    created: int
    changed: int
    unchanged: int


def register_matters(
    *, agency: Organisation, matters: Sequence[MatterDraft], source: str, actor: Actor
) -> Registered:
    """Takes a register in; repeating it changes nothing.

    Raises:
        Forbidden: the actor does not act for this agency.
        Invalid: a matter lacks its number or title, closes in the future, or names an unknown department.
    """
    require(actor, "capture.register_matters", Scope(organisation_id=agency.id), subject=agency.name)
    rows = _rows(agency, matters, source)
    created = changed = 0
    touched = Touched()
    folded = sorted(rows)
    with transaction.atomic():
        for start in range(0, len(folded), CHUNK):
            piece = {key: rows[key] for key in folded[start : start + CHUNK]}
            fresh, differing = _store(agency, piece)
            created, changed = created + len(fresh), changed + len(differing)
            for row in [*fresh, *differing]:
                touched.add(row)
        if created or changed:
            append(
                act="capture.register_matters",
                actor=actor,
                subject=f"organisation:{agency.id}",
                after={"numbers": sorted(touched.numbers), "source": source},
                count=created + changed,
            )
    refresh(agency.id, touched)
    return Registered(created, changed, len(rows) - created - changed)


def _rows(agency: Organisation, matters: Sequence[MatterDraft], source: str) -> dict[str, ClosedMatter]:
    departments: dict[str, UUID] = {
        key: row.id for row in Department.objects.filter(organisation=agency) for key in (row.name, row.code)
    }
    today = timezone.localdate()
    rows = {}
    for matter in matters:
        check_matter(matter, departments, today)
        folded = fold_number(matter.number)
        series = series_of(folded)
        rows[folded] = ClosedMatter(
            agency=agency,
            department_id=departments.get(matter.department.strip()),
            number=matter.number.strip(),
            folded=folded,
            series=series[0] if series else "",
            serial=series[2] if series else 0,
            title=matter.title.strip(),
            closed_on=matter.closed_on,
            category=matter.category.strip(),
            documents=[name for name in matter.documents if name.strip()],
            source=source,
        )
    return rows


def check_matter(matter: MatterDraft, departments: dict[str, UUID], today: date) -> None:
    """Raises ``Invalid`` naming what a matter lacks."""
    subject = matter.number or matter.title
    if not matter.number.strip() or not matter.title.strip():
        raise Invalid(_("办结事项要有编号和题名。"), subject=subject, remedy=_("请补上所缺的一项。"))
    if (
        len(matter.number.strip()) > 100
        or len(matter.title.strip()) > 500
        or len(matter.category.strip()) > 8
    ):
        raise Invalid(
            _("编号、题名或门类太长。"),
            subject=subject[:60],
            remedy=_("编号不超过 100 字，题名 500 字，门类 8 字。"),
        )
    if matter.closed_on > today or matter.closed_on.year < 1900:
        raise Invalid(
            _("办结日期 %(date)s 不对。") % {"date": matter.closed_on}, subject=subject,
            remedy=_("办结以后再登记，日期写实际办结的那天。"),
        )  # fmt: skip
    if matter.department.strip() and matter.department.strip() not in departments:
        raise Invalid(
            _("本单位没有部门“%(name)s”。") % {"name": matter.department}, subject=subject,
            remedy=_("请填写部门名称或代码，或不填。"),
        )  # fmt: skip
    refuse_classified(matter.classification, subject=subject)


def _store(
    agency: Organisation, rows: dict[str, ClosedMatter]
) -> tuple[list[ClosedMatter], list[ClosedMatter]]:
    """Stores a piece; returns what is new and what says something else than before."""
    known = {row.folded: row for row in ClosedMatter.objects.filter(agency=agency, folded__in=rows)}
    fresh = [row for key, row in rows.items() if key not in known]
    told = [name for name in _FIELDS if name not in {"source", "department"}] + ["department_id"]
    differing = []
    for key, before in known.items():
        row = rows[key]
        if any(getattr(row, name) != getattr(before, name) for name in told):
            row.id, row.registered_at = before.id, before.registered_at
            differing.append(row)
    ClosedMatter.objects.bulk_create(fresh)
    ClosedMatter.objects.bulk_update(differing, _FIELDS)
    return fresh, differing
