"""What is held is inspected round by round: by itself, in pieces, with reports, ledger and incidents."""

import json
from datetime import timedelta

import pytest
import typer
from django.test import TestCase
from django.utils import timezone
from typer.testing import CliRunner

from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Forbidden
from lantai.core.jobs import Cancelled, Job, run_inline
from lantai.core.ports import paper_parts
from lantai.core.settings import home
from lantai.inspection.api import Report
from lantai.inspection.models import ReportFinding
from lantai.institutions.tests.factories import a_person
from lantai.ledger.api import Entry
from lantai.records.api import Record
from lantai.records.tests.factories import archive
from lantai.vault import commands
from lantai.vault.longterm import rounds
from lantai.vault.longterm.models import LongtermLook
from lantai.vault.longterm.rounds import (
    hold_when_due,
    inspect_holdings,
    longest_unseen,
    next_round,
    round_size,
)
from lantai.vault.models import Copy, Incident, VaultObject
from lantai.vault.watch.incidents import close_incident

from .factories import document, ingest_now, record

pytestmark = pytest.mark.django_db
ARCHIVIST = Actor("somebody", "保管员", frozenset({"preservation_archivist"}))


def held(number=1, text="正文"):
    """So many records of a text file, stored, that an inspection finds nothing wrong with."""
    rows = [
        record(
            document(f"{text}，第{place}件。\n".encode(), "正文.txt", media_type="text/plain", puid="x-fmt/111"),
            title=f"关于第{place}号事项的通知", responsible="云州市水务局", date_text="20240301", classification="公开",
        )
        for place in range(number)
    ]  # fmt: skip
    ingest_now(rows)
    return list(VaultObject.objects.filter(record__in=[row.id for row in rows]).order_by("id"))


def spoil(row):
    file = next((home() / "vault/use/objects" / row.object_path).glob("v1/content/documents/*"))
    file.write_bytes(b"x" * file.stat().st_size)
    return file


def older(days, **which):
    LongtermLook.objects.filter(**which).update(looked_at=timezone.now() - timedelta(days=days))


@pytest.mark.requirement("S19")
@pytest.mark.requirement("DA/T 70 BC-1-1")
def test_a_round_reads_what_is_held_and_leaves_report_ledger_line_and_date():
    held(3)
    result = inspect_holdings(actor=SYSTEM)
    report = Report.objects.get(stage="BC")
    failures = [(f.code, f.subject, f.observed) for f in report.findings.filter(outcome="fail")]
    assert (result.records, result.failed, failures) == (3, 0, [])
    assert (report.item_count, report.accepted_count, report.organisation_id) == (3, 3, archive().id)
    assert report.results["auth.fixity"] == {"pass": 3}
    assert report.results["use.meta.access"] == {"pass": 3}, (
        "the description on the store equals the database"
    )
    assert report.results["int.total.bytes"] == {"pass": 1}
    entry = Entry.objects.get(act="vault.inspect")
    assert (entry.subject, entry.count) == (report.subject, 3)
    assert set(LongtermLook.objects.values_list("passed", "report")) == {(True, report.id)}
    assert not Incident.objects.exists()


@pytest.mark.requirement("DA/T 70 BC-1-1")
def test_bytes_that_changed_fail_raise_an_incident_once_and_are_given_to_the_audit():
    row = held(2)[0]
    whole = spoil(row)
    assert inspect_holdings(actor=SYSTEM).failed == 1
    found = ReportFinding.objects.filter(key="auth.fixity", outcome="fail")
    assert set(found.values_list("code", "item_title")) == {("BC-1-1", row.record.title)}
    assert Copy.objects.get(object=row, store="use").state == Copy.State.DAMAGED
    unfit = Incident.objects.get(kind=Incident.Kind.UNFIT)
    assert unfit.objects_hit.get().object == row
    assert "BC-1-1" in unfit.objects_hit.get().detail
    assert Incident.objects.filter(kind=Incident.Kind.DAMAGED).exists()
    backup = next((home() / "vault/backup-near/objects" / row.object_path).glob("v1/content/documents/*"))
    whole.write_bytes(backup.read_bytes())
    Copy.objects.filter(object=row).update(state=Copy.State.VERIFIED)
    inspect_holdings(actor=SYSTEM)
    unfit.refresh_from_db()
    assert unfit.state == Incident.State.MENDED
    close_incident(incident_id=unfit.id, words="用副本修复。", actor=ARCHIVIST)


def test_what_still_fails_raises_no_second_incident():
    held(1)
    Record.objects.update(title="另一个题名")  # behind the platform's back: database and record.xml disagree
    assert [inspect_holdings(actor=SYSTEM).failed for _again in range(2)] == [1, 1]
    assert Incident.objects.get().kind == Incident.Kind.UNFIT
    assert ReportFinding.objects.filter(code="BC-3-2", outcome="fail").count() == 2


