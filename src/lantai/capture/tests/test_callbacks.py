"""An office system is told, signed, until it has heard; and never at an address inside."""

import hashlib
import hmac
import http.server
import json
import threading
from contextlib import contextmanager

import pytest
from django.utils import timezone

from lantai.capture import callbacks
from lantai.capture.models import Callback
from lantai.core.actors import SYSTEM
from lantai.core.events import deliver_pending
from lantai.institutions.api import issue_api_key

from . import factories as make
from .test_api import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    _key, text = issue_api_key(organisation=make.agency(), label="办公系统", actor=SYSTEM)
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


@contextmanager
def listening(monkeypatch, *statuses):
    """An office system on this machine that answers with these statuses, one after another."""
    heard, answers = [], list(statuses)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()

        def log_message(self, *_args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        monkeypatch.setenv("LANTAI_OUTBOUND_ALLOWED", f"127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/heard", heard
        server.shutdown()


def registered(client, key, url):
    return client.put("/api/v1/callback", {"url": url}, content_type="application/json", **key)


def finished(client, key, **fields):
    found = post(client, key, **fields).json()
    make.run_process(make.Submission.objects.get(id=found["id"]))
    deliver_pending("capture.callbacks")
    return found["id"]


@pytest.mark.requirement("S18")
def test_a_finished_submission_is_told_with_a_signature_that_holds(client, key, monkeypatch):
    with listening(monkeypatch) as (url, heard):
        secret = registered(client, key, url).json()["secret"]
        submission = finished(client, key)
        assert callbacks.deliver_due() == 1
        assert callbacks.deliver_due() == 0
    ((headers, body),) = heard
    told = json.loads(body)
    assert (told["submission"], told["state"], told["idempotency_key"]) == (submission, "accepted", "a-1")
    assert told["receipt"]["seal"]
    parts = dict(part.split("=") for part in headers["Lantai-Signature"].split(","))
    signed = parts["t"].encode() + b"." + body
    assert parts["sha256"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert parts["sm3"] == hmac.new(secret.encode(), signed, "sm3").hexdigest()


def test_who_does_not_hear_is_told_again_later_and_redirects_are_not_followed(client, key, monkeypatch):
    with listening(monkeypatch, 500, 302) as (url, heard):
        registered(client, key, url)
        finished(client, key)
        for waited in ("HTTP 500", "HTTP 302"):
            assert callbacks.deliver_due() == 0
            row = Callback.objects.get()
            assert (row.state, row.outcome) == ("due", waited)
            assert row.next_try_at > timezone.now()
            assert callbacks.deliver_due() == 0
            Callback.objects.update(next_try_at=timezone.now())
        assert callbacks.deliver_due() == 1
    assert len(heard) == 3
    assert len({headers["Lantai-Delivery"] for headers, _body in heard}) == 1
    assert Callback.objects.get().state == "delivered"


def test_who_never_hears_is_given_up(client, key, monkeypatch):
    with listening(monkeypatch, 500) as (url, _heard):
        registered(client, key, url)
        finished(client, key)
        Callback.objects.update(attempts=callbacks.GIVE_UP_AFTER - 1)
        callbacks.deliver_due()
    assert Callback.objects.get().state == "given_up"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/x", "ftp://a.cn/", "http://10.1.1.1/"]
)
def test_an_address_inside_is_not_registered(client, key, url):
    answer = registered(client, key, url)
    assert answer.status_code == 422
    assert answer.json()["remedy"]


def test_an_address_that_moved_inside_meanwhile_is_not_called(client, key, monkeypatch):
    with listening(monkeypatch) as (url, heard):
        registered(client, key, url)
        finished(client, key)
        monkeypatch.delenv("LANTAI_OUTBOUND_ALLOWED")
        assert callbacks.deliver_due() == 0
    assert not heard
    assert "内部网络" in Callback.objects.get().outcome or "端口" in Callback.objects.get().outcome


def test_a_submission_may_name_an_address_of_its_own_once_one_is_registered(client, key, monkeypatch):
    with listening(monkeypatch) as (url, _heard):
        assert post(client, key, callback=url).status_code == 422
        registered(client, key, "http://93.184.215.14/")
        assert post(client, key, idempotency_key="b", callback=url).status_code == 202
        assert Callback.objects.get(submission__idempotency_key="b").url == url


def test_a_new_registration_changes_the_secret_and_withdrawing_ends_it(client, key):
    first, second = (registered(client, key, "http://93.184.215.14/").json() for _ in range(2))
    assert first["secret"] != second["secret"]
    shown = client.get("/api/v1/callback", **key).json()
    assert shown == {"url": "http://93.184.215.14/", "secret": ""}
    assert client.delete("/api/v1/callback", **key).status_code == 204
    assert client.get("/api/v1/callback", **key).status_code == 404
