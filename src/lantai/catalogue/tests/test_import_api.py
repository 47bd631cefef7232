"""An import over HTTP with a real key: handed in, columns settled, tried, mended, imported, taken back."""

import io
import json

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile

from lantai.catalogue.models import Import
from lantai.core.actors import SYSTEM
from lantai.core.jobs.execution import execute
from lantai.institutions.api import issue_api_key
from lantai.institutions.tests.factories import an_archive
from lantai.records.api import Record

from .tables import csv_file, prepared, row

pytestmark = pytest.mark.django_db
HOME = "/api/v1/catalogue/imports"


@pytest.fixture
def call(client):
    """Calls with the key of the fonds' archive."""
    return caller(client, prepared().archive)


def caller(client, organisation):
    _key, text = issue_api_key(
        organisation=organisation, label="目录系统", role="receiving_archivist", actor=SYSTEM
    )
    headers = {"HTTP_AUTHORIZATION": f"Bearer {text}"}

    def send(method, path="", data=None, **multipart):
        if multipart:
            return client.post(HOME + path, multipart, **headers)
        body = {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}
        return getattr(client, method)(HOME + path, **body, **headers)

    return send


def hand_in(call, folder, rows, **said):
    file = SimpleUploadedFile("老目录.csv", csv_file(folder, rows).read_bytes())
    return call("post", file=file, fonds="J001", **said)


def run_job(import_id):
    execute(Import.objects.get(id=import_id).job_id)


@pytest.mark.requirement("S15")
def test_an_import_lives_its_whole_life_over_http(call, tmp_path):
    answer = hand_in(call, tmp_path, [row(1), row(2, 题名=""), row(3, 日期="41000")], title="一九五八年目录")
    assert answer.status_code == 201, answer.content.decode()
    made = answer.json()
    here = f"/{made['id']}"
    assert answer["Location"] == HOME + here
    assert (made["state"], made["columns"][:2]) == ("received", ["reference_code", "title"])
    assert (
        call("put", f"{here}/columns", {"columns": made["columns"], "known": "skip"}).json()["known"]
        == "skip"
    )
    assert call("get", f"{here}/corrected").status_code == 404
    assert call("post", f"{here}/check").status_code == 202
    run_job(made["id"])
    found = call("get", here).json()
    assert (found["state"], found["counts"]["bad"], found["job"]["state"]) == ("checked", 2, "done")
    problems = call("get", f"{here}/problems?kind=date_serial").json()
    assert [(told["row"], told["field"]) for told in problems["items"]] == [(4, "date_text")]
    assert "20120401" in problems["items"][0]["text"]
    sheet = b"".join(call("get", f"{here}/corrected").streaming_content)
    rows = python_calamine.load_workbook(io.BytesIO(sheet)).get_sheet_by_index(0).to_python()
    assert len(rows) == 3
    refused = call("post", f"{here}/load", {})
    assert (refused.status_code, refused.json()["message"]) == (409, "有 2 行有问题，没有导入。")
    assert call("post", f"{here}/load", {"accept": True}).status_code == 202
    run_job(made["id"])
    assert Record.objects.get().title == "关于第1项工程立项的批复"
    assert [line["state"] for line in call("get").json()["items"]] == ["done"]
    assert call("post", f"{here}/undo").status_code == 202
    run_job(made["id"])
    assert not Record.objects.exists()


def test_problems_are_walked_by_key(call, tmp_path):
    made = hand_in(call, tmp_path, [row(number, 题名="") for number in range(1, 121)]).json()
    call("post", f"/{made['id']}/check")
    run_job(made["id"])
    seen, at = [], ""
    while at is not None:
        page = call("get", f"/{made['id']}/problems?kind=title_missing&at={at}").json()
        seen += [told["row"] for told in page["items"]]
        at = page["next"]
    assert seen == list(range(2, 122))


def test_what_is_wrong_with_a_call_is_said_in_words(call, client, tmp_path):
    assert hand_in(call, tmp_path, [row(1)], known="overwrite").status_code == 422
    nothing = call("post", file=SimpleUploadedFile("目录.csv", b""), fonds="J001")
    assert nothing.status_code == 422
    unknown = call("post", file=SimpleUploadedFile("照片.bmp", b"BM" + bytes(99)), fonds="J001")
    assert (unknown.status_code, unknown.json()["message"]) == (422, "不认识这种文件。")
    assert call("post", file=SimpleUploadedFile("目录.csv", b"x"), fonds="Z999").status_code == 404
    made = hand_in(call, tmp_path, [row(1)]).json()
    short = call("put", f"/{made['id']}/columns", {"columns": ["title"]})
    assert (short.status_code, short.json()["message"]) == (422, "列数与表头不符。")
    assert call("post", f"/{made['id']}/load", {}).status_code == 409
    stranger = caller(client, an_archive())
    assert stranger("get", f"/{made['id']}").status_code == 404
    assert hand_in(stranger, tmp_path, [row(1)]).status_code == 404
    assert client.get(HOME).status_code == 401
