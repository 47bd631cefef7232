"""The job that counts the holdings."""

from __future__ import annotations

from typing import Any

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext_noop

from .counting import COUNT, count_holdings


@job(COUNT, title=gettext_noop("统计馆藏"))
def count(run: JobRun) -> dict[str, Any]:
    """Counts what there is, in what state and how used."""
    return {"records": count_holdings(run)}
