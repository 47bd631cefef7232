"""Resumable upload by tus 1.0.0: what came stays, nothing is written twice, nothing is lost."""

import base64
import hashlib
import threading

import pytest
from django.utils import timezone

from lantai.capture.api import Submission
from lantai.capture.channels import api_upload as uploads
from lantai.capture.errors import OffsetMismatch
from lantai.capture.models import Upload
from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.institutions.api import issue_api_key

from . import factories as make

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/uploads"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


@pytest.fixture
def key():
    _key, text = issue_api_key(organisation=make.agency(), label="办公系统", actor=SYSTEM)
    return {"Authorization": f"Bearer {text}"}


def begin(client, key, length, **headers):
    return client.post(ROOT, headers={**key, **TUS, "Upload-Length": str(length), **headers})


def piece(client, key, address, offset, data, **headers):
    return client.patch(
        address, data, content_type=PIECE,
        headers={**key, **TUS, "Upload-Offset": str(offset), **headers},
    )  # fmt: skip


def offset(client, key, address):
    answer = client.head(address, headers={**key, **TUS})
    assert answer.headers["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def whole(client, key, data, name="六月.zip"):
    encoded = base64.b64encode(name.encode()).decode()
    made = begin(client, key, len(data), **{"Upload-Metadata": f"filename {encoded}"})
    piece(client, key, made["Location"], 0, data)
    return made["Location"].rsplit("/", 1)[1]


@pytest.mark.requirement("S18")
def test_the_server_says_what_it_can_do(client):
    answer = client.options(ROOT)
    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) >= {
        "creation", "creation-with-upload", "checksum", "expiration", "termination",
    }  # fmt: skip
    assert "sha1" in answer["Tus-Checksum-Algorithm"]
    assert int(answer["Tus-Max-Size"]) > 0


@pytest.mark.requirement("S18")
def test_an_interrupted_upload_goes_on_and_becomes_a_submission(client, key):
    data = make.package(make.item(1)).read_bytes()
    made = begin(client, key, len(data), **{"Upload-Metadata": "filename 5YWt5pyILnppcA=="})
    assert (made.status_code, made["Tus-Resumable"]) == (201, "1.0.0")
    address = made["Location"]

    assert piece(client, key, address, 0, data[:1000])["Upload-Offset"] == "1000"
    assert offset(client, key, address) == 1000
    last = piece(client, key, address, 1000, data[1000:])
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(data)))
    assert last["Upload-Expires"].endswith("GMT")

    fields = {"upload": address.rsplit("/", 1)[1]}
    named = {**key, "Idempotency-Key": "k"}
    first = client.post("/api/v1/submissions", fields, content_type="application/json", headers=named)
    again = client.post("/api/v1/submissions", fields, headers=named)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert first.json()["title"] == "六月"
    assert not any((home() / "uploads").iterdir())
    other = client.post("/api/v1/submissions", fields, headers={**key, "Idempotency-Key": "other"})
    assert other.status_code == 409
    assert make.run_process(Submission.objects.get()).state == "accepted"


def test_what_is_refused_loses_nothing(client, key, monkeypatch):
    upload = whole(client, key, b"PK data")
    monkeypatch.setenv("LANTAI_DISK_ALARM_BYTES", str(2**60))
    named = {**key, "Idempotency-Key": "k"}
    refused = client.post("/api/v1/submissions", {"upload": upload}, headers=named)
    assert refused.status_code == 503
    assert offset(client, key, f"{ROOT}/{upload}") == 7


def test_an_unfinished_upload_is_not_handed_in(client, key):
    address = begin(client, key, 10)["Location"]
    named = {**key, "Idempotency-Key": "k"}
    answer = client.post("/api/v1/submissions", {"upload": address.rsplit("/", 1)[1]}, headers=named)
    assert answer.status_code == 409
    assert client.post("/api/v1/submissions", {"upload": "nonsense"}, headers=named).status_code == 404


@pytest.mark.parametrize("elsewhere", [0, 4, 6, 99])
def test_a_piece_that_begins_elsewhere_is_refused(client, key, elsewhere):
    address = begin(client, key, 10)["Location"]
    piece(client, key, address, 0, b"12345")
    assert piece(client, key, address, elsewhere, b"67890").status_code == 409
    assert offset(client, key, address) == 5


def test_a_piece_with_a_wrong_digest_is_refused_whole(client, key):
    address = begin(client, key, 10)["Location"]
    right = base64.b64encode(hashlib.sha1(b"12345", usedforsecurity=False).digest()).decode()
    wrong = base64.b64encode(hashlib.sha1(b"x", usedforsecurity=False).digest()).decode()
    refused = piece(client, key, address, 0, b"12345", **{"Upload-Checksum": f"sha1 {wrong}"})
    assert (refused.status_code, offset(client, key, address)) == (460, 0)
    assert refused["Tus-Resumable"] == "1.0.0"
    assert piece(client, key, address, 0, b"12345", **{"Upload-Checksum": f"sha1 {right}"}).status_code == 204
    unknown = piece(client, key, address, 5, b"1", **{"Upload-Checksum": f"crc32 {right}"})
    assert unknown.status_code == 400


