"""Single items go back, are corrected, come again and are held against what came first."""

import pytest

from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.settings import home
from lantai.records.api import Record, update_description
from lantai.transfer.api import Correction, answer, replace_document, return_items, submit

from . import factories as make

pytestmark = pytest.mark.django_db


def _spoil(record):
    document = record.documents.get()
    (home() / document.location).write_bytes(b"%PDF-1.4 changed")
    return document


def _retitle(record, title):
    record.refresh_from_db()
    update_description(
        record_id=record.id, changes={"title": title}, expected_changed_at=record.changed_at, actor=SYSTEM
    )


@pytest.mark.requirement("Z5")
def test_one_bad_file_goes_back_alone_and_the_others_are_received():
    make.filed(3)
    handover = make.submitted()
    bad = Record.objects.order_by("reference_code")[1]
    _spoil(bad)

    handover = make.received(handover)

    assert handover.state == "received"
    assert handover.acceptance["received"] == 2
    assert [row["reference_code"] for row in handover.acceptance["returned"]] == [bad.reference_code]
    correction = Correction.objects.get()
    assert "摘要" in correction.reasons[0]
    assert sorted(Record.objects.values_list("state", flat=True)) == ["filed", "held", "held"]


@pytest.mark.requirement("Z5")
def test_what_is_sent_again_is_held_against_the_first_submission():
    make.filed(2)
    handover = make.submitted()
    record = Record.objects.order_by("reference_code").first()
    return_items(handover=handover, reasons={record.id: ["题名有误", "正文缺页"]}, actor=SYSTEM)
    handover = make.received(handover)
    assert handover.state == "received"

    correction = Correction.objects.get()
    before = record.documents.get()
    _retitle(record, "关于水利工程竣工验收的通知")
    replace_document(
        correction=correction, document_id=before.id, file=capture.pdf(2), name="改正后.pdf", actor=SYSTEM
    )
    again = make.submitted()

    correction.refresh_from_db()
    changes = {change["what"]: change for change in correction.changes}
    assert changes["题名"]["after"] == "关于水利工程竣工验收的通知"
    assert before.sm3 in changes["第 1 个文件"]["before"]
    assert "改正后.pdf" in changes["第 1 个文件"]["after"]
    assert correction.sent_again.handover == again
    assert make.received(again).state == "received"


def test_nothing_changed_and_nothing_said_does_not_go_again():
    make.filed(2)
    handover = make.submitted()
    record = Record.objects.order_by("reference_code").first()
    return_items(handover=handover, reasons={record.id: ["请核对密级"]}, actor=SYSTEM)
    make.received(handover)
    again = make.prepared()
    with pytest.raises(Invalid, match="没有改过"):
        submit(handover=again, actor=SYSTEM)
    answer(correction=Correction.objects.get(), text="经核对，密级无误。", actor=SYSTEM)
    submit(handover=again, actor=SYSTEM)
    assert Correction.objects.get().closed_at


def test_items_go_back_only_with_reasons_from_the_archive_and_never_all_of_them():
    make.filed(2)
    handover = make.submitted()
    first, second = Record.objects.order_by("reference_code")
    with pytest.raises(Invalid, match="原因"):
        return_items(handover=handover, reasons={first.id: [" "]}, actor=SYSTEM)
    with pytest.raises(Conflict, match="一件也不剩"):
        return_items(handover=handover, reasons={first.id: ["错"], second.id: ["错"]}, actor=SYSTEM)
    with pytest.raises(Forbidden):
        return_items(handover=handover, reasons={first.id: ["错"]}, actor=capture.archivist())
    done = make.received(handover)
    with pytest.raises(Conflict, match="已有结论"):
        return_items(handover=done, reasons={first.id: ["错"]}, actor=SYSTEM)
