"""What is asked for at one level of one category: the archive's own template, or the shipped one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.institutions.api import Organisation
from lantai.ledger.api import append
from lantai.records.api import categories

from .elements import OBLIGATIONS, Element, elements, shipped_template
from .models import Level, Template, Vocabulary

ACT = "catalogue.set_template"


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a template: how far it must be there, from which vocabulary, with which default."""

    element: Element
    obligation: str
    vocabulary: str = ""
    default: str = ""

    @property
    def name(self) -> str:
        """The element's name."""
        return self.element.name


@dataclass(frozen=True, slots=True)
class Asked:
    """A template in force."""

    category: str
    level: str
    name: str
    standard: str
    rows: tuple[Row, ...]
    own: bool

    def missing(self, values: Mapping[str, str]) -> list[str]:
        """Names of mandatory elements without a value. ``values`` is by name of the element."""
        return [
            row.name
            for row in self.rows
            if row.obligation == "mandatory" and not values.get(row.name, "").strip()
        ]


def template_for(archive_id: UUID | None, category: str, level: str) -> Asked:
    """The template in force for an archive.

    Raises:
        Invalid: there is no such level.
    """
    if level not in Level.values:
        raise Invalid(_("没有“%(level)s”这个著录层级。") % {"level": level})
    shipped = shipped_template(category, level)
    own = Template.objects.filter(archive_id=archive_id, category=category, level=level).first()
    rows = _own_rows(own.rows) if own else _shipped_rows(category, level)
    return Asked(category, level, shipped.name, shipped.standard, tuple(rows), own is not None)


def _shipped_rows(category: str, level: str) -> list[Row]:
    """The shipped elements, with whatever else the standard demands of the level."""
    known, shipped = elements(), shipped_template(category, level)
    demanded = [
        name for name, element in known.items() if element.levels.get(level) in ("mandatory", "if_any")
    ]
    rows = []
    for name in dict.fromkeys([*shipped.elements, *demanded]):
        obligation = known[name].levels.get(level, "optional")
        if name in shipped.when and obligation == "optional":
            obligation = "if_any"
        rows.append(Row(known[name], "mandatory" if name in shipped.need else obligation))
    return rows


def _own_rows(stored: Sequence[Mapping[str, str]]) -> list[Row]:
    known = elements()
    return [
        Row(known[row["element"]], row["obligation"], row.get("vocabulary", ""), row.get("default", ""))
        for row in stored
        if row["element"] in known  # one that was taken out of the data file is asked for no longer
    ]


def offered(category: str, level: str) -> list[Element]:
    """Elements a template of this category and level may have."""
    kept = {row.name for row in _shipped_rows(category, level)}
    return [element for element in elements().values() if level in element.levels or element.name in kept]


@transaction.atomic
def set_template(
    *, archive: Organisation, category: str, level: str, rows: Sequence[Mapping[str, str]], actor: Actor
) -> Template:
    """Sets an archive's own template.

    Args:
        archive: whose.
        category: code of the category; empty above and below the item.
        level: one of :class:`Level`.
        rows: ``element``, ``obligation``, ``vocabulary`` and ``default`` of each, in order.
        actor: who sets it.

    Raises:
        Invalid: an element is unknown or stands twice, or one that the standard demands is left out or weakened.
    """
    require(actor, ACT, Scope(organisation_id=archive.id), subject=archive.name)
    if level not in Level.values or (category and category not in categories()):
        raise Invalid(_("没有这个门类或著录层级。"), subject=f"{category}/{level}")
    told = [
        {key: str(row.get(key, "")).strip() for key in ("element", "obligation", "vocabulary", "default")}
        for row in rows
    ]
    _check(told, category, level, archive)
    found = (
        Template.objects.select_for_update().filter(archive=archive, category=category, level=level).first()
    )
    before = found.rows if found else None
    template = found or Template(archive=archive, category=category, level=level)
    template.rows, template.changed_at, template.changed_by = told, timezone.now(), actor.id
    template.save()
    append(act=ACT, actor=actor, subject=f"template:{template.id}", before=before, after=told)
    return template


def _check(rows: Sequence[Mapping[str, Any]], category: str, level: str, archive: Organisation) -> None:
    known = {element.name: element for element in offered(category, level)}
    names = [row["element"] for row in rows]
    twice = {name for name in names if names.count(name) > 1}
    if wrong := [name for name in names if name not in known or name in twice]:
        raise Invalid(_("模板里有不认识或重复的著录项：%(names)s。") % {"names": "、".join(wrong)})
    if wrong := [row["element"] for row in rows if row["obligation"] not in OBLIGATIONS]:
        raise Invalid(_("必著性只能是必著、有则必著或选著：%(names)s。") % {"names": "、".join(wrong)})
    given = {row["element"]: row["obligation"] for row in rows}
    weak = [
        name for name, element in known.items()
        if element.levels.get(level) == "mandatory" and given.get(name) != "mandatory"
    ]  # fmt: skip
    if weak:
        raise Invalid(
            _("标准规定这些著录项必著，不能去掉：%(names)s。") % {"names": "、".join(weak)},
            remedy=_("请把它们留在模板里，设为必著。"),
        )
    wanted = {row["vocabulary"] for row in rows if row["vocabulary"]}
    standing = set(Vocabulary.objects.filter(archive=archive, key__in=wanted).values_list("key", flat=True))
    if lost := sorted(wanted - standing):
        raise Invalid(_("没有这些词表：%(names)s。") % {"names": "、".join(lost)}, remedy=_("请先建立词表。"))
