"""The pages and the API of completeness, as they are really asked for."""

import datetime
import json

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from lantai.capture import api as capture
from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.institutions.api import issue_api_key
from lantai.institutions.tests import factories as people
from lantai.records.tests import factories as records

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S19")]


@pytest.fixture
def key():
    _key, text = issue_api_key(organisation=make.agency(), label="办公系统", actor=SYSTEM)
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def enter(client, role, organisation=None, **values):
    person = people.a_person(role, organisation=organisation or make.agency(), **values)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def overdue(title="关于防汛工作的通知"):
    day = datetime.date(timezone.localdate().year - 2, 3, 5)
    matter = capture.MatterDraft(number=f"云发改〔{day.year}〕1号", title=title, closed_on=day)
    capture.register_matters(agency=make.agency(), matters=[matter], source="api", actor=SYSTEM)
    return capture.Expectation.objects.get()


def post(client, key, **matter):
    body = {
        "matters": [
            {"number": "云发改〔2024〕9号", "title": "关于甲的批复", "closed_on": "2024-05-06"} | matter
        ]
    }
    return client.post("/api/v1/closed-matters", json.dumps(body), content_type="application/json", **key)


@pytest.mark.requirement("Z2")
def test_an_office_system_tells_its_register_and_asks_what_is_missing(client, key):
    make.agency()
    answer = post(client, key)
    assert answer.json() == {"created": 1, "changed": 0, "unchanged": 0, "owed": 1}
    assert post(client, key).json()["unchanged"] == 1
    (row,) = client.get("/api/v1/expectations", **key).json()["expectations"]
    assert (row["number"], row["state"], row["ground"]) == ("云发改〔2024〕9号", "overdue", "matter")
    assert client.get("/api/v1/expectations", {"after": row["id"]}, **key).json()["expectations"] == []


def test_a_register_that_cannot_be_is_refused_with_the_remedy(client, key):
    make.agency()
    answer = post(client, key, department="没有的部门")
    assert answer.status_code == 422
    assert "部门名称" in answer.json()["remedy"]
    assert post(client, key, classification="秘密").status_code == 403


def test_a_clerk_sees_what_is_owed_and_explains_it(client):
    row = overdue()
    enter(client, "clerk", department=records.department())
    page = client.get(reverse("capture:owed")).content.decode()
    assert row.title in page
    assert "去归档" in page
    client.post(reverse("capture:explain_missing", args=[row.id]), {"text": "此号作废"})
    row.refresh_from_db()
    assert (row.state, row.explanation) == ("explained", "此号作废")
    assert row.title in client.get(reverse("capture:owed"), {"state": "explained"}).content.decode()


def test_filing_starts_with_what_is_known_of_the_missing_record(client):
    enter(client, "clerk", department=records.department())
    page = client.get(
        reverse("capture:submit"), {"title": "关于防汛的通知", "document_number": "云发改〔2024〕1号"}
    )
    assert 'value="关于防汛的通知"' in page.content.decode()
    assert 'value="云发改〔2024〕1号"' in page.content.decode()


def test_the_archive_decides_on_an_explanation(client):
    row = overdue()
    capture.explain_missing(expectation=row, text="此号作废", actor=make.clerk())
    enter(client, "receiving_archivist", organisation=records.archive())
    assert "此号作废" in client.get(reverse("capture:explanations")).content.decode()
    client.post(reverse("capture:decide_explanation", args=[row.id]), {"decision": "accepted"})
    row.refresh_from_db()
    assert (row.state, row.decision) == ("explained", "accepted")
    assert "没有等您审核的说明" in client.get(reverse("capture:explanations")).content.decode()


@pytest.mark.parametrize(("day", "status"), [("2024-03-05", 302), ("某年某月", 422)])
def test_the_record_office_imports_a_register(client, day, status):
    path = home() / "register.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["文号", "题名", "办结日期"])
        sheet.write_row(1, 0, ["云发改〔2024〕1号", "关于甲的批复", day])
    enter(client, "record_archivist")
    file = SimpleUploadedFile("办结登记.xlsx", path.read_bytes())
    answer = client.post(reverse("capture:import_matters"), {"file": file})
    assert answer.status_code == status
    assert capture.Expectation.objects.exists() is (status == 302)
