"""The channel of catalogue spreadsheets with attached scans, by page and by API: what is odd is told by row."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.capture.api import PROCESS, Submission
from lantai.core.actors import SYSTEM
from lantai.core.jobs import run_inline
from lantai.inspection.api import ReportFinding
from lantai.institutions.api import issue_api_key
from lantai.records.api import Record

from . import factories as make
from .test_pages import enter
from .workbooks import GOOD, ODD, Entry, package

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S18")]
STRAY = "扫描/没有登记.pdf"


@pytest.fixture(params=["page", "api"])
def handed_in(request, client):
    """Hands a package in as a clerk does, or as an office system does; the submission when it is done."""

    def hand_in(content):
        enter(client, "clerk")
        file = SimpleUploadedFile("2019年目录.zip", content)
        if request.param == "page":
            client.post(reverse("capture:submit"), {"package": file, "key": "k", "title": ""})
        else:
            _key, text = issue_api_key(organisation=make.agency(), label="档案软件", actor=SYSTEM)
            headers = {"Idempotency-Key": "k", "Authorization": f"Bearer {text}"}
            assert client.post("/api/v1/submissions", {"package": file}, headers=headers).status_code == 202
        found = Submission.objects.get()
        run_inline(PROCESS, SYSTEM, progress=False, submission_id=str(found.id))
        return Submission.objects.get()

    return hand_in


def told(submission, code):
    """What the report says under a code: subject and what was seen."""
    rows = ReportFinding.objects.filter(report=submission.report, code=code, outcome="fail")
    return [(row.subject, row.observed) for row in rows]


def test_a_catalogue_with_a_title_and_merged_headings_is_taken_in_with_its_scans(handed_in):
    done = handed_in(package(GOOD))
    assert done.state == "accepted", done.counts
    records = Record.objects.order_by("document_number")
    days = [f"{record.date_start:%Y%m%d}" for record in records]
    assert days == ["20190301", "20190506", "20190607"]
    assert [record.documents.count() for record in records] == [1, 1, 1]


def test_a_date_kept_as_a_number_of_days_is_told_by_its_row_with_the_way_out(handed_in):
    done = handed_in(package([GOOD[0], ODD[1]]))
    assert done.state == "partly_accepted"
    [(subject, observed)] = told(done, "GD-1-3")
    assert "目录第5行" in subject
    assert observed == "43831"
    [row] = ReportFinding.objects.filter(report=done.report, code="GD-1-3")
    assert "设为“日期”或“文本”格式" in row.remedy


def test_a_missing_scan_is_told_by_its_row(handed_in):
    done = handed_in(package([*GOOD[:2], ODD[2]]))
    assert (done.counts["accepted"], done.counts["returned"]) == (2, 1)
    [(subject, observed)] = told(done, "GD-1-11")
    assert "目录第6行" in subject
    assert "扫描/0003.pdf" in subject
    assert observed == "没有找到"


def test_a_scan_without_a_row_is_named_and_holds_nothing_else_back(handed_in):
    done = handed_in(package(GOOD, stray=STRAY))
    assert done.counts["accepted"] == len(GOOD)
    [(_subject, observed)] = told(done, "GD-2-11")
    assert STRAY in observed


def test_a_scan_of_more_pages_than_its_row_says_is_told_by_the_row(handed_in):
    done = handed_in(package([*GOOD, ODD[3]]))
    assert done.counts["returned"] == 1
    [(subject, observed)] = told(done, "GD-2-7")
    assert "目录第7行" in subject
    assert observed == "3 页"


def test_a_number_given_twice_is_told_with_both_rows(handed_in):
    again = Entry(3, "东屿市水务局关于第9号水闸年检的通知", scan="0009")
    done = handed_in(package([*GOOD, again]))
    assert done.counts["whole_returned"]
    assert told(done, "GD-2-6") == [("件号（2019·永久）", "重复：3（目录第6、7行）")]


def test_rows_whose_cells_are_merged_are_named(handed_in):
    done = handed_in(package(GOOD, merged_row=5))
    assert done.counts["whole_returned"]
    assert ("目录.xlsx", "第 5 行有合并单元格") in told(done, "GD-1-12")


def test_all_at_once_every_oddity_is_told_on_the_page_of_the_batch(handed_in, client):
    done = handed_in(package(ODD, stray=STRAY))
    page = client.get(reverse("capture:submission", args=[done.id])).content.decode()
    for words in ("目录第5行", "目录第6行", "目录第7行", "43831", "没有找到", "3 页", "4（目录第7、8行）"):
        assert words in page, words
