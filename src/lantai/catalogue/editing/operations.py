"""What an edit makes of one value, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lantai.core.actors import Actor
from lantai.core.errors import Conflict, Invalid, LantaiError
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, allows
from lantai.records.api import Record, State, describe, refuse_handed_over, scope_of

from ..description.elements import Element, elements, split_values
from ..description.units import WRITABLE, item_value
from ..description.vocabularies import preferred_words
from .models import BulkEdit

ACT = "catalogue.edit_records"
Operation = BulkEdit.Operation


def editable() -> list[Element]:
    """The elements many records can be given at once."""
    return [
        each
        for each in elements().values()
        if "item" in each.levels and (not each.field or each.field in WRITABLE)
    ]


@dataclass
class Operator:
    """An edit as it is applied to record after record."""

    edit: BulkEdit
    actor: Actor

    def __post_init__(self) -> None:
        self._allowed: dict[Scope, bool] = {}

    @cached_property
    def element(self) -> Element:
        """The element it changes."""
        return elements()[self.edit.element]

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return preferred_words(self.edit.vocabulary) if self.edit.vocabulary else {}

    def value_of(self, record: Record) -> str:
        """What the record says now."""
        return item_value(record, self.element.field, self.element.key)

    def new_value(self, value: str) -> str:
        """What it says after the edit."""
        edit = self.edit
        if edit.operation == Operation.SET:
            return edit.value
        if edit.operation == Operation.REPLACE:
            return value.replace(edit.find, edit.value)
        if edit.operation == Operation.APPEND:
            between = "；" if self.element.repeatable and value else ""
            return (
                value
                if self.element.repeatable and edit.value in split_values(value)
                else value + between + edit.value
            )
        mapped = [self._words.get(word, word) for word in split_values(value)]
        return "；".join(dict.fromkeys(mapped)) if mapped != list(split_values(value)) else value

    def changes(self, record: Record, value: str) -> dict[str, Any]:
        """The same as fields of a record."""
        element = self.element
        if element.field:
            if element.type != "integer":
                return {element.field: value}
            if not value.isdecimal():
                raise Invalid(_("“%(name)s”要填数字。") % {"name": element.name}, subject=value[:40])
            return {element.field: int(value)}
        metadata = {**record.metadata, element.key: value}
        if not value:
            del metadata[element.key]
        return {"metadata": metadata}

    def problem(self, record: Record, value: str) -> str:
        """Why the record cannot be given the value, in words; empty where it can."""
        scope = scope_of(record)
        if scope not in self._allowed:
            self._allowed[scope] = allows(self.actor, ACT, scope)
        if not self._allowed[scope]:
            return _("您没有修改这件档案的权限。")
        if record.state == State.DESTROYED:
            return _("这件档案已销毁。")
        before = {name: getattr(record, name) for name in _TOUCHED}
        try:
            refuse_handed_over(record, self.actor)
            describe(record, self.changes(record, value))
        except Conflict:
            return _("已经移交，只供查阅。")
        except LantaiError as error:
            return str(error)
        finally:
            for name, kept in before.items():
                setattr(record, name, kept)
        return ""


_TOUCHED = (
    "title", "responsible", "document_number", "date_text", "date_start", "date_end", "date_certainty",
    "disclosure", "secrecy_period", "page_count", "metadata", "flags",
)  # fmt: skip
