"""The command line as a stranger meets it: from any folder, on an empty data folder."""

import json
import os
import subprocess
import sys
from typing import Annotated, Literal

import pytest
import typer

from lantai.config.cli import run


def lantai(home, *arguments, given="", **environment):
    return subprocess.run(
        [sys.executable, "-m", "lantai.config", *arguments],
        cwd=home,
        env={**os.environ, "LANTAI_HOME": str(home), "LANTAI_DATABASE_URL": "", **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=90,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("settings", "--json"), 0),
        (("jobs", "show", "--json"), 2),
        (("inspect", "nothing-here", "--json"), 2),
        (("jobs", "list", "--json"), 3),
    ],
)
def test_every_end_is_told_in_one_json_object_on_the_last_line(tmp_path, arguments, code):
    done = lantai(tmp_path, *arguments)
    assert done.returncode == code, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == ({"error", "subject", "remedy"} if code else {"settings"})


def hour(
    when: Annotated[int, typer.Argument(help="几点。")],
    kind: Annotated[Literal["am", "pm"], typer.Option(help="上午或下午。")] = "am",
) -> None:
    """Anything with an argument and an option."""
    if when > 24:
        raise typer.BadParameter("一天没有那么多点。")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["huor", "3"], "没有命令 huor。是不是 hour？"),
        (["hour"], "缺少 when。几点。"),
        (["hour", "three"], "when：要写整数。"),
        (["hour", "3", "--kin", "am"], "没有选项 --kin。是不是 --kind？"),
        (["hour", "3", "--kind", "noon"], "--kind：“noon”不能用，请用其中之一：am、pm。"),
        (["hour", "25"], "一天没有那么多点。"),
        ([], "Usage"),
    ],
)
def test_a_command_written_wrongly_is_told_in_the_operators_language(given, said, monkeypatch, capsys):
    app = typer.Typer(no_args_is_help=True)
    app.command()(hour)
    app.callback()(lambda: None)
    monkeypatch.setattr(sys, "argv", ["lantai", *given])
    code = run(app)
    out, err = capsys.readouterr()
    assert code == 2
    assert said in (err if given else out)
    assert not given or out == ""


def test_a_setting_that_cannot_be_understood_is_named(tmp_path):
    done = lantai(tmp_path, "settings", LANTAI_WORKERS="many")
    assert done.returncode == 1
    assert "LANTAI_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_command_on_an_empty_folder_may_be_init(tmp_path):
    done = lantai(
        tmp_path, "init", "--username", "shitong", "--password-stdin", "--json", given="A-long-word-2026\n"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["role"] == "system_officer"


@pytest.mark.parametrize("arguments", [("--help",), ("vault",), ("vault", "audit", "--help")])
def test_help_is_in_one_language(tmp_path, arguments):
    told = "".join(lantai(tmp_path, *arguments, COLUMNS="200").stdout.split())
    assert "选项" in told
    assert "显示这份说明。" in told
    for word in ("Options", "Commands", "Arguments", "Showthismessage", "Installcompletion", "[default:"):
        assert word not in told
