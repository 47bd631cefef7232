"""One unit of description, whatever its level: where its values stand, what its template asks, who may describe it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from lantai.core.actors import Actor
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _
from lantai.core.ports import Scope
from lantai.records.api import (
    Document,
    Fonds,
    Record,
    Scheme,
    Volume,
    fonds_scope,
    readable,
    record_for,
    retention_term,
    scope_of,
)

from .elements import elements
from .models import Level, UnitDescription
from .templates import Asked, template_for

WRITABLE = frozenset(
    {"title", "responsible", "document_number", "date_text", "disclosure", "secrecy_period", "page_count"}
)
"""Columns of a record that a description may change; the others are set elsewhere."""
SUBJECTS = {Level.FONDS: "fonds", Level.CLASS: "scheme", Level.VOLUME: "volume", Level.ITEM: "record"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A fonds, class, volume, item or document as it is described.

    Attributes:
        values: by name of the element, what stands now.
        fixed: names whose values are set elsewhere.
        changed_at: when the description last changed; ``None`` where nothing was said yet.
        above: the unit it belongs to: level, key and title.
    """

    level: str
    id: UUID
    title: str
    fonds: Fonds
    asked: Asked
    values: Mapping[str, str]
    fixed: frozenset[str]
    changed_at: datetime | None
    scope: Scope
    subject: str
    above: tuple[str, UUID, str] | None = None

    @property
    def missing(self) -> list[str]:
        """Mandatory elements without a value."""
        return self.asked.missing(self.values)


def unit_for(level: str, unit_id: UUID, actor: Actor) -> Unit:
    """One unit, if the actor may see it.

    Raises:
        NotFound: there is none, or the actor may not know that there is.
    """
    if level not in _READERS:
        raise NotFound(_("没有这个著录层级。"), subject=level)
    return _READERS[level](unit_id, actor)


def _none() -> NotFound:
    return NotFound(_("没有这个著录对象，或者您不能查看它。"), remedy=_("请从目录树或档案页面进入。"))


def _fonds(unit_id: UUID, actor: Actor) -> Unit:
    fonds = _visible_fonds(unit_id, actor)
    told = {
        "reference_code": fonds.code, "title": fonds.name, "responsible": fonds.creator.name,
        "date_text": _span(fonds.started, fonds.ended), "history": fonds.history,
        "M4": fonds.archive.code if fonds.archive.code.isdigit() else "",
    }  # fmt: skip
    return _described(Level.FONDS, fonds.id, fonds.name, fonds, "", told)


def _class(unit_id: UUID, actor: Actor) -> Unit:
    scheme = Scheme.objects.filter(id=unit_id).first()
    if scheme is None:
        raise _none()
    fonds = _visible_fonds(scheme.fonds_id, actor)
    code = "·".join(part for part in (f"{fonds.code}-{scheme.category}", scheme.subclasses) if part)
    told = {
        "reference_code": code, "title": scheme.name, "responsible": fonds.creator.name,
        "date_text": f"{scheme.year_from}–{scheme.year_to or ''}",
    }  # fmt: skip
    above = (Level.FONDS.value, fonds.id, fonds.name)
    return _described(Level.CLASS, scheme.id, scheme.name, fonds, scheme.category, told, above)


def _volume(unit_id: UUID, actor: Actor) -> Unit:
    volume = Volume.objects.select_related("scheme").filter(id=unit_id).first()
    if volume is None:
        raise _none()
    fonds = _visible_fonds(volume.fonds_id, actor)
    term = _(retention_term(volume.retention).name) if volume.retention else ""
    told = {
        "reference_code": volume.reference_code, "title": volume.title, "date_text": volume.date_text,
        "retention": term,
    }  # fmt: skip
    above = (Level.CLASS.value, volume.scheme_id, volume.scheme.name)
    return _described(Level.VOLUME, volume.id, volume.title, fonds, volume.scheme.category, told, above)


def _item(unit_id: UUID, actor: Actor) -> Unit:
    record = record_for(unit_id, actor)
    category = record.scheme.category if record.scheme else ""
    asked = template_for(record.fonds.archive_id, category, Level.ITEM)
    above: tuple[str, UUID, str] | None = None
    if record.volume:
        above = (Level.VOLUME.value, record.volume.id, record.volume.title)
    elif record.scheme:
        above = (Level.CLASS.value, record.scheme.id, record.scheme.name)
    return Unit(
        Level.ITEM, record.id, record.title, record.fonds, asked, item_values(record, asked),
        frozenset(row.name for row in asked.rows if row.element.field and row.element.field not in WRITABLE),
        record.changed_at, scope_of(record), f"record:{record.id}", above,
    )  # fmt: skip


