"""A watched folder takes what is complete, once, and lays the report beside it."""

import json
import os
import shutil

import pytest
import typer
from typer.testing import CliRunner

from lantai.capture.api import Submission
from lantai.capture.channels import watched
from lantai.capture.commands import register
from lantai.core.settings import home

from . import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder():
    path = home() / "dropped"
    path.mkdir()
    return path


def drop(package, folder, name):
    target = folder / name
    (shutil.copytree if package.is_dir() else shutil.copy)(package, target)
    return target


def finish(watcher):
    for submission in Submission.objects.exclude(state__in=Submission.FINISHED):
        make.run_process(submission)
    watcher.settle()


@pytest.mark.requirement("S18")
def test_a_package_is_taken_when_it_no_longer_changes_and_moved_aside_with_its_report(folder):
    watcher = watched.Watcher(folder, make.agency())
    package = drop(make.package(make.item(1)), folder, "六月.zip")
    assert watcher.look(now_s=0) == []
    with package.open("ab") as stream:
        stream.write(b"")
    os.utime(package, ns=(1, 1))  # still being written
    assert watcher.look(now_s=31) == []
    (taken,) = watcher.look(now_s=62)
    assert (taken.channel, taken.title) == ("folder", "六月")
    assert not package.exists()
    finish(watcher)
    assert (folder / ".done" / "六月.zip").exists()
    report = json.loads((folder / ".done" / "六月.zip.report.json").read_text())
    assert (report["state"], report["counts"]["accepted"]) == ("accepted", 1)
    assert report["receipt"]["seal"]


def test_a_marker_says_that_a_package_is_complete(folder):
    watcher = watched.Watcher(folder, make.agency())
    drop(make.package(make.item(1), archive=False), folder, "七月")
    assert watcher.look(now_s=0) == []
    (folder / "七月.ready").touch()
    (taken,) = watcher.look(now_s=1)
    finish(watcher)
    assert Submission.objects.get(id=taken.id).state == "accepted"
    assert (folder / ".done" / "七月").is_dir()
    assert not (folder / "七月.ready").exists()


def test_what_comes_back_lies_in_failed_with_rule_and_remedy(folder):
    watcher = watched.Watcher(folder, make.agency())
    drop(make.package(make.item(1, 责任者="")), folder, "八月.zip")
    (folder / "八月.zip.ready").touch()
    watcher.look(now_s=0)
    finish(watcher)
    report = json.loads((folder / ".failed" / "八月.zip.report.json").read_text())
    assert report["returned"][0]["findings"][0]["remedy"]


@pytest.mark.requirement("S18")
def test_the_same_package_twice_is_one_submission(folder):
    watcher = watched.Watcher(folder, make.agency())
    package = make.package(make.item(1))
    for name in ("一.zip", "二.zip"):
        drop(package, folder, name)
        (folder / f"{name}.ready").touch()
        watcher.look(now_s=0)
    finish(watcher)
    assert Submission.objects.count() == 1
    drop(package, folder, "三.zip")
    (folder / "三.zip.ready").touch()
    watcher.look(now_s=0)
    assert Submission.objects.count() == 1
    done = {path.name for path in (folder / ".done").iterdir() if not path.name.endswith(".json")}
    assert done == {"一.zip", "二.zip", "三.zip"}


def test_a_process_that_died_finds_what_it_has_to_report_on(folder):
    drop(make.package(make.item(1)), folder, "六月.zip")
    (folder / "六月.zip.ready").touch()
    watched.Watcher(folder, make.agency()).look(now_s=0)
    finish(watched.Watcher(folder, make.agency()))
    assert (folder / ".done" / "六月.zip.report.json").exists()


@pytest.mark.parametrize(
    "name", [".hidden.zip", "a.zip.part", "b.zip.tmp", "c.crdownload", "d.zip~", "lonely.ready"]
)
def test_copies_under_way_are_never_taken(folder, name):
    (folder / name).write_bytes(b"PK")
    watcher = watched.Watcher(folder, make.agency())
    watcher.look(now_s=0)
    assert watcher.look(now_s=999) == []
    assert (folder / name).exists()


def test_links_are_never_taken_and_an_empty_file_is_told(folder):
    (folder / "link.zip").symlink_to("/etc/passwd")
    (folder / "empty.zip").touch()
    watcher = watched.Watcher(folder, make.agency())
    watcher.look(now_s=0)
    assert watcher.look(now_s=999) == []
    assert (folder / "link.zip").is_symlink()
    assert "0" in json.loads((folder / ".failed" / "empty.zip.report.json").read_text())["message"]


def test_a_full_disk_leaves_the_package_where_it_is(folder, monkeypatch):
    drop(make.package(make.item(1)), folder, "六月.zip")
    (folder / "六月.zip.ready").touch()
    monkeypatch.setenv("LANTAI_DISK_ALARM_BYTES", str(2**60))
    assert watched.Watcher(folder, make.agency()).look(now_s=0) == []
    assert (folder / "六月.zip").exists()


def test_the_worker_looks_into_the_folders_of_the_setting(folder, monkeypatch):
    monkeypatch.setenv("LANTAI_WATCH", f"{make.agency().code}={folder},990100-none={folder}")
    monkeypatch.setattr(watched, "_watchers", {})
    drop(make.package(make.item(1)), folder, "六月.zip")
    (folder / "六月.zip.ready").touch()
    watched.look_into_folders()
    assert Submission.objects.count() == 1


def test_the_command_takes_what_lies_there_processes_it_and_ends(folder, monkeypatch):
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)

    drop(make.package(make.item(1)), folder, "六月.zip")
    drop(make.package(make.item(2, 责任者="")), folder, "七月.zip")
    monkeypatch.setenv("LANTAI_WATCH_STABLE_S", "0")
    words = ["watch", str(folder), "--agency", make.agency().code, "--once", "--json"]
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == 1, ended.output
    told = json.loads(ended.stdout.splitlines()[-1])
    assert (told["taken"], told["accepted"], told["other"]) == (2, 1, 1)
    assert (folder / ".done" / "六月.zip").exists()
    assert (folder / ".failed" / "七月.zip").exists()
