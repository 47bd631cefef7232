"""The runbook is played: every line of ``docs/how-to/disasters.md``, as it stands, after the disaster it is for."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

import lantai

from .archive import Archive, scratch_database
from .page import blocks

pytestmark = [pytest.mark.services, pytest.mark.timeout(900), pytest.mark.requirement("Z36")]
STORES = ("use", "backup-near", "backup-far")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """An archive with records and a backup of what is none; each test takes a copy of it."""
    folder = tmp_path_factory.mktemp("filled")
    archive = Archive(folder, folder / "home", "")
    archive.home.mkdir()
    archive.tell("lantai migrate")
    archive.tell("lantai keys create ledger.head --name 云州市档案馆")
    archive.script("holdings", "fill")
    archive.play("Beforehand")
    archive.play("Beforehand", 1)
    return archive


@pytest.fixture
def archive(filled, tmp_path, monkeypatch):
    """A copy of the filled archive, on PostgreSQL where there is a server."""
    shutil.copytree(filled.folder, tmp_path / "archive")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RUNBOOK_PORT", str(probe.getsockname()[1]))
    with scratch_database() as database:
        copy = Archive(tmp_path / "archive", tmp_path / "archive" / "home", database)
        if database:  # the same holdings, brought there as the runbook itself would
            copy.tell("lantai migrate && lantai vault rebuild --from use")
            copy.tell(f"lantai backup restore {copy.folder}/backup/lantai.backup"
                      f" --passphrase-file {copy.folder}/etc/backup-passphrase")  # fmt: skip
        yield copy
        copy.tell("systemctl stop lantai-worker lantai")


def told(archive):
    return json.loads(archive.script("holdings", "tell").splitlines()[-1])


def alike(holdings):
    """What must be the same whatever the worker went on to put in order."""
    return {name: holdings[name] for name in ("records", "people", "files")}


def test_the_page_has_lines_for_every_disaster():
    titles = {title for title, found in blocks().items() if any(found)}
    assert titles == {"Beforehand", "One disk is lost", "One site is lost", "The database is lost",
                      "The key is lost", "A bad deployment", "Drill it"}  # fmt: skip


def test_one_disk_is_lost(archive):
    before = told(archive)
    disk = archive.home / "vault" / "backup-near"
    disk.rename(archive.folder / "broken")
    disk.mkdir()  # the empty disk, mounted in its place
    archive.play("One disk is lost")
    assert told(archive)["records"] == before["records"]
    assert sum(1 for _file in disk.rglob("inventory.json")) > 0
    archive.play("Drill it")


def test_one_site_is_lost(archive):
    before = told(archive)
    home = archive.folder / "elsewhere"
    home.mkdir()
    shutil.copytree(archive.home / "vault" / "backup-far", home / "vault" / "backup-far")
    shutil.copy(archive.home / "vault.toml", home)
    shutil.rmtree(archive.home)
    with scratch_database() as database:
        another = Archive(archive.folder, home, database)
        another.play("One site is lost")
        after = told(another)
        another.tell("systemctl stop lantai-worker lantai")
        archive.home.mkdir()  # the fixture stops what no longer runs there
    assert all(after["files"])
    assert {key: after[key] for key in ("records", "people")} == {
        key: before[key] for key in ("records", "people")
    }
    assert after["leaves"] > before["leaves"] - 1
    assert all((home / "vault" / key / "objects").is_dir() for key in STORES)


def test_the_database_is_lost(archive):
    archive.tell("systemctl start lantai lantai-worker")
    before = told(archive)
    archive.lose_database()
    archive.play("The database is lost")
    after = told(archive)
    assert {key: after[key] for key in ("records", "people", "files")} == {
        key: before[key] for key in ("records", "people", "files")
    }


def test_the_key_is_lost_and_comes_back_from_the_backup_or_is_made_anew(archive):
    keystore = archive.home / "keystore.json"
    was = keystore.read_bytes()
    keystore.unlink()
    archive.play("The key is lost")
    assert json.loads(keystore.read_bytes())["keys"][0] == json.loads(was)["keys"][0]
    archive.tell("systemctl stop lantai-worker lantai")
    keystore.unlink()
    archive.play("The key is lost", 1)
    assert keystore.read_bytes() != was


def test_a_bad_deployment_is_rolled_back_and_what_it_wrote_comes_from_the_vault(archive):
    archive.tell("systemctl start lantai lantai-worker")
    archive.play("A bad deployment")
    before = told(archive)
    bad = Archive(archive.folder, archive.home, archive.database, bad_version(archive.folder))
    bad.tell("lantai migrate")
    assert not any(title for title, _code in told(bad)["records"])
    archive.play("A bad deployment", 1)
    assert alike(told(archive)) == alike(before)
    archive.tell("systemctl stop lantai-worker lantai")
    bad.tell("lantai migrate")
    bad.script("holdings", "more")
    archive.put_dump_back()
    assert archive.shell("lantai vault reconcile").returncode == 1  # it names what came since the dump
    archive.lose_database()
    archive.play("The database is lost")
    assert ["其间入库的件", ""] in told(archive)["records"]


def bad_version(folder: Path) -> Path:
    """Today's code with a migration that empties every title, as a package of its own."""
    package = folder / "bad" / "lantai"
    shutil.copytree(Path(lantai.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    last = sorted(path.stem for path in (package / "records" / "migrations").glob("0*.py"))[-1]
    (package / "records" / "migrations" / "9999_bad.py").write_text(
        "from django.db import migrations\n\n\n"
        "class Migration(migrations.Migration):\n"
        f'    dependencies = [("records", "{last}")]\n'
        "    operations = [migrations.RunSQL(\"UPDATE records_record SET title = ''\")]\n",
        encoding="utf-8",
    )
    return package.parent
