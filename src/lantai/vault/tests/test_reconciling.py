"""Somebody swaps, adds, removes or rewrites: no two of database, ledger and stores can be made to lie."""

import hashlib
import json
import shutil

import pytest
from django.db import connection
from django.test import TestCase

from lantai.core import jobs
from lantai.core.actors import SYSTEM
from lantai.core.jobs.models import Job
from lantai.core.settings import home
from lantai.ledger.api import Entry, sequence_pending, write_evidence
from lantai.records.api import Record
from lantai.vault.api import add_version, audit, erase, finish_erasures, reconcile
from lantai.vault.jobs import reconcile_when_due
from lantai.vault.models import Copy, VaultObject
from lantai.vault.reconciling import Discrepancy, Reconciled
from lantai.vault.watch.models import Incident

from .factories import document, ingest_now, record, records
from .test_pages import run

pytestmark = pytest.mark.django_db
STORES = ("use", "backup-near", "backup-far")


def kinds(key=None):
    return {finding.kind for finding in reconcile().findings if key in {None, finding.store}}


def place(key, row):
    return home() / "vault" / key / "objects" / row.object_path


def forge(folder):
    """Changes the content of an object and makes its inventory and sidecars fit: a valid object."""
    raw = (folder / "inventory.json").read_bytes()
    inventory = json.loads(raw)
    path = next(p for paths in inventory["manifest"].values() for p in paths if "documents/" in p)
    old = hashlib.sha512((folder / path).read_bytes()).hexdigest()
    (folder / path).write_bytes(b"forged")
    new = b"forged"
    text = raw.decode().replace(old, hashlib.sha512(new).hexdigest())
    for name in ("sha256", "sm3"):
        for digest, paths in inventory["fixity"][name].items():
            if path in paths:
                text = text.replace(digest, hashlib.new(name, new).hexdigest())
    content = text.encode()
    digest = hashlib.sha512(content).hexdigest()
    for where in (folder, folder / inventory["head"]):
        (where / "inventory.json").write_bytes(content)
        (where / "inventory.json.sha512").write_text(f"{digest} inventory.json\n")
    return digest


@pytest.fixture
def vault():
    rows = records(3)
    ingest_now([*rows, record(title="目录条目")])
    Record.objects.filter(id=rows[0].id).update(title="更正")
    add_version([rows[0].id], SYSTEM, "更正")
    sequence_pending()
    write_evidence()
    return list(VaultObject.objects.filter(record__in=rows).order_by("record_id"))


def test_nothing_is_wrong_with_an_honest_vault(vault):
    result = reconcile()
    assert result.findings == []
    assert (result.objects_count, result.batches_count) == (4 * 3, 2 * 3)
    code, told = run("reconcile")
    assert (code, told["findings_count"]) == (0, 0)


def test_extra_missing_and_stale_are_told_apart(vault):
    shutil.copytree(place("use", vault[1]), home() / "vault/use/objects/ff/ff/stranger")
    shutil.rmtree(place("backup-near", vault[1]))
    stale = place("backup-far", vault[0])
    for name in ("inventory.json", "inventory.json.sha512"):
        shutil.copyfile(stale / "v1" / name, stale / name)
    found = {(finding.kind, finding.store) for finding in reconcile().findings}
    assert {("extra", "use"), ("missing", "backup-near"), ("stale", "backup-far")} <= found


@pytest.mark.requirement("S45")
def test_an_object_replaced_by_another_valid_one_is_caught(vault):
    forge(place("backup-near", vault[1]))
    result = reconcile()
    assert {finding.kind for finding in result.findings} == {"swapped", "unproven"}
    assert {finding.store for finding in result.findings} == {"backup-near"}


@pytest.mark.requirement("S45")
def test_rewriting_every_copy_and_the_database_does_not_help(vault):
    for key in STORES:
        digest = forge(place(key, vault[1]))
    VaultObject.objects.filter(id=vault[1].id).update(inventory_sha512=digest)
    assert all(audit(key).is_clean for key in STORES)
    assert kinds() == {"unproven"}
    assert run("reconcile")[0] == 1


def test_removing_an_object_and_its_rows_everywhere_is_caught(vault):
    for key in STORES:
        shutil.rmtree(place(key, vault[2]))
    vault[2].delete()
    assert kinds() == {"unproven"}


def test_rewriting_the_ledgers_line_as_well_is_caught_by_its_heads(vault):
    line = Entry.objects.filter(act="vault.ingest").first()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='ledger_entry'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE ledger_entry SET after = %s WHERE act = 'vault.ingest'", ["0" * len(line.after)]
        )
    assert "ledger" in kinds()


def test_what_was_lawfully_erased_agrees(vault):
    gone = record(document(b"gone" * 99), title="销毁")
    other = record(document(), title="同批")
    ingest_now([gone, other])
    erase([gone.id], kind="purge", basis="disposal:x", actor=SYSTEM)
    with TestCase.captureOnCommitCallbacks(execute=True):
        finish_erasures(SYSTEM)
    assert reconcile().findings == []
    row = VaultObject.objects.get(record=gone)
    Copy.objects.filter(object=row).delete()
    shutil.rmtree(place("use", row))
    assert kinds("use") == {"unproven"}


@pytest.mark.requirement("Z37")
def test_the_worker_reconciles_by_itself_and_raises_what_stays_disputed(vault, monkeypatch):
    jobs.run_inline("vault.reconcile", SYSTEM, progress=False)
    assert not Incident.objects.exists()
    forge(place("backup-far", vault[0]))
    Job.objects.all().delete()
    assert reconcile_when_due()
    assert not reconcile_when_due(), "one waits already"
    Job.objects.all().delete()
    jobs.run_inline("vault.reconcile", SYSTEM, progress=False)
    assert not reconcile_when_due(), "the next is a week away"
    (incident,) = Incident.objects.all()
    assert (incident.kind, incident.store, incident.state) == ("disputed", "backup-far", "open")
    assert vault[0].object_path in incident.detail
    Job.objects.all().delete()
    monkeypatch.setenv("LANTAI_VAULT_RECONCILE_DAYS", "0")
    assert not reconcile_when_due()


def test_what_was_under_way_while_reconciling_is_no_incident(vault, monkeypatch):
    told = iter(
        [[Discrepancy("unproven", "use", "ledger:1", "")], [Discrepancy("unproven", "use", "ledger:2", "")]]
    )
    monkeypatch.setattr("lantai.vault.jobs.reconcile", lambda *_given: Reconciled(findings=next(told)))
    assert jobs.run_inline("vault.reconcile", SYSTEM, progress=False).result["findings"] == 0
    assert not Incident.objects.exists()
