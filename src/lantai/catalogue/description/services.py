"""Describing a unit: one act, whatever its level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.core.dates import parse_date
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.ports import require
from lantai.ledger.api import append
from lantai.records.api import Record, RecordsChanged, clean_text, update_description

from .elements import split_values
from .models import Level, UnitDescription
from .templates import Row
from .units import Unit, unit_for
from .vocabularies import allowed_words

ACT = "catalogue.describe"
LONGEST = 20_000


def describe_unit(
    *, unit: Unit, changes: Mapping[str, str], expected_changed_at: datetime | None, actor: Actor
) -> Unit:
    """Sets values of a unit, by name of the element; an empty one takes a value away.

    Args:
        unit: as the editor saw it.
        changes: new values of some elements of its template.
        expected_changed_at: ``unit.changed_at`` the editor saw.
        actor: who describes.

    Raises:
        Conflict: somebody described it meanwhile, or its state forbids it.
        Forbidden: the actor may not.
        Invalid: a value breaks a rule; the message names the element.
    """
    values = check_values(unit, changes)
    if unit.level == Level.ITEM:
        _describe_item(unit, values, expected_changed_at, actor)
    else:
        _describe_other(unit, values, expected_changed_at, actor)
    return unit_for(unit.level, unit.id, actor)


def check_values(unit: Unit, changes: Mapping[str, str]) -> dict[str, str]:
    """The changes, tidied and held to the template.

    Raises:
        Invalid: an element is not asked for or set elsewhere, or a value breaks a rule.
    """
    rows = {row.name: row for row in unit.asked.rows}
    values: dict[str, str] = {}
    for name, text in changes.items():
        if name not in rows or name in unit.fixed:
            raise Invalid(
                _("“%(name)s”不能在这里著录。") % {"name": name},
                remedy=_("可以著录：%(names)s。")
                % {"names": "、".join(n for n in rows if n not in unit.fixed)},
            )
        value = clean_text(str(text))[0].strip() if text else ""
        if value != unit.values[name]:
            _hold(rows[name], value, unit)
            values[name] = value
    return values


def _hold(row: Row, value: str, unit: Unit) -> None:
    """One value against its type, its length and its vocabulary."""
    name = {"name": row.name}
    if len(value) > LONGEST:
        raise Invalid(_("“%(name)s”太长，最多 %(most)s 字。") % {**name, "most": LONGEST})
    if not value:
        if row.element.field == "title":
            raise Invalid(_("题名不能为空。"))
        return
    if row.element.type == "date" and unit.level != Level.ITEM:
        parse_date(value)
    if row.element.type == "integer" and not value.isdecimal():
        raise Invalid(_("“%(name)s”要填数字。") % name, subject=value[:40])
    if row.vocabulary:
        words = split_values(value) if row.element.repeatable else [value]
        if wrong := allowed_words(unit.fonds.archive_id, row.vocabulary, words):
            raise Invalid(
                _("“%(name)s”里有词表以外的词：%(words)s。") % {**name, "words": "、".join(wrong)},
                remedy=_("请从词表中选，或先把词加进词表。"),
            )


def _describe_item(unit: Unit, values: Mapping[str, str], expected: datetime | None, actor: Actor) -> None:
    record = Record.objects.get(id=unit.id)
    known = {row.name: row.element for row in unit.asked.rows}
    changes: dict[str, Any] = {}
    metadata = dict(record.metadata)
    for name, value in values.items():
        element = known[name]
        if element.field and element.field != "history":
            changes[element.field] = int(value or 0) if element.type == "integer" else value
        elif value:
            metadata[element.key] = value
        else:
            metadata.pop(element.key, None)
    if metadata != record.metadata:
        changes["metadata"] = metadata
    if changes:
        update_description(
            record_id=unit.id, changes=changes, expected_changed_at=expected or record.changed_at, actor=actor
        )


@transaction.atomic
def _describe_other(unit: Unit, values: Mapping[str, str], expected: datetime | None, actor: Actor) -> None:
    require(actor, ACT, unit.scope, subject=unit.title)
    row = UnitDescription.objects.select_for_update().filter(level=unit.level, unit_id=unit.id).first()
    if (row.changed_at if row else None) != expected:
        raise Conflict(
            _("您打开之后，别人已修改过这里的著录，您的修改没有保存。"), subject=unit.title,
            remedy=_("请核对最新内容，再保存一次。"),
        )  # fmt: skip
    keys = {each.name: each.element.key for each in unit.asked.rows}
    before = dict(row.values) if row else {}
    after = before | {keys[name]: value for name, value in values.items()}
    after = {key: value for key, value in after.items() if value}
    if after == before:
        return
    record_id = unit.above[1] if unit.level == Level.DOCUMENT and unit.above else None
    row = row or UnitDescription(level=unit.level, unit_id=unit.id, record_id=record_id)
    row.values, row.changed_at = after, timezone.now()
    row.changed_by, row.changed_by_name = actor.id, actor.name
    row.save()
    append(act=ACT, actor=actor, subject=unit.subject, before=before, after=after)
    if record_id:
        publish(RecordsChanged((record_id,), "described"))
