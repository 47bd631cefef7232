"""The audit that never ends: each turn reads a little of every store, the longest unread first.

A turn is what the worker's ticker calls every few seconds. It takes up where the last one ended,
whatever became of the process in between, because every copy carries when it was last read.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.jobs import start
from lantai.ledger.api import append

from ..audit import Audited, look_at
from ..models import Audit, Copy, VaultObject
from ..stores import Store, declared_stores, open_store
from .lately import SKEW, is_under_way, last_job
from .pace import Interrupted, Pace, PacedFiles
from .plans import MIB, AuditTerms, terms_for, waiting_copies

TURN_S = 5.0
"""How long one turn looks for more to read, seconds."""

CHUNK = 50
REPAIR = "vault.repair"

_paces: dict[str, Pace] = {}


def audit_turn() -> int:
    """Reads what is due on every store whose hours it is; returns how many copies were read."""
    until, seen = time.monotonic() + TURN_S, 0
    for facts in declared_stores():
        terms, now = terms_for(facts.key), timezone.now()
        if not terms.is_open(now):
            _end_run(facts.key)
            continue
        try:
            store = open_store(facts.key)
            store.require_ready()
            seen += _read_store(store, terms, until)
        except Unavailable:
            continue  # away is not damaged; the health check tells it
        except Interrupted:
            break
    return seen


def _read_store(store: Store, terms: AuditTerms, until: float) -> int:
    pace, seen = _pace_of(store.facts.key, terms), 0
    while pace.left_bytes() > 0:
        now = timezone.now()
        copies = _next(store.facts.key, terms, now, pace.left_bytes())
        if not copies:
            _end_run(store.facts.key)
            break
        result = Audited(store.facts.key)
        look_at(store, copies, result, lambda files: PacedFiles(files, pace))
        _count(result, now)
        seen += len(copies)
        if time.monotonic() > until or not terms.is_open(timezone.now()):
            break
    return seen


def _pace_of(key: str, terms: AuditTerms) -> Pace:
    rate = terms.rate_mib_s * MIB
    if key not in _paces or _paces[key].bytes_per_s != rate:
        _paces[key] = Pace(rate)
    return _paces[key]


def _next(key: str, terms: AuditTerms, now: datetime, most_bytes: int) -> Sequence[Copy]:
    """The most pressing copies, at least one, as many as the pace has room for."""
    for group in waiting_copies(key, terms, now):
        copies = list(group.select_related("object")[:CHUNK])
        if copies:
            size_bytes, taken = 0, 0
            for copy in copies:
                size_bytes += copy.object.size_bytes
                taken += 1
                if size_bytes >= most_bytes:
                    break
            return copies[:taken]
    return []


def _count(result: Audited, now: datetime) -> None:
    """Adds to the run that is under way; a day is one run, so that the ledger has one line for it."""
    run = Audit.objects.filter(store=result.store, is_open=True).first()
    if run is not None and timezone.localdate(run.started_at) != timezone.localdate(now):
        _end_run(result.store)
        run = None
    if run is None:
        run = Audit.objects.create(store=result.store, started_at=now, finished_at=now, is_open=True)
    Audit.objects.filter(id=run.id).update(
        finished_at=timezone.now(),
        objects_count=F("objects_count") + result.objects_count,
        size_bytes=F("size_bytes") + result.size_bytes,
        damaged=F("damaged") + result.damaged,
        missing=F("missing") + result.missing,
    )


def _end_run(store: str) -> None:
    """Closes a run with its line in the ledger."""
    with transaction.atomic():
        for run in Audit.objects.select_for_update().filter(store=store, is_open=True):
            run.is_open = False
            run.save(update_fields=["is_open"])
            append(act="vault.audit", actor=SYSTEM, subject=f"store:{store}",
                   after={"damaged": run.damaged, "missing": run.missing}, count=run.objects_count)  # fmt: skip


def mend_what_is_found() -> bool:
    """Starts a repair where damage was found since the last one began; returns whether it did."""
    states = [Copy.State.DAMAGED, Copy.State.MISSING]
    broken = Copy.objects.filter(state__in=states, version__gt=0, object__state=VaultObject.State.HELD)
    mended = [facts.key for facts in declared_stores() if terms_for(facts.key).mends]
    found = broken.filter(store__in=mended, checked_at__lte=timezone.now() + SKEW)
    newest, last = found.aggregate(at=Max("checked_at"))["at"], last_job(REPAIR)
    if newest is None or is_under_way(REPAIR) or (last and last.created_at > newest):
        return False
    start(REPAIR, SYSTEM)
    return True
