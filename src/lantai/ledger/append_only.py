"""Tables that only grow: the ORM refuses changes, and so does the database by trigger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from django.db import migrations, models
from django.utils.translation import gettext as _

from lantai.core.errors import Conflict


def _refuse(model: type[models.Model]) -> NoReturn:
    raise Conflict(
        _("“%(table)s”只能追加，不能修改或删除。") % {"table": model._meta.verbose_name},
        remedy=_("如需更正，请另作一次业务操作，原记录保留。"),
    )


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset that reads and inserts, nothing else."""

    def update(self, **_kwargs: Any) -> int:
        """Refused with ``Conflict``."""
        _refuse(self.model)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Refused with ``Conflict``."""
        _refuse(self.model)

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> int:
        """Refused with ``Conflict``."""
        _refuse(self.model)


class AppendOnlyModel(models.Model):
    """A row that is written once. Pair it with :func:`refuse_changes` in a migration."""

    objects: models.Manager[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Inserts the row; a second time is refused with ``Conflict``."""
        if not self._state.adding:
            _refuse(type(self))
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refused with ``Conflict``."""
        _refuse(type(self))


def refuse_changes(table: str, *keys: Sequence[str]) -> migrations.RunPython:
    """A migration step with the triggers that refuse UPDATE and DELETE on a table.

    Args:
        table: the table's name.
        keys: the columns of each unique key. SQLite's ``INSERT OR REPLACE`` deletes without firing
            delete triggers, so inserting over an existing key is refused by a trigger of its own.
    """

    def create(_apps: Any, schema_editor: Any) -> None:
        statements = _postgresql(table) if schema_editor.connection.vendor == "postgresql" else []
        if schema_editor.connection.vendor == "sqlite":
            statements = _sqlite(table, keys)
        for statement in statements:
            schema_editor.execute(statement, params=None)

    def drop(_apps: Any, schema_editor: Any) -> None:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        for name in trigger_names(table):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}", params=None)

    return migrations.RunPython(create, drop)


def trigger_names(table: str) -> list[str]:
    """The triggers :func:`refuse_changes` may have made."""
    return [f"{table}_no_{verb}" for verb in ("update", "delete", "replace", "truncate")]


def _sqlite(table: str, keys: Sequence[Sequence[str]]) -> list[str]:
    refusal = f"SELECT RAISE(ABORT, '{table} is append-only')"
    statements = [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} BEGIN {refusal}; END"
        for verb in ("update", "delete")
    ]
    same = " OR ".join(
        "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in key) + ")" for key in keys
    )
    if same:
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 (names from our migrations)
        statements.append(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} BEGIN {refusal}; END"
        )
    return statements


def _postgresql(table: str) -> list[str]:
    function = (
        "CREATE OR REPLACE FUNCTION lantai_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    triggers = (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT"))
    return [function] + [
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"FOR EACH {each} EXECUTE FUNCTION lantai_append_only()"
        for verb, each in triggers
    ]
