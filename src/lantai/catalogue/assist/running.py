"""The job that proposes for many records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from lantai.core.errors import Forbidden, NotFound
from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _

from .services import propose

PROPOSE = "catalogue.propose"


def propose_for(run: JobRun, record_ids: Sequence[UUID]) -> Counter[str]:
    """Proposes for each record; one the actor may not read is passed over."""
    run.step(_("读取文字，提出建议"), total=len(record_ids))
    counts: Counter[str] = Counter()
    for record_id in record_ids:
        try:
            made = propose(record_id=record_id, actor=run.actor)
        except (NotFound, Forbidden):
            counts["passed_over"] += 1
        else:
            counts.update(records=1, proposals=len(made))
        run.advance()
    return counts
