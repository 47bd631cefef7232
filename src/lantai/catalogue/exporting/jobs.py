"""The job that writes an export."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from lantai.core.jobs import JobRun, job
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from .models import Export
from .services import EXPORT, entries_to_write, make_export
from .tables import Tell

TOLD_EVERY = 1_000


@job(EXPORT, title=gettext_noop("导出目录"))
def export(run: JobRun, export_id: str) -> dict[str, Any]:
    """Writes the file; values that did not fit are told in the log."""
    made = Export.objects.select_related("fonds__archive", "fonds__creator").get(id=UUID(export_id))
    run.step(_("写出条目"), total=entries_to_write(made, run.actor))
    written = make_export(made, run.actor, _by_the_thousand(run))
    if written.cut:
        run.log(
            _("%(n)s 个值超过列宽，已截短：%(which)s")
            % {"n": written.cut, "which": "、".join(written.cut_examples[:20])}
        )
    return {"records": written.records, "cut": written.cut}


def _by_the_thousand(run: JobRun) -> Tell:
    """Writes down how far it is, and ends where it is cancelled, every so many entries."""
    told = itertools.count(1)

    def tell(_entry: int) -> None:
        if next(told) % TOLD_EVERY == 0:
            run.advance(TOLD_EVERY)

    return tell
