"""Rounds as jobs."""

from __future__ import annotations

from typing import Any

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from .rounds import JOB, Round, inspect_holdings, round_size


@job(JOB, title=gettext_noop("长期保存检测"))
def hold_round(run: JobRun, records: int | None = None) -> dict[str, Any]:
    """Inspects the records whose turn it is; killed and begun again, it does what is left."""
    limit = round_size() if records is None else records
    run.step(_("检测馆藏"), total=limit)
    seen = 0

    def observe(result: Round) -> None:
        nonlocal seen
        run.advance(result.records + result.unread - seen)
        seen = result.records + result.unread

    held = inspect_holdings(actor=run.actor, records=limit, round_id=run.job.id, observe=observe)
    if held.unread:
        run.log(_("%s 件没有现在能读的副本，未检测。") % held.unread)
    return {"records": held.records, "failed": held.failed, "unread": held.unread}