def test_more_than_was_announced_is_refused(client, key):
    address = begin(client, key, 4)["Location"]
    assert piece(client, key, address, 0, b"12345").status_code == 413
    assert offset(client, key, address) == 0


def test_the_first_piece_may_come_along(client, key):
    answer = client.post(ROOT, b"12345", content_type=PIECE, headers={**key, **TUS, "Upload-Length": "10"})
    assert (answer.status_code, answer["Upload-Offset"]) == (201, "5")


def test_requests_that_do_not_keep_to_the_protocol_are_told_so(client, key):
    assert client.post(ROOT, headers={**key, "Upload-Length": "1"}).status_code == 412
    assert begin(client, key, "ten").status_code == 400
    assert begin(client, key, "-1").status_code == 400
    assert begin(client, key, 1, **{"Upload-Metadata": "filename !!!"}).status_code == 400
    assert begin(client, key, 1, **{"Upload-Defer-Length": "1"}).status_code == 400
    address = begin(client, key, 1)["Location"]
    wrong = client.patch(
        address, b"1", content_type="text/plain", headers={**key, **TUS, "Upload-Offset": "0"}
    )
    assert wrong.status_code == 415


def test_a_request_may_say_by_header_that_it_means_another_method(client, key):
    address = begin(client, key, 3)["Location"]
    headers = {**key, **TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(address, b"123", content_type=PIECE, headers=headers)["Upload-Offset"] == "3"
    headers["X-HTTP-Method-Override"] = "DELETE"
    assert client.post(address, headers=headers).status_code == 204
    headers["X-HTTP-Method-Override"] = "MOVE"
    assert client.post(address, headers=headers).status_code == 400


def test_an_upload_given_up_or_expired_leaves_nothing(client, key):
    address, other = (begin(client, key, 3)["Location"] for _ in range(2))
    assert client.delete(address, headers={**key, **TUS}).status_code == 204
    assert client.head(address, headers={**key, **TUS}).status_code == 404
    Upload.objects.update(expires_at=timezone.now())
    assert client.head(other, headers={**key, **TUS}).status_code == 410
    assert uploads.sweep_uploads() == 1
    assert not Upload.objects.exists()


def test_one_sender_knows_nothing_of_anothers_upload(client, key):
    address = begin(client, key, 3)["Location"]
    _key, text = issue_api_key(organisation=make.agency(), label="别的系统", actor=SYSTEM)
    theirs = {"Authorization": f"Bearer {text}"}
    assert client.head(address, headers={**theirs, **TUS}).status_code == 404
    assert client.head(address, headers=TUS).status_code == 401


def test_size_quota_and_disk_are_looked_at_before_a_byte_comes(client, key, monkeypatch):
    monkeypatch.setenv("LANTAI_MAX_UPLOAD_BYTES", "1000")
    assert begin(client, key, 1001).status_code == 413
    monkeypatch.setenv("LANTAI_UPLOAD_QUOTA_BYTES", "1500")
    assert [begin(client, key, 800).status_code for _ in range(2)] == [201, 413]
    monkeypatch.setenv("LANTAI_DISK_ALARM_BYTES", str(2**60))
    assert begin(client, key, 1).status_code == 503


def test_of_two_requests_that_send_the_same_piece_one_goes_on(client, key):
    """Whoever comes second finds the file's end moved; never is a byte written twice."""
    address = begin(client, key, 10)["Location"]
    upload = Upload.objects.get()

    class Slow:
        """A sender whose network stalls while another connection of it goes on."""

        pieces = [b"67890", b"12345"]

        def read(self, _size):
            if len(self.pieces) == 1:
                assert piece(client, key, address, 5, b"abcde").status_code == 204
            return self.pieces.pop() if self.pieces else b""

    with pytest.raises(OffsetMismatch):
        uploads.append_piece(upload=upload, offset=0, source=Slow())
    assert uploads.path_of(upload.id).read_bytes() == b"12345abcde"


def test_many_threads_at_one_upload_never_tear_it(client, key):
    begin(client, key, 50_000)
    upload = Upload.objects.get()
    data, errors = bytes(range(250)) * 200, []

    class Body:
        def __init__(self, start):
            self.at = start

        def read(self, _size):
            part = data[self.at : self.at + 997]
            self.at += len(part)
            return part

    def send():
        try:
            while (start := uploads.path_of(upload.id).stat().st_size) < len(data):
                try:
                    uploads._append_all(upload, start, Body(start))
                except OffsetMismatch:
                    continue
        except Exception as error:  # noqa: BLE001 - told at the end
            errors.append(error)

    threads = [threading.Thread(target=send) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not errors
    assert uploads.path_of(upload.id).read_bytes() == data
