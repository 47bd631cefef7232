"""The command line as a stranger meets it: from any folder, on an empty data folder."""

import json
import os
import subprocess
import sys

import pytest


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
