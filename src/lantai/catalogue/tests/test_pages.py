"""What people see when they import a catalogue."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lantai.catalogue.models import Import
from lantai.core.jobs.execution import execute
from lantai.institutions.tests.factories import a_person, an_archive
from lantai.records.api import Record
from lantai.records.tests.factories import archive

from .tables import csv_file, prepared, row

pytestmark = pytest.mark.django_db
HOME = "/desk/catalogue/imports/"


def logged_in(client, **place):
    found = a_person("receiving_archivist", **place)
    client.force_login(found, backend="django.contrib.auth.backends.ModelBackend")
    return client


def run_job(batch):
    batch.refresh_from_db()
    execute(batch.job_id)
    batch.refresh_from_db()


def handed_in(client, folder, rows):
    path = csv_file(folder, rows)
    file = SimpleUploadedFile("老目录.csv", path.read_bytes())
    answer = client.post(HOME, {"file": file, "fonds": prepared().id})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Import.objects.latest("created_at"), answer.url


def columns_of(batch):
    return {f"column-{place}": key for place, key in enumerate(batch.columns)} | {
        "known": "refuse",
        "category": "",
    }


@pytest.mark.requirement("S15")
def test_a_catalogue_is_handed_in_checked_imported_and_taken_back(client, tmp_path):
    logged_in(client, organisation=archive())
    assert "还没有全宗" in client.get(HOME).content.decode()
    batch, address = handed_in(client, tmp_path, [row(1), row(2, 题名="")])
    assert "试导入" in client.get(address).content.decode()
    answer = client.post(address, {**columns_of(batch), "column-1": ""})
    assert answer.status_code == 422
    assert "没有指明哪一列是“题名”" in answer.content.decode()
    assert client.post(address, columns_of(batch)).status_code == 302
    assert client.get(f"{address}progress/").status_code == 200
    run_job(batch)
    page = client.get(address).content.decode()
    assert "1 行有问题" in page
    assert "没有题名" in page
    assert client.get(f"{address}progress/")["HX-Refresh"] == "true"
    sheet = client.get(f"{address}corrected/")
    assert io.BytesIO(sheet.getvalue()).read(2) == b"PK"
    assert client.post(f"{address}load/").status_code == 409
    assert client.post(f"{address}load/", {"accept": "1"}).status_code == 302
    run_job(batch)
    assert "建立 1 条" in client.get(address).content.decode()
    assert "老目录" in client.get(HOME).content.decode()
    assert "撤销整批" in client.get(f"{address}undo/").content.decode()
    client.post(f"{address}undo/")
    run_job(batch)
    assert client.get(f"{address}undo/").status_code == 302
    assert "已撤销" in client.get(address).content.decode()
    assert not Record.objects.exists()


def test_what_cannot_be_read_is_said_at_the_field(client, tmp_path):
    logged_in(client, organisation=archive())
    file = SimpleUploadedFile("a.csv", "甲,乙\n1,2\n".encode())
    answer = client.post(HOME, {"file": file, "fonds": prepared().id})
    assert answer.status_code == 422
    assert "没有找到表头" in answer.content.decode()


def test_a_failed_check_can_be_tried_again(client, tmp_path, monkeypatch):
    logged_in(client, organisation=archive())
    batch, address = handed_in(client, tmp_path, [row(1)])
    prepared().schemes.all().delete()
    client.post(address, columns_of(batch))
    run_job(batch)
    assert batch.state == Import.State.RECEIVED
    assert client.get(address).status_code == 200


def test_imports_of_others_are_not_there(client, tmp_path):
    logged_in(client, organisation=archive())
    _batch, address = handed_in(client, tmp_path, [row(1)])
    logged_in(client, organisation=an_archive())
    assert client.get(address).status_code == 404


def test_scans_are_handed_in_as_an_archive_beside_a_table_and_attached(client, tmp_path):
    logged_in(client, organisation=archive())
    table, address = handed_in(client, tmp_path, [row(1, 页数="1")])
    client.post(address, columns_of(table))
    run_job(table)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as scans:
        scans.writestr("J001-WS·2012-D30-BGS-0001/001.png", picture())
        scans.writestr("封面.png", picture())
    page = client.get(HOME).content.decode()
    assert "扫描件所属的目录" in page
    file = SimpleUploadedFile("扫描件.zip", packed.getvalue())
    answer = client.post(HOME, {"file": file, "fonds": prepared().id, "beside": table.id})
    batch = Import.objects.get(source="scans")
    assert "扫描件已收到" in client.get(answer.url).content.decode()
    assert client.post(answer.url, {"x": "1"}).status_code == 302
    run_job(batch)
    page = client.get(answer.url).content.decode()
    assert "1 件无误，1 件有问题" in page
    assert "目录中没有“封面.png”对应的条目" in page
    client.post(f"{address}load/")
    run_job(table)
    client.post(f"{answer.url}load/", {"accept": "1"})
    run_job(batch)
    assert "挂接 1 件" in client.get(answer.url).content.decode()
    assert Record.objects.get().documents.get().role == "page_images"


def picture():
    stream = io.BytesIO()
    Image.new("L", (40, 60), 255).save(stream, "PNG")
    return stream.getvalue()
