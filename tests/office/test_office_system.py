"""The example office system files its matters through the real API while its network drops."""

from __future__ import annotations

import hashlib
import json
import os
import random
import socket
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from lantai.capture.callbacks import signature
from tests.journeys.house import _free_port, _own_database, _wait_until_ready

from .weather import BadNetwork

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT / "clients/python/src"), str(ROOT / "examples")]

from lantai_client import Lantai, Refused, Unreachable, verify_callback  # noqa: E402
from office_system.__main__ import invent, run  # noqa: E402
from office_system.matters import Office  # noqa: E402

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """A platform the tests share."""
    with _served(tmp_path_factory.mktemp("platform")) as served:
        yield served


@pytest.fixture
def fresh_platform(tmp_path):
    """A platform of one's own: the invented matters are the same every time, and filed only once."""
    (tmp_path / "platform").mkdir()
    with _served(tmp_path / "platform") as served:
        yield served


@contextmanager
def _served(home):
    """``lantai serve`` on an agency with a key: its environment, port and key."""
    with _own_database() as database:
        environment = {**os.environ, "LANTAI_HOME": str(home), **database}
        prepared = json.loads(_python(environment, "tests.office.agency").splitlines()[-1])
        port, log = _free_port(), home / "serve.log"
        command = [sys.executable, "-m", "lantai.config", "serve", "--port", str(port), "--workers", "1"]
        with log.open("wb") as output:
            serve = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            _wait_until_ready(port, serve, log)
            yield {"environment": environment, "port": port, **prepared}
        finally:
            serve.terminate()
            serve.wait(timeout=60)


def _python(environment, module, *arguments):
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout


def _facts(platform):
    return json.loads(_python(platform["environment"], "tests.office.agency", "facts").splitlines()[-1])


def _files_all(platform, folder, count):
    """Every matter is filed, and every one once, through a network that cuts every third connection."""
    before = _facts(platform)
    network = BadNetwork(platform["port"], seed=count)
    office = Office(folder)
    invent(office, count)
    client = Lantai(network.url, platform["key"], timeout_s=20, patience_s=60)
    run(office, client, platform["agency"], once=True)
    network.close()
    lines = office.lines()
    assert {line.state for line in lines} == {"accepted"}, next(x for x in lines if x.state != "accepted")
    assert len({line.submission for line in lines}) == count
    after = _facts(platform)
    assert after["submissions"] - before["submissions"] == count
    assert after["records"] - before["records"] == count
    assert after["keys"] == after["submissions"]
    return network.cuts


@pytest.mark.requirement("S18", "Z57")
def test_matters_are_filed_once_each_while_the_network_drops(platform, tmp_path):
    assert _files_all(platform, tmp_path, 30) > 10


@pytest.mark.requirement("S18")
def test_a_large_package_goes_on_where_it_was_cut_off(platform, tmp_path):
    package = tmp_path / "六月.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("目录.csv", "题名\n")
        archive.writestr("扫描.bin", random.Random(1).randbytes(3_000_000))
    network = BadNetwork(platform["port"], seed=7, share=0.7, most_bytes=1_500_000)
    client = Lantai(network.url, platform["key"], timeout_s=20, patience_s=60)
    sent = [client.submit_package(package, key="june", title="六月") for _twice in range(2)]
    assert sent[0].id == sent[1].id
    assert network.cuts
    found = client.wait(sent[0].id, timeout_s=60)
    assert (found.finished, found.title, bool(found.receipt)) == (True, "六月", True)
    assert found.receipt["facts"]["package"]["sha256"] == hashlib.sha256(package.read_bytes()).hexdigest()
    assert client.find("june").id == found.id
    assert found.id in {each.id for each in client.history()}
    network.close()


@pytest.mark.parametrize("half_closed", [True, False])
def test_a_form_that_breaks_off_in_the_middle_files_nothing(platform, half_closed):
    """Cut within the first file's bytes: what came would read as a whole form with a shorter file."""
    before = _facts(platform)["submissions"]
    head = (
        "POST /api/v1/items HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: torn\r\n"
        f"Authorization: Bearer {platform['key']}\r\nContent-Length: 5000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"题名": "断了"}\r\n'
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf of it'
    )
    with socket.create_connection(("127.0.0.1", platform["port"])) as wire:
        wire.sendall(head.encode())
        if half_closed:
            wire.shutdown(socket.SHUT_WR)
            wire.recv(65536)
    time.sleep(1)
    assert _facts(platform)["submissions"] == before


def test_a_refusal_says_what_to_do_and_is_not_repeated(platform, tmp_path):
    client = Lantai(f"http://127.0.0.1:{platform['port']}", "ltk_aaaaaaaa_" + "a" * 40)
    with pytest.raises(Refused) as refused:
        client.find("x")
    assert (refused.value.status, bool(refused.value.remedy)) == (401, True)


def test_a_platform_that_is_away_is_told_after_the_callers_patience():
    with pytest.raises(Unreachable):
        Lantai("http://127.0.0.1:9", "ltk", patience_s=0.3).find("x")


def test_a_message_is_believed_only_unchanged_and_fresh():
    now = int(time.time())
    assert verify_callback("s", signature("s", now, b"{}"), b"{}")
    assert not verify_callback("s", signature("s", now, b"{}"), b"{ }")
    assert not verify_callback("t", signature("s", now, b"{}"), b"{}")
    assert not verify_callback("s", signature("s", now - 3600, b"{}"), b"{}")
    assert not verify_callback("s", "nonsense", b"{}")


@pytest.mark.services
@pytest.mark.timeout(900)
@pytest.mark.requirement("S18", "Z57")
def test_a_thousand_matters_are_filed_once_each_while_the_network_drops(fresh_platform, tmp_path):
    assert _files_all(fresh_platform, tmp_path, 1000) > 300
