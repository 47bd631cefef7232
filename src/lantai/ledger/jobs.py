"""Verifying the ledger as a job that people watch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from . import verification

KIND = "ledger.verify"


@job(KIND, title=gettext_noop("核验存证"))
def verify(run: JobRun) -> dict[str, Any]:
    """Verifies the whole ledger; the result is :class:`.verification.Verification` as JSON."""
    reached = 0

    def tell(done: int, total: int) -> None:
        nonlocal reached
        if reached == 0:
            run.step(_("逐条重算"), total=total)
        run.advance(done - reached)
        reached = done

    result = verification.verify(tell)
    report = {**asdict(result), "findings": [finding.as_dict() for finding in result.findings]}
    return {"ok": result.ok, **report}
