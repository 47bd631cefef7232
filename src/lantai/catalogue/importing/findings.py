"""What a dry run finds and what a load comes to, written down as it happens."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from lantai.records.api import insert_values

from ..models import Import, ImportProblem
from .problems import Problem


class Findings:
    """Writes problems down and counts them.

    Attributes:
        kinds: how many there are of each.
        stopped: rows that stay out.
    """

    def __init__(self, batch: Import) -> None:
        self._batch_id = batch.id.hex
        self.kinds: Counter[str] = Counter()
        self.stopped: set[int] = set()

    def tell(self, problems: Sequence[Problem]) -> None:
        """Some more."""
        self.kinds.update(problem.kind for problem in problems)
        self.stopped.update(problem.row for problem in problems if problem.stops and problem.row)
        rows = [
            (
                self._batch_id, problem.row, problem.field, problem.kind, problem.stops,
                json.dumps(dict(problem.details), ensure_ascii=False),
            )
            for problem in problems
        ]  # fmt: skip
        if rows:
            insert_values(ImportProblem, ["batch_id", "row", "field", "kind", "stops", "details"], rows)


def count_loaded(batch: Import, done: Counter[str]) -> None:
    """Adds what a piece came to; other workers add what theirs do."""
    counts = Import.objects.select_for_update().values_list("counts", flat=True).get(id=batch.id)
    loaded = Counter(counts.get("loaded", {})) + done
    batch.counts = {**counts, "loaded": dict(loaded)}
    batch.save(update_fields=["counts"])
