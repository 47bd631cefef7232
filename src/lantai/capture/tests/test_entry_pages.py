"""A clerk makes photographs, recordings, accounts and matters on a page, without a package."""

import io
import wave

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from lantai.capture.api import Submission
from lantai.capture.channels.photographs import read_person
from lantai.records.api import Record
from lantai.records.tests import factories as records

from . import factories as make
from .test_pages import enter

pytestmark = pytest.mark.django_db
COMMON = {"date": "2026-06-02", "retention": "永久", "classification": "公开", "key": "k"}


def rows(prefix, *given):
    """Rows as the form names them."""
    values = {f"{prefix}-TOTAL_FORMS": str(len(given)), f"{prefix}-INITIAL_FORMS": "0"}
    return values | {
        f"{prefix}-{n}-{name}": value for n, row in enumerate(given) for name, value in row.items()
    }


def picture(name="IMG_0001.jpg"):
    output = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 140)).save(output, "JPEG")
    return SimpleUploadedFile(name, output.getvalue(), "image/jpeg")


def sound(name="原始.wav", seconds=3):
    output = io.BytesIO()
    with wave.open(output, "wb") as stream:
        stream.setparams((1, 2, 8000, 0, "NONE", ""))
        stream.writeframes(b"\0\0" * 8000 * seconds)
    return SimpleUploadedFile(name, output.getvalue(), "audio/wav")


def text(name="材料.txt", words="材料"):
    return SimpleUploadedFile(name, words.encode(), "text/plain")


@pytest.fixture
def clerk(client):
    enter(client, "record_archivist")
    for category, name in (("ZP", "照片"), ("LX", "录音录像"), ("KU", "会计"), ("ZY", "专业")):
        records.scheme(template="dat22.item", category=category, name=name, year_from=2000)
    return client


def exhibit(client):
    """What the page of the one record shows, once it is filed."""
    submission = Submission.objects.get()
    make.run_process(submission)
    submission.refresh_from_db()
    assert submission.state == "accepted", submission.counts
    return client.get(reverse("capture:exhibit", args=[Record.objects.get().id])).content.decode()


GROUP = {
    **COMMON,
    "title": "2026年下沙塘闸防汛演练",
    "occasion": "汛前演练",
    "place": "下沙塘闸",
    "persons": "陈墨、林岚",
    "background": "检验闸门启闭",
    "photographer": "周岸",
}


@pytest.mark.requirement("Z58", "DA/T 54-2014")
def test_photographs_are_described_by_group_and_people_stand_where_they_were_marked(clerk):
    people = "陈墨，局长，10 20 15.5 40\n林岚"
    photos = rows(
        "photographs", {"file": picture(), "title": "启闭闸门", "persons": people}, {"file": picture()}
    )
    sent = clerk.post(reverse("capture:photographs"), GROUP | photos)
    assert sent.status_code == 302, sent.content.decode()
    page = exhibit(clerk)
    assert page.count("<figure") == 2
    assert 'x="10.0" y="20.0" width="15.5"' in page
    assert "局长" in page
    assert "检验闸门启闭" in page


def test_a_group_without_a_photograph_comes_back_with_what_was_typed(clerk):
    answer = clerk.post(reverse("capture:photographs"), GROUP | rows("photographs", {}))
    assert answer.status_code == 422
    assert "还没有选照片" in answer.content.decode()
    assert "检验闸门启闭" in answer.content.decode()
    assert not Submission.objects.exists()


def test_a_person_outside_the_picture_is_told_at_once_by_the_rule_of_the_kind(clerk):
    photos = rows("photographs", {"file": picture(), "persons": "陈墨，90 20 15 40"})
    answer = clerk.post(reverse("capture:photographs"), GROUP | photos)
    assert answer.status_code == 422
    assert "PHOTO-4" in answer.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("line", "person"),
    [
        ("陈墨", {"姓名": "陈墨"}),
        ("陈墨，局长", {"姓名": "陈墨", "职务": "局长"}),
        ("陈墨, 10 20 15 40", {"姓名": "陈墨", "左": "10", "上": "20", "宽": "15", "高": "40"}),
        ("，1 2 3 4", {"姓名": "", "左": "1", "上": "2", "宽": "3", "高": "4"}),
        ("10 20 15 40", {"姓名": "10 20 15 40"}),
    ],
)
def test_a_person_is_read_from_a_line(line, person):
    assert read_person(line) == person


RECORDING = {
    **COMMON, "title": "防汛会商会录音", "occasion": "会商", "place": "会议室", "persons": "陈墨", "recorder": "林岚",
}  # fmt: skip


