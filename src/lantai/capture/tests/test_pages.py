"""The clerk's and the record office's pages, as they are really asked for."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.capture.api import Submission
from lantai.institutions.tests import factories as people
from lantai.records.api import Record
from lantai.records.tests import factories as records

from . import factories as make

pytestmark = pytest.mark.django_db


def enter(client, role, organisation=None, **values):
    organisation = organisation or make.agency()
    if role == "clerk":
        values.setdefault("department", records.department())
    person = people.a_person(role, organisation=organisation, **values)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


@pytest.mark.requirement("S27")
def test_a_clerk_uploads_a_package_and_sees_what_came_back_and_what_to_do(client):
    enter(client, "clerk", department=records.department())
    data = make.package(make.item(1), make.item(2, 责任者="")).read_bytes()
    sent = client.post(
        reverse("capture:submit"), {"package": SimpleUploadedFile("六月.zip", data), "key": "k", "title": ""}
    )
    found = Submission.objects.get()
    assert sent.url == reverse("capture:submission", args=[found.id])
    waiting = client.get(sent.url).content.decode()
    assert "排队等待处理" in waiting

    make.run_process(found)

    page = client.get(sent.url).content.decode()
    assert "请补填“责任者”" in page
    assert "改好后再交" in page
    assert client.get(reverse("capture:progress", args=[found.id]))["HX-Refresh"] == "true"
    assert client.get(reverse("capture:receipt", args=[found.id])).json()["seal"]


def test_a_form_sent_twice_is_one_submission(client):
    enter(client, "clerk")
    data = make.package(make.item(1)).read_bytes()
    for _ in range(2):
        client.post(reverse("capture:submit"), {"package": SimpleUploadedFile("六月.zip", data), "key": "k"})
    assert Submission.objects.count() == 1


def test_what_is_missing_from_loose_files_is_said_beside_the_field_and_nothing_typed_is_lost(client):
    enter(client, "clerk")
    answer = client.post(
        reverse("capture:submit_loose"),
        {"files": [SimpleUploadedFile("a.pdf", b"%PDF")], "together": "1", "title": "", "responsible": "水利局",
         "date": "去年夏天", "classification": "公开", "key": "k"},
    )  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请写题名" in page
    assert 'value="去年夏天"' in page
    assert 'aria-invalid="true"' in page


def test_an_upload_without_the_pages_token_is_refused():
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    enter(client, "clerk")
    sent = client.post(reverse("capture:submit"), {"package": SimpleUploadedFile("a.zip", b"PK"), "key": "k"})
    assert sent.status_code == 403
    assert not Submission.objects.exists()


def test_a_department_does_not_see_anothers_batches_and_the_record_office_sees_all(client):
    submission = make.processed(make.package(make.item(1)), department=records.department())
    enter(client, "clerk", department=people.a_department(make.agency()))
    assert client.get(reverse("capture:submission", args=[submission.id])).status_code == 404
    enter(client, "record_archivist")
    assert client.get(reverse("capture:submission", args=[submission.id])).status_code == 200


@pytest.mark.parametrize("role", ["receiving_archivist", "reviewer", "system_officer"])
def test_others_do_not_open_the_agencys_desk(client, role):
    enter(client, role, organisation=None if role.endswith("officer") else records.archive())
    assert client.get(reverse("capture:submissions")).status_code == 403


@pytest.mark.requirement("Z1")
def test_the_record_office_numbers_fixes_withdraws_and_reads_the_note(client):
    make.processed(make.package(make.item(1), make.item(2)))
    scheme = make.scheme()
    enter(client, "record_archivist")
    where = [scheme.id, 2024]
    assert "关于第1号" in client.get(reverse("capture:arrangement", args=where)).content.decode()
    client.post(reverse("capture:number", args=where))
    client.post(reverse("capture:fix", args=where))
    assert set(Record.objects.values_list("state", flat=True)) == {"filed"}
    last = Record.objects.order_by("item_number").last()
    client.post(reverse("capture:withdraw", args=[last.id]), {"reason": "误归"})
    assert "件号已撤销" in client.get(reverse("capture:note", args=where)).content.decode()
    assert client.get(reverse("capture:arrangements")).status_code == 200


def test_a_clerk_may_classify_and_not_number(client):
    make.processed(make.package(make.item(1)), department=records.department())
    enter(client, "clerk", department=records.department())
    record = Record.objects.get()
    client.post(reverse("capture:classify", args=[record.id]), {"retention": "D30", "unit_code": "BGS"})
    record.refresh_from_db()
    assert record.retention == "D30"
    assert client.post(reverse("capture:number", args=[make.scheme().id, 2024])).status_code == 403
