"""Conditions written so that a database finds the index made for them."""

from __future__ import annotations

from typing import Any

from django.db.models import Field
from django.db.models.lookups import In


@Field.register_lookup
class AmongThese(In):
    """Among values of a vocabulary, written out in the query.

    SQLite enters a partial index only for a query that names its condition word for word, which a
    value handed over beside the query does not.
    """

    lookup_name = "among_these"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The condition without parameters.

        Raises:
            ValueError: a value is no key of a vocabulary.
        """
        column, params = self.process_lhs(compiler, connection)
        values = [str(value) for value in self.rhs]
        if not all(value.isascii() and value.isidentifier() for value in values):
            raise ValueError(f"no keys of a vocabulary: {values}")
        return f"{column} IN ({', '.join(map(repr, values))})", tuple(params)