@pytest.mark.requirement("Z58", "DA/T 63-2017")
def test_a_recording_keeps_its_master_beside_the_copy_that_is_played_and_its_clips(clerk):
    clip = {"title": "局长讲话", "begin": "00:00:01", "end": "00:00:02", "summary": "要点"}
    files = {"master": sound(), "viewing": sound("利用.wav", 2)}
    sent = clerk.post(reverse("capture:recordings"), RECORDING | files | rows("clips", clip, {}))
    assert sent.status_code == 302, sent.content.decode()
    page = exhibit(clerk)
    assert page.count("<audio") == 1
    assert "原件 原始.wav" in page
    assert 'data-begin="1.0" data-end="2.0"' in page


def test_a_clip_that_ends_after_the_recording_is_told_at_once(clerk):
    clip = {"title": "局长讲话", "begin": "00:00:01", "end": "00:09:00"}
    answer = clerk.post(reverse("capture:recordings"), RECORDING | {"master": sound()} | rows("clips", clip))
    assert answer.status_code == 422
    assert "PHOTO-6" in answer.content.decode()


VOUCHER = {
    **COMMON, "retention": "30年", "title": "2026年6月记字第12号凭证", "fiscal_year": "2026", "word": "记", "number": "12",
    "summary": "购水泵", "attached": "1",
}  # fmt: skip
ENTRIES = ({"account": "固定资产", "debit": "1200.00"}, {"account": "银行存款", "credit": "1200"})


@pytest.mark.requirement("Z58", "DA/T 94-2022")
def test_a_voucher_is_entered_with_its_entries_and_the_invoice_is_read(clerk):
    invoice = text(
        "发票.xml",
        '<?xml version="1.0" encoding="UTF-8"?><EInvoice><InvoiceNumber>'
        "2633</InvoiceNumber><TotalTax-includedAmount>1200.00</TotalTax-includedAmount></EInvoice>",
    )
    sent = clerk.post(
        reverse("capture:enter_accounts"), VOUCHER | {"files": [invoice]} | rows("entries", *ENTRIES, {})
    )
    assert sent.status_code == 302, sent.content.decode()
    page = exhibit(clerk)
    assert "记字第 12 号" in page
    assert "2633" in page
    assert "固定资产" in page


def test_a_voucher_that_does_not_balance_or_lacks_a_paper_is_told_at_once(clerk):
    wrong = VOUCHER | {"files": [text()], "attached": "2"} | rows("entries", ENTRIES[0])
    answer = clerk.post(reverse("capture:enter_accounts"), wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "ACCOUNT-6" in page
    assert "ACCOUNT-7" in page


def test_a_book_is_entered_without_entries(clerk):
    book = {**COMMON, "retention": "30年", "title": "2026年度总账", "fiscal_year": "2026", "files": [text()]}
    sent = clerk.post(reverse("capture:enter_accounts") + "?kind=账簿", book)
    assert sent.status_code == 302, sent.content.decode()
    assert "账簿" in exhibit(clerk)


MATTER = {
    **COMMON, "name": "取水许可", "code": "000119001000", "case_number": "2026-0007", "applicant_kind": "法人",
    "applicant": "东屿砂石有限公司", "result": "准予许可", "title": "",
}  # fmt: skip
STEPS = [
    {"name": name, "at": f"2026-06-02T{hour:02d}:00", "person": "林岚"}
    for hour, name in enumerate(("申请", "受理", "审查", "决定", "送达"), 9)
]
PAPERS = [{"name": name, "file": text(f"{name}.txt", name)} for name in ("申请书", "受理通知书", "决定书")]


@pytest.mark.requirement("Z58", "GB/T 42727-2023")
def test_a_matter_is_one_record_with_its_steps_and_papers(clerk):
    for paper in PAPERS:
        paper["file"].seek(0)
    sent = clerk.post(reverse("capture:matters"), MATTER | rows("steps", *STEPS) | rows("papers", *PAPERS))
    assert sent.status_code == 302, sent.content.decode()
    page = exhibit(clerk)
    assert "2026-06-02 13:00" in page
    assert Record.objects.get().title == "东屿砂石有限公司取水许可"


def test_a_step_left_without_its_time_was_not_taken_and_the_standard_asks_for_it(clerk):
    for paper in PAPERS:
        paper["file"].seek(0)
    steps = [*STEPS[:4], {"name": "送达"}]
    answer = clerk.post(reverse("capture:matters"), MATTER | rows("steps", *steps) | rows("papers", *PAPERS))
    assert answer.status_code == 422
    assert "SERVICE-5" in answer.content.decode()


@pytest.mark.parametrize("name", ["photographs", "recordings", "enter_accounts", "matters"])
def test_every_page_says_that_there_is_nothing_to_file_in_yet(client, name):
    enter(client, "record_archivist")
    make.scheme().delete()
    assert "还没有全宗和分类方案" in client.get(reverse(f"capture:{name}")).content.decode()
