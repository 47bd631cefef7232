"""Inserting many rows at once, around the ORM's cost for each object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models

PIECE = 2_000
_KEPT: dict[type[models.Field[Any, Any]], type] = {
    models.CharField: str,
    models.TextField: str,
    models.IntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
    models.BigIntegerField: int,
    models.PositiveBigIntegerField: int,
}
"""Kinds of field and of value where the database takes the value as it is."""


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Inserts new objects of one model, in the caller's transaction.

    One prepared statement on SQLite, ``COPY`` on PostgreSQL; values go through the fields' own
    conversions. Signals are not sent and nothing is read back, so keys must be set.
    """
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]  # the thing itself: its proxy costs a lookup a field
    meta = rows[0]._meta
    fields = list(meta.concrete_fields)
    quote = connection.ops.quote_name
    table, columns = quote(meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for values in _values(rows, fields, connection):
                    copy.write_row(values)
        else:
            places = ", ".join(["%s"] * len(fields))
            statement = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - names from the model
            for start in range(0, len(rows), PIECE):
                cursor.executemany(statement, list(_values(rows[start : start + PIECE], fields, connection)))
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def insert_values(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Inserts rows that are plain values already, in the caller's transaction; the fastest way in.

    Args:
        model: whose table.
        names: fields of the values, all that have no default in the database.
        rows: text, numbers and ``None``, as every database takes them: keys as hexadecimal digits,
            days in ISO 8601, JSON as text; moments by :func:`stored_moment`.

    Raises:
        IntegrityError: Django's, like its other errors, although its cursor is gone around.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(_column(model, name)) for name in names)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["?"] * len(names))
        raw: Any = connection.connection  # Django's cursor would rewrite each statement's placeholders
        raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608 - names from the model


def select_values(
    model: type[models.Model], names: Sequence[str], keys: Sequence[UUID | str], *, by: str = ""
) -> list[tuple[Any, ...]]:
    """Rows of which one field is among some keys, as plain values in no order; the fastest way out.

    Args:
        model: whose table.
        names: fields; ``scheme__category`` is that field of the row a foreign key names, if it names one.
        keys: at most some hundreds.
        by: the field that is asked for; empty means the primary key.

    Returns:
        text, numbers and ``None``: keys as hexadecimal digits, days and moments in ISO 8601.
    """
    if not keys:
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns, joins = [], {}
    for name in names:
        link, _sign, told = name.rpartition("__")
        field: Any = model._meta.get_field(link or name)
        if link:
            other = field.related_model._meta
            joins[quote(other.db_table)] = (
                f"{quote(other.db_table)}.{quote(other.pk.column)} = {table}.{quote(field.column)}"
            )
            columns.append(_plain(other.get_field(told), quote(other.db_table), connection))
        else:
            columns.append(_plain(field, table, connection))
    joined = "".join(f" LEFT JOIN {other} ON {condition}" for other, condition in joins.items())
    asked: Any = model._meta.get_field(by) if by else model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {table}{joined} "  # noqa: S608 - names from the model
            f"WHERE {table}.{quote(asked.column)} IN ({', '.join(['%s'] * len(keys))})",
            [key.hex if isinstance(key, UUID) else key for key in keys],
        )
        return list(cursor.fetchall())


def _plain(field: Any, table: str, connection: Any) -> str:
    """A column as :func:`select_values` gives it, past the drivers' conversions."""
    column = f"{table}.{connection.ops.quote_name(field.column)}"
    kind = getattr(field, "target_field", field)
    if connection.vendor == "postgresql":
        if isinstance(kind, models.UUIDField):
            return f"replace({column}::text, '-', '')"
        return f"{column}::text" if isinstance(kind, models.DateField) else column
    return f"{column} || ''" if isinstance(kind, models.DateField) else column


def merge_numbers(
    model: type[models.Model],
    names: Sequence[str],
    keys: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    add: bool,
) -> None:
    """Inserts rows whose last value is a number; where one with their keys stands, the two become one.

    Args:
        model: whose table.
        names: fields of the values, the number last.
        keys: fields that are unique together.
        rows: plain values, as for :func:`insert_values`; in one order, so that two cannot wait for each other.
        add: whether numbers are added up; otherwise the higher one stays.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    columns = {name: quote(_column(model, name)) for name in (*names, *keys)}
    table, number = quote(model._meta.db_table), columns[names[-1]]
    highest = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    standing, coming = f"{table}.{number}", f"excluded.{number}"
    merged = f"{standing} + {coming}" if add else f"{highest}({standing}, {coming})"
    statement = (
        f"INSERT INTO {table} ({', '.join(columns[name] for name in names)}) "  # noqa: S608 - names from the model
        f"VALUES ({', '.join(['%s'] * len(names))}) "
        f"ON CONFLICT ({', '.join(columns[name] for name in keys)}) DO UPDATE SET {number} = {merged}"
    )
    with connection.cursor() as cursor:
        for start in range(0, len(rows), PIECE):
            cursor.executemany(statement, rows[start : start + PIECE])


def stored_moment(moment: datetime) -> str:
    """A moment as text that every database takes."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        return moment.isoformat()
    return str(moment.astimezone(connection.timezone).replace(tzinfo=None))


def set_column(model: type[models.Model], name: str, values: Mapping[UUID, Any]) -> None:
    """Sets one column of many rows, each to its own value, by prepared statement.

    Args:
        model: whose table.
        name: the field.
        values: value by primary key.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    field: Any = model._meta.get_field(name)
    key: Any = model._meta.pk
    table, columns = quote(model._meta.db_table), (quote(str(field.column)), quote(str(key.column)))
    statement = f"UPDATE {table} SET {columns[0]} = %s WHERE {columns[1]} = %s"  # noqa: S608 - names from the model
    rows = [
        (field.get_db_prep_save(value, connection), key.get_db_prep_save(row_id, connection))
        for row_id, value in values.items()
    ]
    with connection.cursor() as cursor:
        for start in range(0, len(rows), PIECE):
            cursor.executemany(statement, rows[start : start + PIECE])


def set_columns(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Writes some fields of rows that stand already, each row its own values, by prepared statement.

    What ``bulk_update`` does, without building a statement with a case for every row.
    """
    if not rows:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    quote, meta = connection.ops.quote_name, rows[0]._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    key: Any = meta.pk
    changes = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    statement = f"UPDATE {quote(meta.db_table)} SET {changes} WHERE {quote(str(key.column))} = %s"  # noqa: S608 - names from the model
    with connection.cursor() as cursor:
        for start in range(0, len(rows), PIECE):
            piece = rows[start : start + PIECE]
            cursor.executemany(statement, list(_values(piece, [*fields, key], connection)))


def _column(model: type[models.Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def _values(rows: Sequence[models.Model], fields: Sequence[Any], connection: Any) -> Iterator[list[Any]]:
    """Each row as the database takes it, in the order of the fields."""
    converters = [(field.attname, _KEPT.get(type(field)), field.get_db_prep_save) for field in fields]
    for row in rows:
        values = [(getattr(row, name), kept, convert) for name, kept, convert in converters]
        yield [
            value if kept and (value is None or type(value) is kept) else convert(value, connection)
            for value, kept, convert in values
        ]