def item_values(record: Record, asked: Asked) -> dict[str, str]:
    """What a record says of each element of a template, by name."""
    return {row.name: item_value(record, row.element.field, row.element.key) for row in asked.rows}


def item_value(record: Record, field: str, key: str) -> str:
    """One value of a record: of a column in the words people read, else of its metadata."""
    if not field or field == "history":
        return str(record.metadata.get(key, "") or "")
    if field == "level":
        return str(record.get_level_display())
    if field == "opening_mark":
        return str(record.get_opening_mark_display())
    value = getattr(record, field)
    if field == "retention" and value:
        return _(retention_term(value).name)
    return str(value or "")


def _document(unit_id: UUID, actor: Actor) -> Unit:
    document = (
        Document.objects.select_related("record__fonds__archive", "record__scheme").filter(id=unit_id).first()
    )
    if document is None:
        raise _none()
    record = record_for(document.record_id, actor)
    told = {"title": document.title or document.original_name}
    above = (Level.ITEM.value, record.id, record.title)
    unit = _described(Level.DOCUMENT, document.id, told["title"], record.fonds, "", told, above)
    return _placed(unit, scope_of(record), f"record:{record.id}")


def _placed(unit: Unit, scope: Scope, subject: str) -> Unit:
    values = {name: getattr(unit, name) for name in Unit.__slots__}
    return Unit(**values | {"scope": scope, "subject": subject})


def _described(
    level: Level, unit_id: UUID, title: str, fonds: Fonds, category: str, told: Mapping[str, str],
    above: tuple[str, UUID, str] | None = None,
) -> Unit:  # fmt: skip
    """A unit whose own row tells some values, by column or key of the element; the rest was described."""
    asked = template_for(fonds.archive_id, category, level)
    row = UnitDescription.objects.filter(level=level, unit_id=unit_id).first()
    said = row.values if row else {}
    values, fixed = {}, set()
    for each in asked.rows:
        column = told.get(each.element.field) or told.get(each.element.code) or ""
        if each.element.field == "level":
            column = str(level.label)
        if column or each.element.field in told:
            fixed.add(each.name)
        values[each.name] = column or str(said.get(each.element.key, ""))
    return Unit(
        level.value, unit_id, title, fonds, asked, values, frozenset(fixed), row.changed_at if row else None,
        fonds_scope(fonds), f"{SUBJECTS.get(level, 'record')}:{unit_id}", above,
    )  # fmt: skip


def _visible_fonds(fonds_id: UUID, actor: Actor) -> Fonds:
    """The fonds, if it is the actor's agency's or archive's, or holds something the actor may see."""
    fonds = Fonds.objects.select_related("archive", "creator").filter(id=fonds_id).first()
    if fonds is None:
        raise _none()
    own = actor.organisation_id in (fonds.creator_id, fonds.archive_id) or "system" in actor.roles
    if not own and not readable(Record.objects.filter(fonds=fonds), actor).exists():
        raise _none()
    return fonds


def _span(start: Any, end: Any) -> str:
    return f"{start or ''}–{end or ''}" if start or end else ""


_READERS: Mapping[str, Callable[[UUID, Actor], Unit]] = {
    Level.FONDS.value: _fonds,
    Level.CLASS.value: _class,
    Level.VOLUME.value: _volume,
    Level.ITEM.value: _item,
    Level.DOCUMENT.value: _document,
}


def isad_of(unit: Unit) -> dict[str, list[tuple[str, str]]]:
    """The values of a unit under the numbers of ISAD(G): name and value of each element there."""
    known = elements()
    found: dict[str, list[tuple[str, str]]] = {}
    for name, value in unit.values.items():
        if value:
            found.setdefault(known[name].isad, []).append((name, value))
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(".")]))


def described_values(level: str, unit_id: UUID) -> Mapping[str, str]:
    """What was described of a unit beyond its own row, by key of the element: for exports and the guide."""
    row = (
        UnitDescription.objects.filter(level=level, unit_id=unit_id).values_list("values", flat=True).first()
    )
    return cast("Mapping[str, str]", row or {})
