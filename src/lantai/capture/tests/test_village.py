"""A village's clerk photographs a paper with a phone: its pages become one record."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from lantai.capture.api import PROCESS
from lantai.capture.channels.village import Paper, paper_kinds, receive_paper
from lantai.core.errors import Invalid
from lantai.core.jobs import run_inline
from lantai.records.api import Record, retention_term

from .factories import agency, clerk

pytestmark = pytest.mark.django_db(transaction=True)


def photo(shade, name="IMG_0001.jpg"):
    output = io.BytesIO()
    Image.new("RGB", (600, 800), (shade, shade, shade)).save(output, "JPEG")
    return SimpleUploadedFile(name, output.getvalue(), "image/jpeg")


PAPER = Paper("2026年第三季度村务公开表", "2026年10月8日", "public", persons="丁大海、林春妹", private=True)


@pytest.mark.requirement("Z53", "Z58")
def test_photographs_become_the_pages_of_one_record():
    photos = [photo(200), photo(120)]
    received = receive_paper(
        paper=PAPER, photos=photos, agency=agency(), key="k", actor=clerk(), enqueue=False
    )
    run_inline(PROCESS, clerk(), progress=False, submission_id=str(received.submission.id))
    received.submission.refresh_from_db()
    assert received.submission.state == "accepted", received.submission.counts
    record = Record.objects.get()
    assert (record.title, record.retention, record.year) == (PAPER.title, "D30", 2026)
    assert record.disclosure == "不予公开"
    assert "林春妹" in record.metadata["M27"]
    [document] = record.documents.all()
    assert (document.role, document.page_count) == ("page_images", 2)


def test_a_phone_that_sends_again_makes_no_second_record():
    first = receive_paper(
        paper=PAPER, photos=[photo(10)], agency=agency(), key="same", actor=clerk(), enqueue=False
    )
    again = receive_paper(
        paper=PAPER, photos=[photo(10)], agency=agency(), key="same", actor=clerk(), enqueue=False
    )
    assert (again.created, again.submission.id) == (False, first.submission.id)


def test_a_paper_without_photographs_or_with_something_else_is_refused():
    for photos in ([], [photo(1, "病毒.exe")]):
        with pytest.raises(Invalid):
            receive_paper(paper=PAPER, photos=photos, agency=agency(), key="", actor=clerk())


@pytest.mark.requirement("Z53")
def test_every_kind_of_paper_has_a_term_the_platform_knows():
    assert {retention_term(kind.retention).code for kind in paper_kinds()} == {"Y", "D30", "D10"}
