"""The destruction itself, as a job; what a crash leaves is closed by the worker."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lantai.core.actors import SYSTEM
from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.vault.api import Erasure, finish_erasures

from .models import Disposal
from .register import close
from .services import EXECUTE


@job(EXECUTE, title=gettext_noop("执行销毁"))
def execute(run: JobRun, disposal_id: str) -> dict[str, Any]:
    """Erases what was condemned, then seals the register."""
    disposal = Disposal.objects.get(id=UUID(disposal_id))
    waiting = Erasure.objects.filter(basis=f"disposal:{disposal.id}", finished_at=None)
    run.step(_("在各存储上销毁"), total=waiting.count())
    seen = 0

    def observe(done: int) -> None:
        nonlocal seen
        run.advance(done - seen)
        seen = done

    finish_erasures(SYSTEM, observe)
    return {"closed": close(disposal)}


def close_what_is_carried_out() -> None:
    """Seals the registers of disposals whose destruction another process finished."""
    for disposal in Disposal.objects.filter(state=Disposal.State.EXECUTING):
        close(disposal)
