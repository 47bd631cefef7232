"""Real processes are killed in the middle of an edit of many records, and of its undo: nothing is half done."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from lantai.core.tests.migrated import put_migrated

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]
RECORDS = 2_000
BEFORE, AFTER = "发改委", "发展和改革委员会"

SETTLE = f"""
import django
django.setup()
from lantai.catalogue.editing import services
from lantai.catalogue.editing.running import PREVIEW
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.records.api import create_records
from lantai.records.tests.factories import draft, fonds, scheme
kind = scheme()
create_records([draft(scheme_id=kind.id, title=f"{BEFORE}关于第{{n}}件事的通知") for n in range({RECORDS})], SYSTEM)
edit = services.plan_edit(
    chosen={{"fonds": fonds().id}}, element="题名", operation="replace", find="{BEFORE}", value="{AFTER}", actor=SYSTEM,
    enqueue=False,
)
run_inline(PREVIEW, SYSTEM, progress=False, edit_id=str(edit.id))
edit.refresh_from_db()
services.apply_edit(edit=edit, actor=SYSTEM)
"""
WORK = """
import sys
import django
django.setup()
from lantai.core.jobs.control import rescue
from lantai.core.jobs.execution import execute
from lantai.core.jobs.models import Job
rescue()
execute(Job.objects.get(kind=sys.argv[1]).id)
"""
UNDO = """
import django
django.setup()
from lantai.catalogue.editing import services
from lantai.catalogue.editing.models import BulkEdit
from lantai.core.actors import SYSTEM
services.undo_edit(edit=BulkEdit.objects.get(), actor=SYSTEM)
"""
EDITED = f"SELECT count(*) FROM records_record WHERE title LIKE '{AFTER}%'"
KEPT = "SELECT count(*) FROM catalogue_editchange WHERE undone = {undone}"


@pytest.mark.requirement("Z9")
def test_an_edit_and_its_undo_that_are_killed_go_on_and_nothing_is_half_done(tmp_path):
    home = tmp_path / "platform"
    home.mkdir()
    put_migrated(home / "lantai.sqlite3")
    run(home, SETTLE)
    kill_when(home, "catalogue.apply_edit", lambda: asked(home, EDITED) >= RECORDS // 4)
    assert 0 < asked(home, EDITED) < RECORDS
    assert asked(home, EDITED) == asked(home, KEPT.format(undone=0))
    run(home, WORK, "catalogue.apply_edit")
    assert asked(home, EDITED) == asked(home, KEPT.format(undone=0)) == RECORDS
    assert asked(home, "SELECT state FROM catalogue_bulkedit") == "done"
    run(home, UNDO)
    kill_when(home, "catalogue.undo_edit", lambda: asked(home, EDITED) <= RECORDS * 3 // 4)
    assert 0 < asked(home, EDITED) < RECORDS
    assert asked(home, EDITED) == asked(home, KEPT.format(undone=0))
    run(home, WORK, "catalogue.undo_edit")
    assert (asked(home, EDITED), asked(home, KEPT.format(undone=1))) == (0, RECORDS)
    assert asked(home, "SELECT state FROM catalogue_bulkedit") == "undone"
    of_edits = "(SELECT * FROM ledger_entry WHERE subject LIKE 'edit:%' ORDER BY at)"
    assert (
        asked(home, f"SELECT group_concat(act || ' ' || count, ', ') FROM {of_edits}")
        == f"catalogue.edit_records {RECORDS}, catalogue.undo_edit {RECORDS}"
    )
    done = "SELECT done || ' of ' || total FROM core_job WHERE kind = 'catalogue.undo_edit'"
    assert asked(home, done) == f"{RECORDS} of {RECORDS}"


def kill_when(home, kind, reached):
    with subprocess.Popen([sys.executable, "-c", WORK, kind], env=environment(home)) as process:
        while not reached():
            assert process.poll() is None, "it was over before it could be killed"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)


def run(home, script, *given):
    subprocess.run([sys.executable, "-c", script, *given], env=environment(home), check=True, timeout=200)


def environment(home):
    own = {name: value for name, value in os.environ.items() if not name.startswith("LANTAI_")}
    return own | {"LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}


def asked(home, question):
    with closing(sqlite3.connect(f"file:{home}/lantai.sqlite3?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(question).fetchone()[0]
