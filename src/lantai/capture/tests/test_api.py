"""An office system hands in a package over HTTP with a real key, and asks what became of it."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lantai.capture.api import PROCESS, Submission
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.institutions.api import issue_api_key

from . import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    _key, text = issue_api_key(organisation=make.agency(), label="办公系统", actor=SYSTEM)
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def post(client, key, data=None, idempotency_key="a-1", path="/api/v1/submissions", **fields):
    data = make.package(make.item(1)).read_bytes() if data is None else data
    return client.post(
        path,
        {"package": SimpleUploadedFile("六月.zip", data), **fields},
        headers={"Idempotency-Key": idempotency_key},
        **key,
    )


def process(submission_id):
    run_inline(PROCESS, SYSTEM, progress=False, submission_id=submission_id)


@pytest.mark.requirement("Z57")
@pytest.mark.requirement("S22", "Z40")
def test_a_package_is_submitted_polled_and_receipted(client, key):
    answer = post(client, key, title="六月公文")
    assert answer.status_code == 202
    found = answer.json()
    assert answer["Location"].endswith(f"/api/v1/submissions/{found['id']}")
    assert (found["state"], found["finished"]) == ("received", False)

    process(found["id"])

    found = client.get(answer["Location"], **key).json()
    assert (found["state"], found["finished"]) == ("accepted", True)
    assert found["receipt"]["seal"]["signature_b64"]
    items = client.get(f"{answer['Location']}/items", **key).json()["items"]
    assert items[0]["record"]


def test_what_came_back_says_rule_and_remedy(client, key):
    data = make.package(make.item(1), make.item(2, 责任者="")).read_bytes()
    found = post(client, key, data).json()
    process(found["id"])
    (item,) = client.get(f"/api/v1/submissions/{found['id']}", **key).json()["returned"]
    assert item["sequence"] == 2
    assert all(finding["remedy"] and finding["code"] for finding in item["findings"])


@pytest.mark.requirement("Z57")
def test_a_repeated_call_is_answered_with_the_first_submission(client, key):
    data = make.package(make.item(1)).read_bytes()
    first, again = post(client, key, data), post(client, key, data)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert post(client, key, b"PK other").status_code == 409
    assert Submission.objects.count() == 1


def test_a_call_without_a_key_or_with_a_wrong_one_is_refused(client):
    make.agency()
    assert post(client, {}).status_code == 401
    assert post(client, {"HTTP_AUTHORIZATION": "Bearer ltk_aaaaaaaa_bbbb"}).status_code == 401


def test_a_call_without_an_idempotency_key_or_package_says_what_is_missing(client, key):
    assert client.post("/api/v1/submissions", {}, **key).status_code == 422
    answer = client.post("/api/v1/submissions", {}, headers={"Idempotency-Key": "x"}, **key)
    assert answer.status_code == 422
    assert answer.json()["remedy"]


def test_the_length_is_looked_at_before_the_body(client, key, monkeypatch):
    monkeypatch.setenv("LANTAI_MAX_UPLOAD_BYTES", "100")
    assert post(client, key).status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.requirement("Z54")
def test_another_agencys_submission_is_not_to_be_found(client, key):
    from lantai.records.tests import factories as records

    other = records.organisation("990100-002", "云州市水利局", "agency", records.archive())
    theirs = Submission.objects.create(
        agency=other, channel="api", title="别家的", package_path="x", submitted_by="x",
        submitted_by_name="x", received_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    assert client.get(f"/api/v1/submissions/{theirs.id}", **key).status_code == 404
    assert client.get("/api/v1/submissions", **key).json() == {"submissions": [], "next": None}


def test_one_record_is_submitted_as_json_and_files(client, key):
    metadata = dict(make.item(1).columns)
    answer = client.post(
        "/api/v1/items",
        {
            "metadata": json.dumps(metadata),
            "files": [SimpleUploadedFile("正文.pdf", make.pdf().read_bytes())],
        },
        headers={"Idempotency-Key": "one"},
        **key,
    )
    assert answer.status_code == 202, answer.content
    process(answer.json()["id"])
    assert Submission.objects.get().state == "accepted"


@pytest.mark.parametrize(
    "metadata", ["", "[]", "{", '{"题名": {"a": 1}}', "[" * 200_000, '{"题名": "\\ud800"}']
)
def test_a_description_that_is_no_object_is_refused(client, key, metadata):
    answer = client.post(
        "/api/v1/items",
        {"metadata": metadata, "files": [SimpleUploadedFile("正文.pdf", b"%PDF")]},
        headers={"Idempotency-Key": "one"},
        **key,
    )
    assert answer.status_code == 422
    assert answer.json()["subject"] == "metadata"


@pytest.mark.requirement("S18")
def test_a_poll_is_told_when_to_come_again_and_that_nothing_changed(client, key):
    address = post(client, key)["Location"]
    waiting = client.get(address, **key)
    assert int(waiting["Retry-After"]) > 0
    unchanged = client.get(address, headers={"If-None-Match": waiting["ETag"]}, **key)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    process(waiting.json()["id"])
    done = client.get(address, headers={"If-None-Match": waiting["ETag"]}, **key)
    assert (done.status_code, done.json()["finished"], "Retry-After" in done) == (200, True, False)


def test_the_list_is_paged_by_key_to_its_end(client, key, monkeypatch):
    for number in range(205):
        Submission.objects.create(
            agency=make.agency(), channel="api", title=str(number), package_path="x", submitted_by="x",
            submitted_by_name="x", received_at="2026-01-01T00:00:00Z", idempotency_key=f"k{number}",
        )  # fmt: skip
    seen, at = [], ""
    while at is not None:
        page = client.get("/api/v1/submissions", {"at": at} if at else {}, **key).json()
        seen += [row["title"] for row in page["submissions"]]
        at = page["next"]
    assert sorted(map(int, seen)) == list(range(205))
    (found,) = client.get("/api/v1/submissions", {"key": "k7"}, **key).json()["submissions"]
    assert found["title"] == "7"
