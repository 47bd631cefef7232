"""Workers on two machines share one import through RabbitMQ; the one that runs it is killed."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from . import namespaces
from .tables import csv_file, row
from .test_killed import SETTLE, code, run

ROWS = 40_000
LEAST_PIECES = 8
JOBS = "SELECT json_agg(j) FROM core_job j"
PARTS = "SELECT count(*) FROM catalogue_importpart"
SETTLE_AND_WAIT = SETTLE.replace('call_command("migrate", verbosity=0)', "").replace(
    "services.start_load", "print('checked', flush=True)\ninput()\nservices.start_load"
)
BROKER = os.environ.get("LANTAI_TEST_BROKER", "")
DATABASE = os.environ.get("LANTAI_DATABASE_URL", "")
OWN = urlsplit(DATABASE)._replace(path="/lantai_shared").geturl()
pytestmark = [
    pytest.mark.services,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (BROKER and DATABASE), reason="needs RabbitMQ and PostgreSQL: make test-services"),
]


@pytest.fixture
def ask(transactional_db):
    """A database of their own for the workers, with the tables of the tests'; asks it for one row."""
    migrated = connection.settings_dict["NAME"]
    connection.close()  # a database that is copied lets nobody in
    with psycopg.connect(DATABASE, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS lantai_shared WITH (FORCE)")
        server.execute(f"CREATE DATABASE lantai_shared TEMPLATE {migrated}")
        with closing(psycopg.connect(OWN, autocommit=True)) as asked:
            yield lambda question: asked.execute(question).fetchone()
        server.execute("DROP DATABASE lantai_shared WITH (FORCE)")


@pytest.fixture
def machines():
    """Two ways to run a process against the servers: in two namespaces, or plainly where there are none."""
    refused = namespaces.are_refused()
    if refused:
        print(f"two processes of one machine instead: {refused}")  # noqa: T201 - a passing test says so with -rP
        yield [lambda words, home: (words, home, BROKER, OWN)] * 2
        return
    with ExitStack() as stack:
        yield [_starter(stack, number) for number in (1, 2)]


def _starter(stack, number):
    machine = namespaces.Machine(number)
    stack.callback(machine.remove)
    seen = []
    for url in (BROKER, OWN):
        parts = urlsplit(url)
        road = namespaces.Road(machine.host, parts.port)
        stack.callback(road.close)
        seen.append(
            parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{machine.host}:{road.port}").geturl()
        )
    return lambda words, home: (machine.command(*words), home, *seen)


@pytest.mark.requirement("S15")
def test_two_machines_share_an_import_one_is_killed_and_every_row_comes_once(tmp_path, ask, machines):
    sheet = csv_file(tmp_path, [row(number, 档号=code(number)) for number in range(1, ROWS + 1)])
    home = tmp_path / "platform"
    home.mkdir()
    with ExitStack() as stack:
        settle = stack.enter_context(started(run(SETTLE_AND_WAIT, sheet), home, BROKER, OWN))
        assert settle.stdout.readline() == b"checked\n"
        workers = {}
        for start in machines:
            worker = started(*start([sys.executable, "-m", "lantai.config", "worker"], home))
            workers[worker.pid] = stack.enter_context(worker)
            stack.callback(worker.kill)
        wait_for(ask, "SELECT count(*) FROM core_worker WHERE serves", lambda count: count == 2)
        settle.communicate(b"go\n")
        wait_for(ask, PARTS, lambda count: count >= 4)
        (leader,) = ask("SELECT w.pid FROM core_job j JOIN core_worker w ON w.id = j.worker_id")
        workers.pop(leader).kill()
        assert ask(PARTS)[0] < LEAST_PIECES, "it was over before one could be killed"
        wait_for(ask, "SELECT state FROM catalogue_import", lambda state: state == "done")
        (survivor,) = workers.values()
        survivor.terminate()
        assert survivor.wait(timeout=40) == 0
    assert ask("SELECT attempt FROM core_job WHERE kind = 'catalogue.load'") == (2,)
    assert ask("SELECT count(*) FROM core_jobline WHERE text LIKE '%分担了%'")[0] >= 1, "it was not shared"
    assert_every_row_came_once(ask)


def assert_every_row_came_once(ask):
    assert ask("SELECT count(*), count(DISTINCT reference_code) FROM records_record") == (ROWS, ROWS)
    assert ask("SELECT sum(records) FROM records_classcount") == (ROWS,)
    assert ask("SELECT sum(count) FROM ledger_entry WHERE act = 'records.create'") == (ROWS,)
    assert ask(PARTS) == ask("SELECT total FROM core_job WHERE kind = 'catalogue.load'")
    (counts,) = ask("SELECT counts FROM catalogue_import")
    counts = counts if isinstance(counts, dict) else json.loads(counts)
    assert counts["loaded"] == {"created": ROWS}


def started(words, home, broker, database):
    own = {name: value for name, value in os.environ.items() if not name.startswith("LANTAI_")}
    own |= {"LANTAI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "lantai.config.settings"}
    own |= {"LANTAI_BROKER_URL": broker, "LANTAI_DATABASE_URL": database}
    return subprocess.Popen(words, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def wait_for(ask, question, true, timeout_s=120):
    deadline = time.monotonic() + timeout_s
    while not true(ask(question)[0]):
        assert time.monotonic() < deadline, f"waited in vain: {ask(JOBS)}"
        time.sleep(0.02)
