"""What a backup is worth: objects come back from it whole, or the report says what does not."""

import json
import shutil
from datetime import timedelta

import pypdfium2
import pytest
import typer
from django.test import TestCase
from django.utils import timezone
from typer.testing import CliRunner

from lantai.core.actors import SYSTEM
from lantai.core.errors import Invalid
from lantai.core.jobs import Job, run_inline
from lantai.core.settings import home
from lantai.ledger.api import Entry
from lantai.vault import commands
from lantai.vault.models import Drill, Incident, VaultObject
from lantai.vault.watch.drill_report import drill_pdf
from lantai.vault.watch.drills import drill, hold_when_due, is_genuine

from .factories import document, ingest_now, page_images, record, records

pytestmark = pytest.mark.django_db


def run(*arguments):
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, ["vault", *map(str, arguments), "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def words_of(pdf):
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


@pytest.mark.requirement("Z27")
def test_whole_objects_come_back_from_every_backup_and_the_report_is_sealed():
    ingest_now([*records(3), record(document(), page_images(b"one", b"two")), record(title="目录条目")])
    code, told = run("drill", "--objects", 4)
    assert (code, told["passed"], told["objects"]) == (0, True, 8)
    assert [row["store"] for row in told["report"]["stores"]] == ["backup-near", "backup-far"]
    for row in told["report"]["stores"]:
        assert row["mib_per_s"] > 0
        assert {tried["compared"] for tried in row["objects"]} == {"equal"}
        assert all(tried["files"] and tried["size_bytes"] for tried in row["objects"])
    held = Drill.objects.get()
    assert is_genuine(held)
    assert Entry.objects.filter(act="vault.drill", subject=f"drill:{held.id}").count() == 1
    words = words_of(drill_pdf(held))
    assert all(word in words for word in ("恢复演练报告", "异地备份", "合格"))
    held.report["passed"] = False
    assert not is_genuine(held)
    assert not list(home().glob(".drill-*"))


def _flip(folder, other):
    file = next(folder.glob("v1/content/documents/*"))
    data = bytearray(file.read_bytes())
    data[5] ^= 1
    file.write_bytes(data)


def _swap(folder, other):
    shutil.rmtree(folder)
    shutil.copytree(other, folder)


def _delete(folder, other):
    shutil.rmtree(folder)


@pytest.mark.requirement("Z27")
@pytest.mark.parametrize("damage", [_flip, _swap, _delete])
def test_what_does_not_come_back_whole_fails_the_drill_and_raises_an_incident(damage):
    ingest_now(records(2))
    first, second = (
        home() / "vault/backup-far/objects" / row.object_path for row in VaultObject.objects.order_by("id")
    )
    damage(first, second)
    held = drill(actor=SYSTEM)
    near, far = held.report["stores"]
    assert (held.passed, near["passed"], far["passed"]) == (False, True, False)
    assert sum(bool(tried["trouble"]) for tried in far["objects"]) == 1
    incident = Incident.objects.get()
    assert (incident.kind, incident.store) == ("drill", "backup-far")
    assert "不合格" in words_of(drill_pdf(held))


def test_a_store_that_is_away_fails_the_drill_and_says_so():
    ingest_now(records(1))
    shutil.rmtree(home() / "vault/backup-near")
    held = drill(actor=SYSTEM)
    assert "磁盘未挂载" in held.report["stores"][0]["trouble"]
    assert not held.passed


def test_there_is_nothing_to_drill_in_an_empty_vault():
    with pytest.raises(Invalid):
        drill(actor=SYSTEM)
    assert not hold_when_due()


def test_a_drill_is_held_when_its_day_has_come():
    ingest_now(records(1))
    with TestCase.captureOnCommitCallbacks():
        assert hold_when_due()
        assert not hold_when_due()
    Job.objects.all().delete()
    run_inline("vault.drill", SYSTEM, progress=False)
    assert not hold_when_due()
    Job.objects.all().delete()
    Drill.objects.update(started_at=timezone.now() - timedelta(days=91))
    with TestCase.captureOnCommitCallbacks():
        assert hold_when_due()


def test_incidents_and_plans_are_told_in_a_terminal():
    ingest_now(records(1))
    shutil.rmtree(home() / "vault/use/objects" / VaultObject.objects.get().object_path)
    run("audit", "use")
    code, told = run("incidents")
    assert (code, told["open"], told["incidents"][0]["kind"]) == (1, 1, "missing")
    run("repair")
    code, told = run("incidents", "--close", told["incidents"][0]["id"], "--words", "误删，已补回")
    assert (code, told["open"]) == (0, 0)
    code, told = run("audits", "--store", "use", "--rate", "5", "--window", "22:00-06:00", "--no-mend")
    assert code == 0
    assert told["stores"][0] == {
        "store": "use", "period_days": 90, "rate_mib_s": 5.0, "window": "22:00-06:00", "mends": False,
        "version": 1, "due": 0, "overdue": 0, "can_keep_up": True,
    }  # fmt: skip
    assert run("audits", "--store", "use", "--window", "late")[0] == 1
