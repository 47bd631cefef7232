"""The records' own news: what the vault says of them, in objects or on paper, follows what they say now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lantai.core.actors import SYSTEM
from lantai.ledger.api import Entry, append
from lantai.records.api import Record, RecordsChanged

from .descriptions import in_chunks
from .models import PapersKept
from .versions import add_version


def follow_changes(events: Sequence[RecordsChanged]) -> None:
    """Keeps the vault's descriptions true: consumer of the records' own news."""
    record_ids = dict.fromkeys(record_id for event in events for record_id in event.record_ids)
    add_version(record_ids, SYSTEM, "description changed")
    _follow_waiting(record_ids)


def _follow_waiting(record_ids: Iterable[UUID]) -> None:
    """Has papers (:mod:`.papers`) of records that are not stored written anew when a line not their own changed them.

    A bulk edit leaves one line for all its records. Those that stand on paper, because somebody
    dealt with them singly, get a line for the paper to follow, unless one waits already.
    """
    kept = PapersKept.objects.values_list("leaves", flat=True).first() or 0
    for ids in in_chunks(record_ids):
        waiting = Record.objects.filter(id__in=ids, vault_object=None, vault_entry=None)
        subjects = {f"record:{record_id}" for record_id in waiting.values_list("id", flat=True)}
        lines = Entry.objects.filter(subject__in=subjects).exclude(act__startswith="record.")
        told = set(lines.filter(leaf__index__lt=kept).values_list("subject", flat=True))
        to_come = lines.filter(Q(leaf=None) | Q(leaf__index__gte=kept)).values_list("subject", flat=True)
        with transaction.atomic():
            for subject in sorted(told - set(to_come)):
                append(act="vault.follow_change", actor=SYSTEM, subject=subject)
