"""Operations of migrations that a table of five million rows can bear."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Index


class UnindexForeignKey(migrations.AlterField):
    """Takes the index off a foreign key, and changes nothing else of it.

    For this Django copies the whole table where the database is SQLite: at five million rows it
    was stopped after a quarter of an hour. To drop the index takes seconds.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Drops the indexes of the key's column alone, but those that the model names."""
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        named = {index.name for index in model._meta.indexes}
        for name in schema_editor._constraint_names(
            model, [column], index=True, type_=Index.suffix, exclude=named
        ):
            schema_editor.execute(schema_editor._delete_index_sql(model, name))

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Makes them again, as Django does."""
        super().database_forwards(app_label, schema_editor, from_state, to_state)
