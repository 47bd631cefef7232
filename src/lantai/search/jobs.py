"""The index filled anew in the background, while the old one serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lantai.core import settings
from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.events import backlog
from lantai.core.jobs import Job, JobRun, JobState, job, start
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.records.api import Record
from lantai.vault.api import RecordsErased

from .engines import engine
from .selectors import REBUILD as KIND
from .selectors import to_be_found
from .services import handle_erasures, is_being_rebuilt, rebuild_index
from .withholding import INDEX

MENDED_EVERY_S = 60.0
TRIED_AGAIN_AFTER = timedelta(hours=6)
"""After how long a rebuild that failed is begun again by itself, where the index serves meanwhile."""
_held: dict[str, int] = {}
"""How many entries an index held when this process last looked, by where it lies."""
_ACTIVE = (JobState.QUEUED, JobState.RUNNING)


@job(KIND, title=gettext_noop("重建检索索引"))
def rebuild(run: JobRun) -> dict[str, Any]:
    """Fills a new index and lets it take over; a run that is cut short begins anew."""
    run.step(_("写入索引"), total=Record.objects.count())
    written = 0
    for now, _total in rebuild_index():
        run.advance(now - written)
        written = now
    return {"entries": written}


def start_rebuild() -> Job:
    """Has the worker rebuild the index; the job that already does it, if there is one."""
    running = Job.objects.filter(kind=KIND, state__in=_ACTIVE).first()
    return running or start(KIND, SYSTEM)


def follow_erasures(events: Sequence[RecordsErased]) -> None:
    """Consumer of erasures; one that meets a new index being filled comes again after, what is left of one is done away with.

    Raises:
        Unavailable: an index is being filled anew.
    """
    if handle_erasures(events):
        return
    if is_being_rebuilt():
        raise Unavailable(_("检索索引正在重建。"), remedy=_("重建完成后会自动清除，不必处理。"))
    start_rebuild()


def _failed_lately() -> bool:
    since = timezone.now() - TRIED_AGAIN_AFTER
    return Job.objects.filter(kind=KIND, state=JobState.FAILED, finished_at__gt=since).exists()


def mend_index() -> None:
    """Has an index that cannot be read, that somebody emptied or took away, filled from the records.

    Millions of records are not counted every minute: only where the index says itself that it is not
    whole, or holds less than at the last look. One that an earlier version made serves until it was
    filled anew; where that failed, on a full disk perhaps, it is not tried again at once.
    """
    try:
        held, whole = engine().count(), engine().is_whole()
    except Unavailable:
        if not (settings.SEARCH_URL.read() or is_being_rebuilt()):  # a cluster does not answer sooner for it
            start_rebuild()
        return
    at = f"{settings.home()} {settings.SEARCH_INDEX.read()}"
    if is_being_rebuilt() or any(news.consumer == INDEX and not news.failing for news in backlog()):
        return
    if not engine().is_current():
        if not _failed_lately():
            start_rebuild()
    elif not whole or held < _held.get(at, held + 1):
        if held < to_be_found().count():
            start_rebuild()
        elif not whole:
            engine().mark_whole()
    _held[at] = held
