"""Rows as plain values and back: what descriptions in the vault are made of.

Every concrete field stands under its name: keys of other rows as text, times in UTC, bytes in
Base64, JSON as it is. A field that a description does not tell keeps its default, so that what
was written before the field existed can still be read.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from .canonical import utc_text

Row = TypeVar("Row", bound=models.Model)
_BATCH = 500
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.JSONField)
"""Kinds of field whose values stand in a description as they are."""


def plain_rows(queryset: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    """Rows as JSON-ready values by field name; no instance is made."""
    fields = queryset.model._meta.concrete_fields
    converted = [field.name for field in fields if not isinstance(field, _PLAIN)]
    names = [field.name for field in fields]
    for values in queryset.values_list(*(field.attname for field in fields)):
        row = dict(zip(names, values, strict=True))
        for name in converted:
            if row[name] is not None:
                row[name] = _as_plain(row[name])
        yield row


def row_from(model: type[Row], values: Mapping[str, Any], ids: Mapping[str, UUID] | None = None) -> Row:
    """An unsaved row of what :func:`plain_rows` gave; ``ids`` renames keys of other rows."""
    renamed = ids or {}
    own = []
    for name, convert, default, is_relation in _plan(model):
        if name not in values:
            own.append(default())
            continue
        value = values[name]
        if is_relation:
            value = renamed.get(value, value)
        own.append(value if value is None else convert(value))
    return model(*own)


@lru_cache(maxsize=64)
def _plan(model: type[models.Model]) -> list[tuple[str, Callable[[Any], Any], Callable[[], Any], bool]]:
    """Of each field in order: name, how its plain value is read, its default, whether it is a key."""
    return [
        (field.name, _reader(field), field.get_default, field.is_relation)
        for field in model._meta.concrete_fields
    ]


def _reader(field: Any) -> Callable[[Any], Any]:
    if field.is_relation:
        return _key
    if isinstance(field, models.BinaryField):
        return base64.b64decode
    if isinstance(field, models.UUIDField):
        return _key
    if isinstance(field, models.DateTimeField):
        return datetime.fromisoformat
    if isinstance(field, models.CharField | models.TextField):
        return str
    if isinstance(field, models.JSONField):
        return _same
    return cast("Callable[[Any], Any]", field.to_python)


def _same(value: Any) -> Any:
    return value


def restore_rows(
    model: type[Row], rows: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID] | None = None
) -> list[Row]:
    """Inserts rows whose keys are not there; what is there stays as it is. Returns all given."""
    made = [row_from(model, row, ids) for row in rows]
    model._default_manager.bulk_create(made, ignore_conflicts=True, batch_size=_BATCH)
    return made


def _as_plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value


def _key(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
