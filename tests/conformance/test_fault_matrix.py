"""The fault matrix: every kind of fault in the middle of every kind of work, and what came of it.

One of three stores is a plug-in that fails at a chosen call (:mod:`lantai.vault.tests.faulty`). The
work either carries on or is refused in words; then the fault is gone, recovery runs, the work is
done again, and every byte has to be where it belongs.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.bench.killedcases import Records
from lantai.bench.killedwork import CONSUMER, KINDS, Stored
from lantai.bench.wholeness import leftovers, places
from lantai.core import events, identifiers
from lantai.core.errors import Unavailable
from lantai.records.api import Document
from lantai.vault.api import RecordsIngested, audit, open_document, reconcile, recover
from lantai.vault.tests import faulty

from .scores import hold_score

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SCORES = {}


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(events, "_handlers", dict(events._handlers))
    events.subscribe(RecordsIngested, CONSUMER, lambda _news: None)
    places.cache_clear()
    yield
    places.cache_clear()


class Audit(Stored):
    """Everything is read again; nothing is called damaged that is not."""

    def prepare(self):
        return self.records.stored(2)

    def work(self, case):
        audit("backup-near")


class Reading(Stored):
    """Documents are opened, from whichever copy is whole."""

    def prepare(self):
        return self.records.stored(2)

    def work(self, case):
        for document in Document.objects.filter(record_id__in=case.record_ids).select_related("record"):
            assert open_document(document).stat().st_size == document.size_bytes


OPERATIONS = {**KINDS, "audit": Audit, "reading": Reading}
WHERE = {"replication": "backup-far", "reading": "use"}
"""Which store fails; the near backup without."""
ALL = faulty.WRITES | faulty.READS | {"require_ready"}
FAULTS = {
    "disk full": (faulty.WRITES, faulty.full, False),
    "write error": (faulty.WRITES, faulty.broken, False),
    "read error": (faulty.READS, faulty.broken, False),
    "store gone from then on": (ALL, faulty.broken, True),
    "store away at the start": ({"require_ready"}, faulty.unplugged, True),
}
CLOCKS = {"clock set forward a year": timedelta(days=365), "clock set back a year": timedelta(days=-365)}


def told(function, case):
    """Whether the work was refused in words an operator can act on, or carried on."""
    try:
        function(case)
    except Unavailable as refused:
        assert refused.remedy  # noqa: PT017 - it need not be raised
        return "refused"
    return "carried on"


def whole_again(work, case):
    """Recovery and the work once more; every byte where it belongs, nothing left over."""
    recover()
    for key in places():
        audit(key)
    _mend(work)
    work.settle(case)
    _mend(work)
    assert list(work.problems(case)) == []


def _mend(work):
    """What a read error made the audit or a reader call damaged is mended from the other copies."""
    from lantai.vault.api import repair

    done = repair()
    if not isinstance(work, KINDS["repair"]):
        assert done.losses == []


def moments(work, names, number):
    """So many calls to fail at, spread over those an undisturbed run makes."""
    case = work.prepare()
    with faulty.failing(names) as plan:
        work.work(case)
    whole_again(work, case)
    return sorted(
        {1 + (2 * place + 1) * plan.seen // (2 * number) for place in range(number)} if plan.seen else ()
    )


def meet(work, fault, number):
    """What came of a fault at each of so many moments."""
    names, failure, lasting = FAULTS[fault]
    outcomes = set()
    for moment in moments(work, names, number):
        for call in (moment, 1 + moment // 2, 1):  # a run that makes fewer calls is met earlier
            case = work.prepare()
            with faulty.failing(names, call, failure(), lasting=lasting) as plan:
                outcome = told(work.work, case)
            whole_again(work, case)
            if plan.seen >= call:
                outcomes.add(outcome)
                break
    return outcomes


def meet_clock(work, jump, monkeypatch):
    """The clock is set between what was prepared and what is done, and set right afterwards."""
    case = work.prepare()
    real_now, real_ns = timezone.now, identifiers.time.time_ns
    with monkeypatch.context() as clock:
        clock.setattr("django.utils.timezone.now", lambda: real_now() + jump)
        clock.setattr(
            "lantai.core.identifiers.time.time_ns", lambda: real_ns() + int(jump.total_seconds() * 1e9)
        )
        clock.setattr("lantai.core.identifiers._last_ms", 0)
        outcome = told(work.work, case)
    whole_again(work, case)
    return {outcome}


def in_words(outcomes):
    return " or ".join(sorted(outcomes)) + ", then whole" if outcomes else "does not apply"


@pytest.mark.requirement("Z22")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_fault_in_the_middle_of_work_is_told_and_leaves_nothing_wrong(operation, monkeypatch):
    faulty.declare(WHERE.get(operation, "backup-near"))
    work = OPERATIONS[operation](Records(20261122))
    column = {fault: in_words(meet(work, fault, 1)) for fault in FAULTS}
    column |= {fault: in_words(meet_clock(work, jump, monkeypatch)) for fault, jump in CLOCKS.items()}
    assert list(leftovers()) == []
    assert reconcile().findings == []
    SCORES[operation] = column
    if len(SCORES) == len(OPERATIONS):
        hold_score(
            "vault-fault-matrix",
            title="Faults in the middle of work",
            corpus="made by the test itself",
            columns=["fault of one store of three", *OPERATIONS],
            rows=[[fault, *(SCORES[name][fault] for name in OPERATIONS)] for fault in [*FAULTS, *CLOCKS]],
            note="*Refused*: the work stopped with words and a remedy, and left nothing behind. *Carried on*: the "
            "fault was met without anybody's help. *Then whole*: with the fault gone, after recovery and the same "
            "work once more, every byte of every copy is what the database and the ledger say, once.",
        )


@pytest.mark.timeout(900)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_other_moments_is_no_worse(operation, fault):
    faulty.declare(WHERE.get(operation, "backup-near"))
    work = OPERATIONS[operation](Records(20261123))
    meet(work, fault, 5)
    assert reconcile().findings == []
