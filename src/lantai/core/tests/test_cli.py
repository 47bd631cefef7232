"""Commands tell people and programs the same thing, and exit as documented."""

import errno
import json

import pytest
import typer
from django.db import DatabaseError, OperationalError
from typer.testing import CliRunner

from lantai.core import cli, commands
from lantai.core.actors import SYSTEM
from lantai.core.errors import AwaitsPerson, Invalid, Unavailable
from lantai.core.jobs import Job, JobRun, JobState, job, start


@job("core.test_nothing", title="什么也不做")
def nothing(run: JobRun):
    run.step("歇着")


@pytest.fixture
def lantai():
    app = typer.Typer()
    commands.register(app)

    @cli.command(app)
    def fail(kind: str, as_json: cli.Json = False) -> None:
        """Fails in the way asked for."""
        faults = {
            "invalid": Invalid("行数不对。", subject="目录.xlsx", remedy="补上缺的一行。"),
            "unavailable": Unavailable("连不上。"),
            "awaits": AwaitsPerson("等人签字。"),
            "database": OperationalError("disk I/O error\nmore"),
            "broken": DatabaseError("file is not a database"),
            "tables": OperationalError("no such table: core_job"),
            "full": OSError(errno.ENOSPC, "No space left on device", "/archives/0001.pdf"),
            "broken disk": OSError(errno.EIO, "Input/output error"),
            "no folder": OSError(errno.ENOENT, "No such file or directory", "/archives/nowhere"),
            "gone": OSError(errno.ENOENT, "No such file or directory", "/archives/正文.pdf".encode()),
            "read-only": OSError(errno.EROFS, "Read-only file system", "/archives/keystore.json"),
        }
        raise faults[kind]

    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("invalid", 1),
        ("unavailable", 3),
        ("awaits", 4),
        ("database", 3),
        ("full", 3),
        ("broken disk", 3),
        ("no folder", 3),
        ("--no-such", 2),
    ],
)
def test_each_kind_of_trouble_has_its_exit_code(lantai, kind, code):
    assert lantai("fail", kind).exit_code == code


def test_a_database_file_that_is_none_is_said_to_be_unusable(lantai):
    result = lantai("fail", "broken")
    assert result.exit_code == cli.UNAVAILABLE
    assert "数据库现在不能用" in result.output
    assert "Traceback" not in result.output


def test_a_database_without_tables_is_told_apart_from_one_that_does_not_answer(lantai):
    assert "lantai doctor" in lantai("fail", "database").stderr
    missing = lantai("fail", "tables")
    assert missing.exit_code == 3
    assert "lantai migrate" in missing.stderr
    assert "no such table" not in missing.stderr


def test_a_file_named_by_its_bytes_is_named_in_words(lantai):
    assert "（/archives/正文.pdf）" in lantai("fail", "gone").stderr


def test_trouble_is_told_with_object_and_remedy_to_people_and_programs(lantai):
    result = lantai("fail", "invalid", "--json")
    assert "行数不对。（目录.xlsx）" in result.stderr
    assert "补上缺的一行。" in result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == {
        "error": "行数不对。",
        "subject": "目录.xlsx",
        "remedy": "补上缺的一行。",
    }


def test_settings_show_value_and_source_but_no_secret(lantai, monkeypatch):
    monkeypatch.setenv("LANTAI_SESSION_IDLE_MIN", "7")
    monkeypatch.setenv("LANTAI_SECRET_KEY", "hush-hush")
    result = lantai("settings", "--json")
    shown = json.loads(result.stdout.splitlines()[-1])["settings"]
    assert shown["SESSION_IDLE_MIN"] == {
        "value": "7",
        "source": "environment",
        "help": shown["SESSION_IDLE_MIN"]["help"],
    }
    assert shown["WORKERS"]["source"] == "default"
    assert shown["SECRET_KEY"]["value"] == "***"
    assert "hush-hush" not in result.output


@pytest.mark.django_db
def test_jobs_are_listed_shown_cancelled_and_resumed(lantai):
    queued = start("core.test_nothing", SYSTEM)
    listed = json.loads(lantai("jobs", "list", "--json").stdout.splitlines()[-1])
    assert [row["id"] for row in listed["jobs"]] == [str(queued.id)]
    assert lantai("jobs", "cancel", str(queued.id)).exit_code == 0
    assert Job.objects.get().state == JobState.CANCELLED
    assert lantai("jobs", "cancel", str(queued.id)).exit_code == 1
    assert lantai("jobs", "resume", str(queued.id)[:30]).exit_code == 0
    assert Job.objects.get().state == JobState.QUEUED
    shown = lantai("jobs", "show", str(queued.id))
    assert "什么也不做" in shown.stdout
    assert lantai("jobs", "show", "not-an-id").exit_code == 1


def test_tables_align_full_width_characters(capsys):
    cli.print_table(["名称", "值"], [("档号", "a"), ("ab", "b")])
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.index("a") + len("档号") == second.index("b", 2)


@pytest.mark.parametrize(("kind", "words"), [("full", "存储空间已满"), ("read-only", "只读方式挂载")])
def test_a_disk_that_takes_nothing_is_named_with_its_remedy(lantai, kind, words):
    result = lantai("fail", kind)
    assert words in result.stderr
    assert "/archives/" in result.stderr
    assert "Traceback" not in result.output
