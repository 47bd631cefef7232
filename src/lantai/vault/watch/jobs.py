"""Drills as jobs."""

from __future__ import annotations

from typing import Any

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.settings import VAULT_DRILL_OBJECTS

from .drills import JOB, drill


@job(JOB, title=gettext_noop("恢复演练"))
def hold_drill(run: JobRun, stores: list[str] | None = None) -> dict[str, Any]:
    """Restores random objects from every backup; the report is on the page of drills."""
    run.step(_("从备份取回"), total=None)
    seen = 0

    def observe(tried: int) -> None:
        nonlocal seen
        run.advance(tried - seen)
        seen = tried

    held = drill(actor=run.actor, stores=stores or (), objects=VAULT_DRILL_OBJECTS.read(), observe=observe)
    return {"drill": str(held.id), "passed": held.passed, "objects": held.objects_count}
