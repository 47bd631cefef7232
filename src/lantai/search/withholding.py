"""Records that were closed a moment ago: out of every answer before the index has followed.

The index takes news in order, behind whatever else is being written: an import of a million rows,
or a rebuild of minutes. What somebody has just withdrawn cannot wait for that, so its id is noted
here by a consumer of its own, and every reach leaves it out, until the index has it as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from lantai.core.events import backlog, deliver_pending
from lantai.records.api import OpeningMark, Record, RecordsChanged, State

from .models import Withheld

INDEX, CONSUMER = "search.index", "search.withhold"
EVERY_S = 0.5
_CLOSING = {"opened", "isolated", "combined", "destroyed"}
"""What may have happened to a record that is not open any more."""
_NEVER_OPEN = ~Q(opening_mark=OpeningMark.OPEN) & Q(state=State.DESTROYED)
"""An import that is undone takes these back by the million; nobody from outside ever saw them."""
_AT_ONCE = 500


def withhold(events: Sequence[RecordsChanged]) -> None:
    """Takes the news of changed records from the outbox; notes those that are closed now."""
    told = {record_id for event in events if event.what in _CLOSING for record_id in event.record_ids}
    ids = sorted(told)
    for start in range(0, len(ids), _AT_ONCE):
        standing = Record.objects.filter(id__in=ids[start : start + _AT_ONCE])
        closed = standing.exclude(opening_mark=OpeningMark.OPEN, state=State.HELD).exclude(_NEVER_OPEN)
        Withheld.objects.bulk_create(
            map(Withheld, closed.values_list("id", flat=True)),
            update_conflicts=True,
            update_fields=["since"],
            unique_fields=["record_id"],
        )


def keep_withholding() -> None:
    """Delivers what waits for :func:`withhold`, and forgets what the index has taken since.

    Runs in a thread of its own, which nothing else holds up. A record was noted after its news was
    published, so that once nothing as old waits for the index, the index has it as it is.
    """
    deliver_pending(CONSUMER)
    now = timezone.now()
    if Withheld.objects.exists():
        waiting = {behind.consumer: behind.oldest_at for behind in backlog()}
        Withheld.objects.filter(since__lt=waiting.get(INDEX, now)).delete()


def withheld() -> frozenset[str]:
    """The ids of records that no answer may hold, whatever the index says."""
    return frozenset(map(str, Withheld.objects.values_list("record_id", flat=True)))
