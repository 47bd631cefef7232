"""Rows of descriptions put back by the hundred thousand: from text to table, without an instance for each."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models

from .bulk import insert_values, select_values, stored_moment

_ASKED_AT_ONCE = 900
"""Keys in one query, within what SQLite takes at least."""
Stored = dict[str, Any]
"""A row's values by field, as the database took them: keys as hexadecimal digits, days and moments as text."""


def insert_missing(
    model: type[models.Model], rows: Iterable[Mapping[str, Any]], ids: Mapping[str, UUID] | None = None
) -> list[Stored]:
    """Inserts the rows whose keys are not there, in the caller's transaction; the others stay as they are.

    Args:
        model: whose table; its key is ``id``.
        rows: what :func:`lantai.core.plainrows.plain_rows` gave; one given twice counts once.
        ids: new keys of other rows, by their old ones as text.

    Returns:
        the rows that were inserted.

    Raises:
        ValueError: a key, a day or a moment is none.
    """
    wanted = {row["id"]: row for row in rows}
    if not wanted:
        return []
    present = present_keys(model, list(wanted))
    columns = _columns(model)
    renamed = {key: value.hex for key, value in (ids or {}).items()}
    names = [name for name, _convert, _default, _is_relation in columns]

    def stored(row: Mapping[str, Any]) -> list[Any]:
        values: list[Any] = []
        for name, convert, default, is_relation in columns:
            value = row[name] if name in row else default()
            if value is None:
                values.append(None)
            elif is_relation and value in renamed:
                values.append(renamed[value])
            else:
                values.append(convert(value))
        return values

    made = [stored(row) for key, row in wanted.items() if _digits(key) not in present]
    insert_values(model, names, made)
    return [dict(zip(names, values, strict=True)) for values in made]


def present_keys(model: type[models.Model], keys: Sequence[str]) -> set[str]:
    """Those keys that are there, as hexadecimal digits; any number of them."""
    digits = [_digits(key) for key in keys]
    return {
        found
        for start in range(0, len(digits), _ASKED_AT_ONCE)
        for (found,) in select_values(model, ["id"], digits[start : start + _ASKED_AT_ONCE])
    }


def _columns(
    model: type[models.Model],
) -> list[tuple[str, Callable[[Any], Any], Callable[[], Any], bool]]:
    """Of each field in order: its name, how its plain value is stored, its default, whether it names a row."""
    return [
        (field.name, _converter(field), field.get_default, field.is_relation)
        for field in model._meta.concrete_fields
    ]


def _converter(field: Any) -> Callable[[Any], Any]:
    kind = getattr(field, "target_field", field)
    if isinstance(kind, models.UUIDField):
        return _known_digits if field.is_relation else _digits
    if isinstance(kind, models.BinaryField):
        return _bytes
    if isinstance(kind, models.DateTimeField):
        return _moment
    if isinstance(kind, models.DateField):
        return _day
    if isinstance(kind, models.JSONField):
        return _json
    if isinstance(kind, models.CharField | models.TextField):
        return str
    return _by_field(field)


def _digits(key: str | UUID) -> str:
    return key.hex if isinstance(key, UUID) else UUID(key).hex


@lru_cache(maxsize=4096)
def _known_digits(key: str) -> str:
    """The same for keys that many rows name."""
    return _digits(key)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else base64.b64decode(value)


def _moment(value: str | datetime) -> str:
    return stored_moment(value) if isinstance(value, datetime) else _told_moment(value)


@lru_cache(maxsize=4096)
def _told_moment(value: str) -> str:
    """Rows that came into being together tell one moment."""
    return stored_moment(datetime.fromisoformat(value))


@lru_cache(maxsize=4096)
def _day(value: str | date) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _json(value: Any) -> str:
    return json.dumps(value)


def _by_field(field: Any) -> Callable[[Any], Any]:
    """Numbers and truths: as the field itself stores them."""
    connection = connections[DEFAULT_DB_ALIAS]

    def convert(value: Any) -> Any:
        return value if type(value) is int else field.get_db_prep_save(field.to_python(value), connection)

    return convert
