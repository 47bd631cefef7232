"""The record office lends: asked for, approved by somebody else, read under a watermark, given back."""

import io
from datetime import timedelta

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from lantai.capture.api import assign_numbers, fix_numbers
from lantai.capture.lending import ask, give_back, lend, loans_for, look_at, overdue, refuse, remind_overdue
from lantai.capture.models import Loan
from lantai.capture.selectors import standing, submissions_for
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.identifiers import new_id
from lantai.inspection.selectors import reports_of
from lantai.institutions.api import dissolve
from lantai.institutions.tests import factories as people
from lantai.records.api import Record
from lantai.records.tests import factories as records

from . import factories as make

pytestmark = pytest.mark.django_db
GIVEN = {
    "borrower_name": "林岚",
    "borrower_unit": "办公室",
    "purpose": "work",
    "form": "electronic",
    "days": 7,
}


def _filed():
    make.processed(make.package(make.item(1, files=[make.pdf(2)])))
    assign_numbers(scheme=make.scheme(), year=2024, actor=SYSTEM)
    fix_numbers(scheme=make.scheme(), year=2024, actor=SYSTEM)
    return Record.objects.get()


def _asked(record, **values):
    return ask(reference_code=record.reference_code, actor=make.clerk(), **(GIVEN | values))


@pytest.mark.requirement("S22")
def test_a_lent_record_is_read_with_the_readers_name_across_every_page():
    record = _filed()
    archivist = make.archivist(name="陈墨")
    loan = _asked(record)
    document = record.documents.get()
    with pytest.raises(Forbidden):
        look_at(loan=loan, document_id=document.id, actor=make.clerk())
    loan = lend(loan=loan, actor=archivist)
    marked = look_at(loan=loan, document_id=document.id, actor=make.clerk())
    pages = pypdfium2.PdfDocument(io.BytesIO(marked))
    assert len(pages) == 2
    assert all("林岚" in page.get_textpage().get_text_bounded() for page in pages)
    with pytest.raises(Forbidden):
        look_at(loan=loan, document_id=document.id, actor=archivist)
    loan.due_on = timezone.localdate() - timedelta(days=1)
    with pytest.raises(Forbidden, match="到期"):
        look_at(loan=loan, document_id=document.id, actor=make.clerk())


def test_an_image_is_shown_under_the_same_mark(tmp_path):
    from PIL import Image

    from lantai.capture.watermark import watermarked
    from lantai.records.api import Document

    Image.new("RGB", (600, 800), "white").save(tmp_path / "page.png")
    document = Document(original_name="page.png", media_type="image/png")
    with pikepdf.open(io.BytesIO(watermarked(tmp_path / "page.png", document, "林岚"))) as shown:
        assert len(shown.pages) == 1
    with pytest.raises(Conflict, match="水印"):
        watermarked(tmp_path / "a.wps", Document(original_name="a.wps", media_type="application/wps"), "林岚")


def test_a_paper_original_is_lent_once_and_comes_back_with_a_word_on_its_condition():
    record = _filed()
    archivist = make.archivist(name="陈墨")
    loan = lend(loan=_asked(record, form="paper"), actor=archivist)
    with pytest.raises(Conflict, match="借给别人"):
        lend(loan=_asked(record, form="paper", borrower_name="周婷"), actor=archivist)
    with pytest.raises(Invalid):
        give_back(loan=loan, condition="", actor=archivist)
    assert give_back(loan=loan, condition="完好", actor=archivist).returned_at
    with pytest.raises(Conflict):
        give_back(loan=loan, condition="完好", actor=archivist)


def test_nobody_approves_their_own_and_terms_have_a_limit():
    record = _filed()
    archivist = make.archivist(name="陈墨")
    own = ask(reference_code=record.reference_code, actor=archivist, **(GIVEN | {"borrower_name": "陈墨"}))
    with pytest.raises(Forbidden):
        lend(loan=own, actor=archivist)
    with pytest.raises(Forbidden):
        lend(loan=_asked(record), actor=make.clerk())
    with pytest.raises(Invalid):
        _asked(record, days=16)
    with pytest.raises(NotFound):
        ask(reference_code="J001-没有", actor=make.clerk(), **GIVEN)
    assert refuse(loan=own, reason="不在利用范围", actor=archivist).state == "refused"


def test_what_is_overdue_is_reminded_once():
    loan = lend(loan=_asked(_filed()), actor=make.archivist(name="陈墨"))
    assert remind_overdue() == 0
    Loan.objects.update(due_on=timezone.localdate() - timedelta(days=3))
    assert list(overdue(Loan.objects.all())) == [loan]
    assert (remind_overdue(), remind_overdue()) == (1, 0)


def test_all_that_is_overdue_is_counted_and_listed(client):
    loan = lend(loan=_asked(_filed()), actor=make.archivist(name="陈墨"))
    late = timezone.localdate() - timedelta(days=3)
    values = {field.attname: getattr(loan, field.attname) for field in Loan._meta.concrete_fields}
    more = [Loan(**values | {"id": new_id(), "form": "electronic", "due_on": late}) for _ in range(25)]
    Loan.objects.bulk_create(more)
    archivist = people.a_person("record_archivist", organisation=records.agency())
    client.force_login(archivist, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("capture:loans"))
    assert "25 笔超期未还" in page.content.decode()
    assert {row.id for row in more} <= {row.id for row in page.context["page"]}


@pytest.mark.requirement("S22")
def test_a_clerk_asks_and_the_record_office_lends_through_their_pages(client):
    record = _filed()
    clerk = people.a_person("clerk", organisation=records.agency(), department=records.department())
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("capture:borrow"), {**GIVEN, "reference_code": record.reference_code})
    loan = Loan.objects.get()
    assert "待批准" in client.get(reverse("capture:loans")).content.decode()
    archivist = people.a_person("record_archivist", organisation=records.agency())
    client.force_login(archivist, backend="django.contrib.auth.backends.ModelBackend")
    assert "1 笔等您批准" in client.get(reverse("capture:loans")).content.decode()
    client.post(reverse("capture:decide_loan", args=[loan.id]), {"answer": "lend"})
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert record.title in client.get(reverse("capture:loan", args=[loan.id])).content.decode()
    where = reverse("capture:lent_document", args=[loan.id, record.documents.get().id])
    assert client.get(where).content.startswith(b"%PDF")


@pytest.mark.requirement("S15")
def test_the_heir_of_an_agency_keeps_its_loans_its_batches_and_what_came_back():
    record = _filed()
    _asked(record)
    before = standing(make.agency())
    heir = records.organisation("990100-009", "承继局", "agency", make.agency().archive)
    dissolve(
        predecessor=make.agency(),
        heirs={},
        main=heir,
        since=timezone.localdate(),
        basis="reform:x",
        actor=SYSTEM,
    )
    keeper = people.an_actor("record_archivist", organisation=heir)
    assert lend(loan=loans_for(keeper).get(), actor=keeper).state == Loan.State.LENT
    assert ask(reference_code=record.reference_code, actor=keeper, **GIVEN).record == record
    assert submissions_for(keeper).count() == 1
    assert standing(heir) == before
    assert reports_of(keeper).exists()
