"""Business data from a spreadsheet, and accounting records in the accounting office's custody."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.capture.api import Submission, custodies
from lantai.packages.tests import described_samples as samples
from lantai.records.api import Record
from lantai.records.tests import factories as records

from . import factories as make
from .test_pages import enter

pytestmark = pytest.mark.django_db


def hand_in(client, content, name="水位.csv"):
    return client.post(
        reverse("capture:data"),
        {
            "table": SimpleUploadedFile(name, content),
            "title": "水库水位",
            "system": "水利平台",
            "date": "2026-10-31",
            "retention": "永久",
            "key": "k",
        },
    )


@pytest.mark.requirement("Z58", "DA/T 57-2014")
def test_a_clerk_hands_in_a_spreadsheet_and_it_becomes_a_typed_table(client):
    enter(client, "record_archivist")
    records.scheme(template="dat22.item", category="SJ", name="业务数据", year_from=2000)
    sent = hand_in(client, "编号,水位\n1,21.5\n2,22.0\n".encode("gb18030"))
    found = Submission.objects.get()
    assert sent.url == reverse("capture:submission", args=[found.id])
    make.run_process(found)
    page = client.get(reverse("capture:exhibit", args=[Record.objects.get().id])).content.decode()
    assert "小数" in page
    assert "水利平台" in page


def test_a_table_without_a_name_for_each_column_is_refused_beside_the_field(client):
    enter(client, "record_archivist")
    answer = hand_in(client, "编号,编号\n1,2\n".encode())
    assert answer.status_code == 422
    assert "列名重复" in answer.content.decode()
    assert hand_in(client, b"MZ", "a.exe").status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.requirement("Z58", "DA/T 94-2022")
def test_accounting_records_are_due_a_year_after_their_fiscal_year_and_overdue_after_three(client, tmp_path):
    (tmp_path / "work").mkdir()
    make.agency()
    records.scheme(template="dat22.item", category="KU", name="会计", year_from=2000)
    make.processed(samples.accounts(tmp_path / "包" / "0001", tmp_path / "work"))
    standings = [
        custodies(make.agency().id, today)[0].standing
        for today in (date(2027, 12, 31), date(2028, 1, 1), date(2029, 12, 31), date(2030, 1, 1))
    ]
    assert standings == ["custody", "due", "due", "overdue"]
    enter(client, "record_archivist")
    page = client.get(reverse("capture:accounts")).content.decode()
    assert "2027-12-31" in page
    assert "2029-12-31" in page
