"""A department's own view of its records, at whatever stage they are (部门档案数据仓)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.institutions.api import Right, any_of, inherited_by, rights_of
from lantai.records.api import (
    Document,
    OpeningMark,
    Record,
    State,
    document_for,
    document_path,
    normalise_code,
    note_use,
)

DOWNLOAD = "record.download"
STAGES: dict[str, tuple[str, Q]] = {
    "captured": (gettext_noop("已收集"), Q(state__in=[State.CAPTURED, State.RETURNED])),
    "filed": (gettext_noop("在档案室"), Q(state=State.FILED)),
    "handing_over": (gettext_noop("移交中"), Q(state=State.HANDING_OVER)),
    "stored": (gettext_noop("已进馆"), Q(state__in=[State.HELD, State.TRANSFERRED])),
    "opened": (
        gettext_noop("已开放"),
        Q(opening_mark__among_many=[OpeningMark.OPEN]),
    ),  # one's agency leads there
}
"""Stages by key; what is open is also stored, so that the five do not add up to a whole."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage and how many of one's records are there."""

    key: str
    label: str
    records: int


def own_records(actor: Actor, stage: str = "", words: str = "", year: int | None = None) -> QuerySet[Record]:
    """What one's department made, or for an office system or record office one's agency; newest first.

    Args:
        actor: a clerk, a record archivist, or an office system by its key.
        stage: a key of :data:`STAGES`; empty for every stage.
        words: said by title, responsible party or document number, or how a reference code begins.
        year: of filing.

    Raises:
        Invalid: there is no such stage.
    """
    if stage and stage not in STAGES:
        raise Invalid(_("没有这个阶段。"), subject=stage, remedy="、".join(STAGES))
    rows = _own(actor)
    if stage:
        rows = rows.filter(STAGES[stage][1])
    if year is not None:
        rows = rows.filter(year=year)
    for word in words.split()[:8]:
        said = Q(title__icontains=word) | Q(responsible__icontains=word) | Q(document_number__icontains=word)
        rows = rows.filter(said | Q(reference_code__startswith=normalise_code(word)))
    return rows.select_related("fonds", "department", "custodian")


def own_counts(actor: Actor) -> tuple[list[Stage], list[tuple[int, int]]]:
    """How many of one's records stand at each stage, and how many are of each year, the newest first; in one walk."""
    staged = {key: Count("id", filter=where) for key, (_label, where) in STAGES.items()}
    rows: list[Any] = list(_own(actor).order_by().values("year").annotate(records=Count("id"), **staged))
    stages = [Stage(key, _(label), sum(row[key] for row in rows)) for key, (label, _where) in STAGES.items()]
    years = [(row["year"], row["records"]) for row in rows if row["year"] is not None]
    return stages, sorted(years, reverse=True)


def own_file(actor: Actor, record_id: UUID, document_id: UUID, page: int = 1) -> tuple[Document, Path]:
    """A document of one of one's own records, to be kept, and its file; of page images one page, from 1.

    Raises:
        NotFound: the record is not one's own, or has no such document or page.
        Forbidden: one may not take copies of it.
    """
    if not _own(actor).filter(id=record_id).exists():
        raise NotFound(_("这件档案不是您的部门形成的。"), remedy=_("请从“本部门档案”里取标识。"))
    document = document_for(record_id, document_id, actor, DOWNLOAD)
    path = document_path(document)
    if path.is_dir():
        found = next(iter(sorted(path.glob(f"{page:04d}.*"))), None)
        if found is None:
            raise NotFound(_("没有这一页。"), subject=document.record.reference_code)
        path = found
    note_use(record=document.record, act=DOWNLOAD, actor=actor)
    return document, path


def is_of_whole_agency(actor: Actor) -> bool:
    """Whether one's own is all that one's agency made, as a record office's, and not one department's."""
    return any(
        right.department_ids is None and actor.organisation_id in (right.organisation_ids or ())
        for right in _own_rights(actor)
    )


def _own(actor: Actor) -> QuerySet[Record]:
    """By the rights one has in one's agency alone: what everybody may see is not a department's own."""
    mine = any_of([right.as_query() for right in _own_rights(actor)])
    return Record.objects.filter(mine).exclude(state__in=[State.COMBINED, State.ISOLATED])


def _own_rights(actor: Actor) -> list[Right]:
    if actor.organisation_id is None:
        return []
    agencies = {actor.organisation_id, *(row.organisation_id for row in inherited_by(actor.organisation_id))}
    rights = rights_of(actor, "record.entry")
    return [right for right in rights if right.organisation_ids and right.organisation_ids <= agencies]
