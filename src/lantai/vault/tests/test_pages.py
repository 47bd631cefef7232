"""What people see of the vault, on pages and in a terminal."""

import json
import shutil

import pytest
import typer
from typer.testing import CliRunner

from lantai.core.actors import SYSTEM
from lantai.core.health import examine
from lantai.core.jobs import Job
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.records.tests.factories import archive
from lantai.vault import commands
from lantai.vault.api import audit
from lantai.vault.attention import matters
from lantai.vault.models import Copy, VaultObject
from lantai.vault.selectors import files_of, vault_health
from lantai.vault.watch.continuous import audit_turn
from lantai.vault.watch.drills import drill as hold_drill

from .factories import document, ingest_now, record, records

pytestmark = pytest.mark.django_db


@pytest.fixture
def archivist(client):
    person = a_person("preservation_archivist", organisation=archive())
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def in_custody():
    return {"custodian_id": archive().id}


def damage_first():
    row = VaultObject.objects.order_by("id").first()
    shutil.rmtree(home() / "vault/use/objects" / row.object_path)
    audit("use")
    return row


def run(*arguments):
    app = typer.Typer()
    commands.register(app)
    done = CliRunner().invoke(app, ["vault", *arguments, "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def test_an_empty_vault_says_so(archivist):
    page = archivist.get("/desk/vault/").content.decode()
    assert "总库里还没有档案" in page


def test_the_vault_page_tells_sites_media_and_what_is_not_verified_and_why(archivist):
    ingest_now(records(3))
    page = archivist.get("/desk/vault/").content.decode()
    assert "3 个对象的每一份副本都已核验" in page
    assert "异地、异质" in page
    row = damage_first()
    page = archivist.get("/desk/vault/").content.decode()
    assert "1 个对象的副本还不齐全或未核验" in page
    assert row.record.title in page
    assert "存储上没有这个对象" in page


def test_the_first_thing_told_is_what_to_do_or_that_there_is_nothing(archivist):
    ingest_now(records(1, **in_custody()))
    hold_drill(actor=SYSTEM)
    assert "没有要办的事" in archivist.get("/desk/vault/").content.decode()
    damage_first()
    (home() / "vault/backup-near").rename(home() / "vault/unplugged")
    told = [matter.words for matter in matters(vault_health())]
    assert told[0] == "1 份副本损坏或缺失：用完好副本修复。"
    assert any("“同城备份”不能使用" in words for words in told)
    page = archivist.get("/desk/vault/").content.decode()
    assert "没有要办的事" not in page
    assert all(words in page for words in told)


def test_an_object_page_shows_copies_files_digests_and_events(archivist):
    [row] = records(1, **in_custody())
    ingest_now([row])
    page = archivist.get(f"/desk/vault/objects/{row.id}/").content.decode()
    document = row.documents.get()
    assert f"documents/{document.id}.pdf" in page
    assert document.sm3 in page.replace(" ", "")
    assert all(name in page for name in ("在线库", "同城备份", "异地备份", "入库"))


def test_the_fragment_for_the_record_page_tells_of_copies_or_that_there_are_none_yet(archivist):
    stored, waiting = records(2, **in_custody())
    ingest_now([stored])
    assert "异地备份" in archivist.get(f"/desk/vault/copies/{stored.id}/").content.decode()
    assert "还没有入总库" in archivist.get(f"/desk/vault/copies/{waiting.id}/").content.decode()
    assert archivist.get(f"/desk/vault/objects/{waiting.id}/").status_code == 404


def test_a_segment_has_a_page_too(archivist):
    row = record(title="目录条目", **in_custody())
    ingest_now([row])
    assert "segment.xml" in archivist.get(f"/desk/vault/objects/{row.id}/").content.decode()


def test_audit_and_repair_are_started_as_jobs_by_who_may(archivist, client):
    ingest_now(records(1))
    assert archivist.post("/desk/vault/audit/").status_code == 302
    assert archivist.post("/desk/vault/repair/").status_code == 302
    assert set(Job.objects.values_list("kind", flat=True)) == {"vault.audit", "vault.repair"}
    client.force_login(a_person_as("supervisor"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/desk/vault/audit/").status_code == 403


def test_the_terminal_tells_finds_and_repairs():
    ingest_now(records(2))
    code, told = run("status")
    assert (code, told["objects"], told["unprotected"]) == (0, 2, 0)
    row = VaultObject.objects.order_by("id").first()
    shutil.rmtree(home() / "vault/backup-far/objects" / row.object_path)
    code, told = run("audit", "backup-far")
    assert (code, told["stores"][0]["missing"]) == (1, 1)
    assert run("status")[0] == 1
    assert run("repair") == (0, {"repaired": 1, "losses": [], "disputed": [], "away": []})
    assert run("audit")[0] == 0
    code, told = run("show", str(row.record_id))
    assert {copy["state"] for copy in told["copies"]} == {"verified"}
    assert [event["kind"] for event in told["events"]] == ["ingestion", "fixity check", "recovery"]


def test_a_new_disk_is_prepared_and_filled():
    ingest_now(records(2))
    shutil.rmtree(home() / "vault/backup-far")
    assert run("audit", "backup-far")[0] == 3
    assert run("stores", "--prepare", "backup-far")[1]["prepared"] == "backup-far"
    assert run("stores", "--prepare", "backup-far")[0] == 0  # once more does nothing
    assert run("repair")[1]["repaired"] == 2
    assert run("audit")[0] == 0


def test_a_disk_with_something_else_on_it_is_never_prepared():
    ingest_now(records(1))
    shutil.rmtree(home() / "vault/backup-far")
    (home() / "vault/backup-far").mkdir()
    (home() / "vault/backup-far/photo.jpg").write_bytes(b"x")
    code, told = run("stores", "--prepare", "backup-far")
    assert (code, told["error"]) == (1, "这个位置不是空的。")
    assert run("status")[1]["stores"][2]["missing"] == 0


def test_the_doctor_names_bad_copies():
    ingest_now(records(1))
    assert examine()["vault.copies"].outcome == "pass"
    damage_first()
    assert examine()["vault.copies"].outcome == "fail"


def test_the_continuous_audit_looks_at_every_store():
    ingest_now(records(2))
    Copy.objects.update(checked_at=None)
    assert audit_turn() == 6
    assert not Copy.objects.filter(checked_at=None).exists()


def test_the_files_of_an_object_go_on_by_key(archivist, monkeypatch):
    ingest_now([record(document(b"one", "a.txt"), document(b"two", "b.txt"), **in_custody())])
    row = VaultObject.objects.get()
    whole, after = files_of(row)
    assert after == ""
    assert len(whole) >= 2
    monkeypatch.setattr("lantai.vault.selectors.FILES_SHOWN", 1)
    address = f"/desk/vault/objects/{row.record_id}/"
    seen, after = [], ""
    while True:
        page = archivist.get(address, {"after": after})
        seen += [file.path for file, _name in page.context["files"]]
        after = page.context["next_file"]
        assert ("看下一页" in page.content.decode()) == bool(after)
        if not after:
            break
    assert seen == [file.path for file in whole]
