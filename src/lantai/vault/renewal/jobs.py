"""Migration as a job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from .models import MigrationPlan
from .services import JOB, carry_out, waiting_documents


@job(JOB, title=gettext_noop("转换格式"))
def migrate(run: JobRun, plan_id: str) -> dict[str, Any]:
    """Converts what a plan names; originals stay, results are inspected."""
    plan = MigrationPlan.objects.get(id=UUID(plan_id))
    run.step(_("转换并检验"), total=waiting_documents(plan).count())
    return carry_out(plan, run.actor, run.advance)
