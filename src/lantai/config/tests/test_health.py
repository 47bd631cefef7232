"""What the machine tells its operator: health, readiness, figures, and what the doctor finds."""

import base64
import json
import socket
import threading

import pytest
import typer
from django.db import OperationalError, connection, transaction
from typer.testing import CliRunner

from lantai.config import commands, doctor, health
from lantai.core import events, ports, settings
from lantai.core.actors import SYSTEM
from lantai.core.errors import Unavailable
from lantai.core.findings import Outcome
from lantai.core.health import examine, register_check
from lantai.core.jobs import job, start
from lantai.core.jobs.presence import present
from lantai.core.models import OutboxMessage, Worker
from lantai.search import api as search

pytestmark = pytest.mark.django_db


@job("config.test_health", title="体检")
def check_health(run):
    run.step("体检")


def test_a_living_process_says_so(client):
    assert client.get("/healthz").json() == {"status": "alive"}


def test_a_migrated_database_with_room_is_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": "pass", "migrations": "pass", "disk": "pass"}


def test_a_full_disk_is_not_ready(client, monkeypatch):
    monkeypatch.setenv("LANTAI_DISK_ALARM_BYTES", str(10**18))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["disk"]) == (503, "fail")


def test_missing_tables_are_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", [])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")
        answer = client.get("/readyz")
        transaction.set_rollback(True)
    assert (answer.status_code, answer.json()["migrations"]) == (503, "fail")


def test_metrics_count_jobs_events_and_requests_without_names(client):
    start("config.test_health", SYSTEM)
    OutboxMessage.objects.create(consumer="search.index", event_type="x", payload={"secret": "张三"})
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    for line in (
        'lantai_jobs{state="queued"} 1.0',
        'lantai_outbox_messages{consumer="search.index"} 1.0',
        'lantai_http_requests_total{method="GET",status="200",view="config:healthz"}',
        "lantai_disk_free_bytes",
        "lantai_build_info",
        "lantai_ledger_size 0.0",
    ):
        assert line in text
    assert "张三" not in text
    assert "体检" not in text


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ({"REMOTE_ADDR": "203.0.113.9"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"p:no").decode()}, 403),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Basic %%%"}, 403),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"p:t0k").decode()}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
    ],
)  # fmt: skip
def test_metrics_are_for_this_machine_or_the_token(client, monkeypatch, meta, status):
    monkeypatch.setenv("LANTAI_METRICS_TOKEN", "t0k")
    assert client.get("/metrics", **meta).status_code == status


def test_without_a_token_set_none_opens_the_metrics(client):
    empty = base64.b64encode(b"p:").decode()
    refused = client.get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION=f"Basic {empty}")
    assert refused.status_code == 403


def test_the_doctor_says_whether_a_worker_lives():
    assert doctor.check_worker().outcome is Outcome.FAIL
    Worker.objects.create(place="elsewhere", pid=1, pid_started="1", serves=True, seen_at="2020-01-01T00:00Z")
    assert doctor.check_worker().outcome is Outcome.FAIL
    with present(serves=True):
        assert doctor.check_worker().outcome is Outcome.PASS


def test_the_doctor_names_what_ails_the_database_once(monkeypatch):
    def broken():
        raise OperationalError("no such table: core_worker")

    monkeypatch.setattr("lantai.core.health._checks", {})
    register_check("broken", broken, title_without_database="任务进程")
    waiting = examine()["broken"]
    assert (waiting.title, waiting.outcome) == ("任务进程", Outcome.NOT_APPLICABLE)


def test_the_doctor_names_consumers_that_fail():
    OutboxMessage.objects.create(consumer="search.index", event_type="x", payload={}, attempts=3)
    result = doctor.check_outbox()
    assert result.outcome is Outcome.FAIL
    assert "search.index（1）" in result.observed
    assert events.backlog()[0].failing == 1


def test_the_doctor_asks_clamd_itself(monkeypatch, tmp_path):
    monkeypatch.setenv("LANTAI_CLAMD", str(tmp_path / "no.ctl"))
    assert doctor.check_clamd().outcome is Outcome.FAIL
    for answer, outcome in ((b"PONG\0", Outcome.PASS), (b"UNKNOWN COMMAND\0", Outcome.FAIL)):
        with socket.create_server(("127.0.0.1", 0)) as server:
            monkeypatch.setenv("LANTAI_CLAMD", f"127.0.0.1:{server.getsockname()[1]}")
            thread = threading.Thread(target=_answer_once, args=(server, answer))
            thread.start()
            assert doctor.check_clamd().outcome is outcome
            thread.join()


def _answer_once(server, answer):
    connected, _ = server.accept()
    with connected:
        assert connected.recv(16) == b"zPING\0"
        connected.sendall(answer)


class _Store:
    def __init__(self, name, fault=None):
        self.name, self.fault = name, fault

    def paths(self, prefix):
        if self.fault:
            raise self.fault
        return []


def test_the_doctor_names_the_store_that_cannot_be_read(monkeypatch):
    stores = [_Store("use"), _Store("backup-far", Unavailable("没有挂载。"))]
    monkeypatch.setattr(ports, "_evidence_stores", [lambda: stores])
    result = doctor.check_stores()
    assert result.outcome is Outcome.FAIL
    assert "backup-far：没有挂载。" in result.observed
    stores.pop()
    assert doctor.check_stores().outcome is Outcome.PASS


def test_the_doctor_asks_the_broker_where_there_is_one(monkeypatch):
    assert doctor.check_broker().outcome is Outcome.NOT_APPLICABLE
    monkeypatch.setenv("LANTAI_BROKER_URL", "amqp://lantai:geheim@127.0.0.1:1/lantai")
    away = doctor.check_broker()
    assert away.outcome is Outcome.FAIL
    assert "rabbitmq-server" in away.remedy
    assert "geheim" not in away.observed


def test_the_doctor_warns_of_a_cluster_that_lacks_copies(monkeypatch):
    monkeypatch.setenv("LANTAI_SEARCH_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(search, "observed", lambda: "OpenSearch 1 个节点，状态 yellow，索引 3 条")
    assert doctor.check_search().outcome is Outcome.WARN
    monkeypatch.setattr(search, "observed", lambda: "OpenSearch 2 个节点，状态 green，索引 3 条")
    assert doctor.check_search().outcome is Outcome.PASS


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    monkeypatch.setattr("lantai.core.health._checks", {})
    register_check("broken", lambda: 1 / 0)
    result = examine()["broken"]
    assert result.outcome is Outcome.FAIL
    assert "ZeroDivisionError" in result.observed
    assert result.remedy


def test_the_doctor_exits_with_findings_and_tells_programs_which(monkeypatch):
    app = typer.Typer()
    app.callback()(lambda: None)
    commands.register(app)
    result = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(result.stdout.splitlines()[-1])
    assert result.exit_code == 1
    assert told["healthy"] is False
    assert told["checks"]["worker"]["outcome"] == "fail"
    assert told["checks"]["crypto"]["outcome"] == "pass"


def test_the_data_folder_is_made_for_its_owner_and_the_doctor_says_when_it_is_open_to_all(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "new"))
    made = settings.home()
    assert made.stat().st_mode & 0o007 == 0
    assert doctor.check_home().outcome is Outcome.PASS
    made.chmod(0o755)
    found = doctor.check_home()
    assert found.outcome is Outcome.WARN
    assert "chmod o-rwx" in found.remedy
