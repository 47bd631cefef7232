"""A real process is killed in the middle of an import; another goes on with it, and nothing comes twice."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from .tables import csv_file, row

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
ROWS = 45_000
"""Three transactions of SQLite: the first is waited for, the others must not be over by then."""

SETTLE = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from lantai.catalogue.tests.tables import prepared
from lantai.catalogue.importing import services
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
call_command("migrate", verbosity=0)
batch = services.receive_file(file=Path(sys.argv[1]), fonds=prepared(), actor=SYSTEM)
services.start_check(batch=batch, actor=SYSTEM, enqueue=False)
run_inline(services.CHECK, SYSTEM, progress=False, import_id=str(batch.id))
services.start_load(batch=batch, actor=SYSTEM)
"""
WORK = """
import django
django.setup()
from lantai.core.jobs.control import rescue
from lantai.core.jobs.execution import execute
from lantai.core.jobs.models import Job
from lantai.catalogue.importing.services import LOAD
rescue()
print("began", flush=True)
execute(Job.objects.get(kind=LOAD).id)
"""


@pytest.mark.requirement("S15")
def test_an_import_that_was_killed_is_gone_on_with_by_another_process(tmp_path):
    home = tmp_path / "platform"
    home.mkdir()
    sheet = csv_file(tmp_path, [row(number, 档号=code(number)) for number in range(1, ROWS + 1)])
    subprocess.run(run(SETTLE, sheet), env=environment(home), check=True, timeout=280)
    with subprocess.Popen(run(WORK), env=environment(home)) as first:
        while parts(home) < 1:
            assert first.poll() is None, "it was over before it could be killed"
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
    loaded = records(home)
    assert 0 < loaded < ROWS
    subprocess.run(run(WORK), env=environment(home), check=True, timeout=280)
    assert records(home) == ROWS
    assert asked(home, "SELECT count(DISTINCT reference_code) FROM records_record") == ROWS
    assert asked(home, "SELECT sum(records) FROM records_classcount") == ROWS
    assert asked(home, "SELECT state FROM catalogue_import") == "done"
    counts = json.loads(asked(home, "SELECT counts FROM catalogue_import"))
    assert counts["loaded"]["created"] == ROWS
    assert asked(home, "SELECT sum(count) FROM ledger_entry WHERE act = 'records.create'") == ROWS


def code(number):
    """A code of its own for each, 9,999 in a class."""
    block, place = divmod(number - 1, 9_999)
    return f"J001-WS·2012-D30-B{block}-{place + 1:04d}"


def run(script, *given):
    return [sys.executable, "-c", script, *map(str, given)]


def environment(home):
    own = {name: value for name, value in os.environ.items() if not name.startswith("LANTAI_")}
    return own | {"LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}


def asked(home, question):
    with closing(sqlite3.connect(f"file:{home}/lantai.sqlite3?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchone()[0]


def parts(home):
    return asked(home, "SELECT count(*) FROM catalogue_importpart")


def records(home):
    return asked(home, "SELECT count(*) FROM records_record")
