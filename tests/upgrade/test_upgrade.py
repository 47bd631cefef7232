"""The first release's data under today's code: ``lantai migrate`` keeps every row, proof and page.

The database was written by ``scripts/make_upgrade_fixture.py`` with the first release's migrations,
so every migration since is tried on data that people had.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

FIRST = Path(__file__).parent / "release-0"
WRITTEN_BY_DJANGO = {"django_migrations", "django_content_type", "auth_permission", "sqlite_sequence"}
"""Tables that grow with the code; all others hold what people did."""

VISIT = """
import sys, django
django.setup()
from django.test import Client
answer = Client(SERVER_NAME="localhost").get(sys.argv[1])
sys.stdout.buffer.write(answer.content)
raise SystemExit(answer.status_code != 200)
"""


@pytest.fixture(scope="module")
def first_release(tmp_path_factory):
    """A data folder as the first release left it; returns it with the rows counted in each table."""
    home = tmp_path_factory.mktemp("first-release") / "home"
    shutil.copytree(FIRST, home)
    database = sqlite3.connect(home / "lantai.sqlite3")
    database.executescript((FIRST / "database.sql").read_text(encoding="utf-8"))
    rows = counts(database)
    database.close()
    for store in (home / "vault").iterdir():
        shutil.copytree(FIRST / "ledger", store / "ledger")
    return home, rows


def counts(database: sqlite3.Connection) -> dict[str, int]:
    names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for (name,) in names
        if name not in WRITTEN_BY_DJANGO
    }


def run(home: Path, *command: str) -> bytes:
    environment = {name: value for name, value in os.environ.items() if name != "LANTAI_DATABASE_URL"}
    environment |= {
        "LANTAI_HOME": str(home),
        "LANTAI_KEYSTORE_PASSPHRASE": "upgrade-fixture",
        "DJANGO_SETTINGS_MODULE": "lantai.config.settings",
    }
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()[-3000:]
    return done.stdout


def lantai(home: Path, *arguments: str):
    return json.loads(run(home, "-m", "lantai.config", *arguments, "--json").splitlines()[-1])


@pytest.mark.requirement("Z70")
def test_the_first_release_upgrades_with_every_row_proof_and_page(first_release):
    home, before = first_release
    lantai(home, "migrate")
    assert lantai(home, "migrate")["applied"] == []
    database = sqlite3.connect(home / "lantai.sqlite3")
    after = counts(database)
    assert {name: after.get(name) for name in before} == before
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    opened = database.execute(
        "SELECT id, title, reference_code FROM records_record WHERE opening_mark = 'open'"
    ).fetchall()
    database.close()
    verified = lantai(home, "ledger", "verify")
    assert verified["ok"]
    assert verified["entries"] == before["ledger_leaf"] > 20
    assert verified["heads"] == 5 * before["ledger_head"]  # the database, this machine, three stores
    assert opened
    for identifier, title, code in opened:
        page = run(home, "-c", VISIT, f"/records/{UUID(identifier)}").decode()
        assert title in page
        assert code in page


def test_a_row_lost_on_the_way_would_be_noticed(first_release):
    home, before = first_release
    assert all(
        before[name] for name in ("records_record", "vault_copy", "opening_decision", "capture_submission")
    )
    damaged = home.parent / "damaged"
    shutil.copytree(home, damaged)
    database = sqlite3.connect(damaged / "lantai.sqlite3")
    database.execute("DROP TRIGGER ledger_entry_no_delete")
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)")
    database.commit()
    database.close()
    with pytest.raises(AssertionError):
        lantai(damaged, "ledger", "verify")
