"""去技术化: signatures go, what they said stays; or they travel as they are."""

import pytest

from lantai.capture.api import assign_numbers, fix_numbers
from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.formats.api import verify_signatures
from lantai.formats.tests import signing
from lantai.ledger.api import entries_for
from lantai.records.api import Document, Record, document_path
from lantai.transfer.stripping import signed_original

from . import factories as make

pytestmark = pytest.mark.django_db


def _filed(folder):
    signing.identity(folder)
    signed = signing.signed_pdf(folder)
    submission = capture.processed(capture.package(capture.item(1, files=[signed]), capture.item(2)))
    make.sign(submission.report)
    assign_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    fix_numbers(scheme=capture.scheme(), year=2024, actor=SYSTEM)
    return Record.objects.get(title__contains="第1号")


@pytest.mark.requirement("Z5")
def test_only_the_seals_image_travels_and_the_signatures_facts_stay_with_the_record(
    tmp_path, django_capture_on_commit_callbacks
):
    record = _filed(tmp_path)
    before = record.documents.get()
    assert verify_signatures(home() / before.location)
    with django_capture_on_commit_callbacks(execute=True):
        handover = make.submitted(signature_policy="image")
    after = record.documents.get()
    record.refresh_from_db()
    assert verify_signatures(home() / after.location) == []
    assert after.sm3 != before.sm3
    assert "去技术化" in record.metadata["M58"]
    assert record.metadata["M60"]
    assert verify_signatures(signed_original(home() / after.location))
    assert "去技术化" in handover.register["signatures"]
    assert "transfer.strip_signatures" in {entry.act for entry in entries_for(f"record:{record.id}")}

    handover = make.received(handover)
    assert handover.state == "received"
    premis = next(document_path(Document.objects.first()).parents[2].rglob("premis.xml")).read_text("utf-8")
    assert "去技术化" in premis
    assert not list((home() / "holdings").rglob("*.pdf"))


def test_signatures_travel_where_the_policy_keeps_them(tmp_path):
    record = _filed(tmp_path)
    before = record.documents.get().sm3
    handover = make.submitted()
    assert record.documents.get().sm3 == before
    assert handover.register["signature_policy"] == "keep"
