"""The continuous audit keeps its period, its pace and its hours; damage becomes an incident and is mended."""

from datetime import datetime, time, timedelta

import pytest
from django.test import TestCase
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.jobs import Job
from lantai.core.settings import home
from lantai.ledger.api import Entry
from lantai.vault.api import repair
from lantai.vault.models import Audit, AuditPlan, Copy, Incident, VaultObject
from lantai.vault.policy import PolicyTerms, set_policy
from lantai.vault.watch import continuous
from lantai.vault.watch.continuous import audit_turn, mend_what_is_found
from lantai.vault.watch.incidents import close_incident
from lantai.vault.watch.pace import BURST_S, Pace
from lantai.vault.watch.plans import MIB, AuditTerms, set_audit_plan, watched_stores

from .factories import ingest_now, records

pytestmark = pytest.mark.django_db
ARCHIVIST = Actor("somebody", "保管员", frozenset({"preservation_archivist"}))


@pytest.fixture(autouse=True)
def _fresh_paces():
    continuous._paces.clear()


def age(days, **which):
    Copy.objects.filter(**which).update(checked_at=timezone.now() - timedelta(days=days))


def spoil(store="use", row=None):
    row = row or VaultObject.objects.order_by("id").first()
    file = next((home() / f"vault/{store}/objects" / row.object_path).glob("v1/content/documents/*"))
    file.write_bytes(b"spoiled")
    return row


@pytest.mark.requirement("Z36")
def test_only_what_comes_of_age_is_read_the_longest_unread_first():
    ingest_now(records(2))
    assert audit_turn() == 0
    young, old = VaultObject.objects.order_by("id")
    age(75, object=young, store="use")
    age(80, object=old, store="use")
    continuous.CHUNK = 1
    try:
        seen = []
        look = continuous.look_at
        continuous.look_at = lambda store, copies, *rest: (seen.extend(copies), look(store, copies, *rest))
        assert audit_turn() == 2
    finally:
        continuous.CHUNK, continuous.look_at = 50, look
    assert [copy.object_id for copy in seen] == [old.id, young.id]
    assert not Copy.objects.filter(checked_at__lt=timezone.now() - timedelta(days=1)).exists()


@pytest.mark.requirement("Z36")
def test_a_copy_policy_has_its_objects_read_sooner():
    rows = records(2)
    ingest_now(rows)
    age(25)
    assert audit_turn() == 0
    set_policy(terms=PolicyTerms(3, recheck_days=30), actor=SYSTEM, fonds_id=rows[0].fonds_id)
    assert {row.due for row in watched_stores()} == {2}
    assert audit_turn() == 6
    assert {row.due for row in watched_stores()} == {0}


def test_a_day_of_reading_is_one_line_in_the_ledger_and_ends_when_nothing_is_due():
    ingest_now(records(3))
    age(100)
    audit_turn()
    audit_turn()
    runs = Audit.objects.filter(store="use")
    assert [(run.objects_count, run.is_open) for run in runs] == [(3, False)]
    assert Entry.objects.filter(act="vault.audit", subject="store:use").count() == 1


def test_outside_its_hours_a_store_is_left_alone():
    ingest_now(records(1))
    age(100)
    hour = timezone.localtime().hour
    terms = AuditTerms(starts_at=time((hour + 2) % 24), ends_at=time((hour + 3) % 24))
    for store in ("use", "backup-near"):
        set_audit_plan(store=store, terms=terms, actor=SYSTEM)
    assert audit_turn() == 1
    assert Copy.objects.get(store="backup-far").checked_at > timezone.now() - timedelta(minutes=1)


@given(st.times(), st.times(), st.times())
def test_hours_may_run_past_midnight(now, starts, ends):
    at = timezone.make_aware(datetime.combine(timezone.localdate(), now))
    is_open = AuditTerms(starts_at=starts, ends_at=ends).is_open(at)
    later = AuditTerms(starts_at=ends, ends_at=starts).is_open(at)
    assert is_open != later or starts == ends


def test_reading_never_runs_further_ahead_than_the_pace_allows():
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(MIB, lambda: now[0], sleep)
    for _chunk in range(600):
        pace.spend(MIB)
    assert 600 - 2 * BURST_S - 1 <= now[0] <= 600
    assert max(slept) <= 1


def test_a_plan_is_versioned_told_in_the_ledger_and_makes_sense():
    set_audit_plan(store="use", terms=AuditTerms(30), actor=SYSTEM)
    set_audit_plan(store="use", terms=AuditTerms(60, 5, time(22), time(6)), actor=ARCHIVIST)
    assert list(AuditPlan.objects.order_by("version").values_list("version", "period_days")) == [
        (1, 30),
        (2, 60),
    ]
    assert Entry.objects.filter(act="vault.set_audit_plan").count() == 2
    for wrong in (
        AuditTerms(0),
        AuditTerms(30, 0),
        AuditTerms(30, 5, time(22)),
        AuditTerms(30, 5, time(6), time(6)),
    ):
        with pytest.raises(Invalid):
            set_audit_plan(store="use", terms=wrong, actor=SYSTEM)
    with pytest.raises(Forbidden):
        set_audit_plan(store="use", terms=AuditTerms(), actor=Actor("clerk", "文书", frozenset({"clerk"})))


@pytest.mark.requirement("Z36")
def test_damage_is_one_incident_mended_by_itself_and_closed_by_a_persons_words():
    ingest_now(records(3))
    first, second, _whole = VaultObject.objects.order_by("id")
    spoil(row=first), spoil(row=second)
    age(100)
    audit_turn()
    incident = Incident.objects.get()
    assert (incident.kind, incident.store, incident.objects_count) == ("damaged", "use", 2)
    with pytest.raises(Conflict, match="2 份副本没有修复"):
        close_incident(incident_id=incident.id, words="换盘", actor=ARCHIVIST)
    with TestCase.captureOnCommitCallbacks():
        assert mend_what_is_found()
        assert not mend_what_is_found()
    assert Job.objects.get().kind == "vault.repair"
    with TestCase.captureOnCommitCallbacks(execute=True):
        repair()
    incident.refresh_from_db()
    assert (incident.state, incident.mended_count) == ("mended", 2)
    with pytest.raises(Invalid):
        close_incident(incident_id=incident.id, words=" ", actor=ARCHIVIST)
    close_incident(incident_id=incident.id, words="磁盘坏道，已换盘", actor=ARCHIVIST)
    assert Entry.objects.filter(act="vault.close_incident").count() == 1
    spoil(row=first)
    age(100)
    audit_turn()
    assert Incident.objects.count() == 2


def test_a_loss_is_an_incident_that_may_be_answered_for():
    ingest_now(records(1))
    row = VaultObject.objects.get()
    for store in ("use", "backup-near", "backup-far"):
        spoil(store, row)
    age(100)
    audit_turn()
    repair()
    assert set(Incident.objects.values_list("kind", flat=True)) == {"damaged", "lost"}
    for incident in Incident.objects.all():
        close_incident(incident_id=incident.id, words="已从移交单位重新取回", actor=ARCHIVIST)


def test_an_operator_may_keep_repair_to_himself():
    ingest_now(records(1))
    set_audit_plan(store="use", terms=AuditTerms(mends=False), actor=SYSTEM)
    spoil()
    age(100)
    audit_turn()
    assert not mend_what_is_found()
