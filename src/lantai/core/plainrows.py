"""Rows as plain values and back: what descriptions in the vault are made of.

Every concrete field stands under its name: keys of other rows as text, times in UTC, bytes in
Base64, JSON as it is. A field that a description does not tell keeps its default, so that what
was written before the field existed can still be read.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import QuerySet

from .canonical import utc_text

Row = TypeVar("Row", bound=models.Model)
_BATCH = 500


def plain_rows(queryset: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    """Rows as JSON-ready values by field name; no instance is made."""
    fields = queryset.model._meta.concrete_fields
    names = [field.name for field in fields]
    for values in queryset.values_list(*(field.attname for field in fields)):
        yield dict(zip(names, map(_as_plain, values), strict=True))


def row_from(model: type[Row], values: Mapping[str, Any], ids: Mapping[str, UUID] | None = None) -> Row:
    """An unsaved row of what :func:`plain_rows` gave; ``ids`` renames keys of other rows."""
    row = model()
    for field in model._meta.concrete_fields:
        if field.name not in values:
            continue
        value = values[field.name]
        if field.is_relation:
            value = _key((ids or {}).get(value, value))
        elif isinstance(field, models.BinaryField):
            value = base64.b64decode(value)
        else:
            value = field.to_python(value)
        setattr(row, field.attname, value)
    return row


def restore_rows(
    model: type[Row], rows: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID] | None = None
) -> list[Row]:
    """Inserts rows whose keys are not there; what is there stays as it is. Returns all given."""
    made = [row_from(model, row, ids) for row in rows]
    model._default_manager.bulk_create(made, ignore_conflicts=True, batch_size=_BATCH)
    return made


def _as_plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value


def _key(value: Any) -> UUID | None:
    return value if value is None or isinstance(value, UUID) else UUID(value)
