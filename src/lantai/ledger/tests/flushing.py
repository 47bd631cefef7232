"""Lets test databases be emptied although their triggers refuse it. For tests alone."""

from __future__ import annotations

from contextlib import contextmanager

from django.db import connection


@contextmanager
def triggers_lifted():
    """Takes append-only triggers away for a moment, as only the owner of a database can."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            lift = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
            restore = [sql for _, sql in triggers]
        else:
            cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
            tables = [table for (table,) in cursor.fetchall()]
            settle = "SET CONSTRAINTS ALL IMMEDIATE"  # a table with events pending cannot be altered
            lift = [settle, *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables)]
            restore = [settle, *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables)]
        for statement in lift:
            cursor.execute(statement)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in restore:
                cursor.execute(statement)


def flush_with_triggers_lifted(execute_sql_flush):
    """Wraps a database backend's way of emptying tables between transactional tests."""

    def flush(operations, sql_list):
        with triggers_lifted():
            return execute_sql_flush(operations, sql_list)

    return flush