def test_a_description_that_waits_to_be_stored_is_not_held_against_the_store():
    held(1)
    Record.objects.update(title="刚改的题名", changed_at=timezone.now() + timedelta(seconds=1))
    assert inspect_holdings(actor=SYSTEM).failed == 0


def test_what_failed_comes_again_then_what_was_never_seen_then_the_longest_unseen():
    first, second, third, fourth = held(4)
    inspect_holdings(actor=SYSTEM)
    older(3, object=second)
    older(9, object=third)
    LongtermLook.objects.filter(object=fourth).update(passed=False)
    LongtermLook.objects.filter(object=first).delete()
    new = rounds.new_id()
    assert longest_unseen(new, 4) == [fourth.id, first.id, third.id, second.id]
    assert longest_unseen(new, 2) == [fourth.id, first.id]


@pytest.mark.requirement("Z36")
def test_a_round_that_was_stopped_goes_on_with_what_is_left(monkeypatch):
    held(3)
    monkeypatch.setattr(rounds, "PIECE", 1)
    seen = []

    def stop(result):
        seen.append(result.records)
        raise Cancelled

    round_id = rounds.new_id()
    with pytest.raises(Cancelled):
        inspect_holdings(actor=SYSTEM, round_id=round_id, observe=stop)
    once = set(LongtermLook.objects.values_list("object_id", "looked_at"))
    result = inspect_holdings(actor=SYSTEM, round_id=round_id, records=3)
    assert (seen, result.records, Report.objects.filter(stage="BC").count()) == ([1], 3, 3)
    assert once < set(LongtermLook.objects.values_list("object_id", "looked_at"))


def test_a_store_that_is_away_has_nothing_held_against_it():
    held(1)
    for store in ("use", "backup-near", "backup-far"):
        (home() / "vault" / store).rename(home() / f"away-{store}")
    result = inspect_holdings(actor=SYSTEM)
    assert (result.records, result.failed, result.unread) == (0, 0, 1)
    assert not Incident.objects.exists()


@pytest.mark.requirement("Z36")
def test_the_worker_begins_a_round_by_itself_when_it_is_due(monkeypatch):
    assert (next_round(), hold_when_due()) == (None, False)
    held(2)
    assert not hold_when_due(), "what came in was inspected when it did"
    VaultObject.objects.update(created_at=timezone.now() - timedelta(days=8))
    with TestCase.captureOnCommitCallbacks():
        assert hold_when_due()
    assert not hold_when_due(), "one is under way"
    monkeypatch.setenv("LANTAI_VAULT_INSPECT_DAYS", "0")
    Job.objects.all().delete()
    assert next_round() is None


def test_a_round_grows_with_what_is_held(monkeypatch):
    held(4)
    monkeypatch.setenv("LANTAI_VAULT_INSPECT_RECORDS", "1")
    monkeypatch.setenv("LANTAI_VAULT_INSPECT_WITHIN_DAYS", "14")
    assert round_size() == 2
    job = run_inline("vault.inspect", SYSTEM)
    assert job.result == {"records": 2, "failed": 0, "unread": 0}


def test_a_report_outlives_the_database():
    held(1)
    inspect_holdings(actor=SYSTEM)
    kept = Report.objects.get(stage="BC")
    part = next(part for part in paper_parts() if part.key == "inspection.returned")
    papers = json.loads(json.dumps({str(key): value for key, value in part.describe([kept.subject]).items()}))
    Report.objects.all().delete()
    part.restore(papers)
    assert Report.objects.get(stage="BC").id == kept.id


def test_the_command_tells_and_others_may_not():
    held(1)
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, ["vault", "inspect", "--records", "5", "--json"], catch_exceptions=False)
    assert (done.exit_code, json.loads(done.stdout.splitlines()[-1])) == (
        0,
        {"records": 1, "failed": 0, "unread": 0},
    )
    with pytest.raises(Forbidden):
        inspect_holdings(actor=Actor("clerk", "文书", frozenset({"clerk"})))


def test_the_page_shows_how_far_it_is_what_fails_and_the_reports(client):
    person = a_person("preservation_archivist", organisation=archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert "还没有检测过" in client.get("/desk/vault/inspections/").content.decode()
    row = held(2)[0]
    spoil(row)
    inspect_holdings(actor=SYSTEM)
    page = client.get("/desk/vault/inspections/").content.decode()
    report = Report.objects.get(stage="BC")
    assert "1 件不合格" in page
    assert f"/desk/inspection/{report.id}/" in page
    assert row.record.title in page
    shown = client.get(f"/desk/inspection/{report.id}/").content.decode()
    assert "BC-1-1" in shown
    with TestCase.captureOnCommitCallbacks():
        assert client.post("/desk/vault/inspections/start/").status_code == 302
    assert Job.objects.filter(kind="vault.inspect").count() == 1
