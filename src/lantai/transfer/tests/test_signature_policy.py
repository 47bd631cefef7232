"""去技术化: signatures go, what they said stays; or they travel as they are."""

import zipfile

import pytest

from lantai.capture.api import assign_numbers, fix_numbers
from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM
from lantai.core.settings import home
from lantai.formats.api import verify_signatures
from lantai.formats.tests import signing
from lantai.formats.tests.test_ofd_plain import png
from lantai.ledger.api import entries_for
from lantai.records.api import Document, Record, document_path
from lantai.transfer.stripping import signed_original

from . import factories as make

pytestmark = pytest.mark.django_db


def _filed(folder, signed=None):
    if signed is None:
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


@pytest.mark.requirement("Z5")
def test_a_sealed_ofd_goes_without_its_signature_and_with_its_seal(
    tmp_path, django_capture_on_commit_callbacks
):
    signing.identity(tmp_path, "sm2")
    record = _filed(tmp_path, signing.sealed_ofd(tmp_path, picture=("png", png())))
    before = record.documents.get()
    with django_capture_on_commit_callbacks(execute=True):
        make.submitted(signature_policy="image")
    after = record.documents.get()
    record.refresh_from_db()
    assert after.sm3 != before.sm3
    assert (after.media_type, verify_signatures(home() / after.location)) == ("application/ofd", [])
    assert "OFD" in record.metadata["M58"]
    with zipfile.ZipFile(home() / after.location) as plain:
        assert [name for name in plain.namelist() if "Annots/Seals" in name]
    assert verify_signatures(signed_original(home() / after.location))


def test_the_register_says_how_many_seals_could_not_be_kept(tmp_path, django_capture_on_commit_callbacks):
    signing.identity(tmp_path, "sm2")
    record = _filed(tmp_path, signing.sealed_ofd(tmp_path, picture=("ofd", b"PK\3\4")))
    with django_capture_on_commit_callbacks(execute=True):
        handover = make.submitted(signature_policy="image")
    record.refresh_from_db()
    assert "印章图样未能保留" in record.metadata["M58"]
    assert "1 件的印章图样不能作为图像保留" in handover.register["signatures"]
