"""Plan, single returns, assessments, packages and isolation, through their pages."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.capture.tests import factories as capture
from lantai.records.api import Record
from lantai.records.tests import factories as records
from lantai.transfer.api import Correction, Handover
from lantai.transfer.models import Agreement, Isolation, Readiness
from lantai.transfer.readiness import checklist

from . import factories as make
from .test_pages import enter

pytestmark = pytest.mark.django_db


def page(client, name, *args):
    answer = client.get(reverse(f"transfer:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.requirement("S18")
def test_the_plan_leads_to_a_hand_over_and_another_day_is_agreed(client):
    make.filed(1)
    records.record(year=2000)
    enter(client, "record_archivist", records.agency())
    shown = page(client, "plan")
    assert "已过年限" in shown
    assert "year_from=2024" in shown
    where = reverse("transfer:propose_date", args=[records.fonds().id, 2000, "traditional"])
    client.post(where, {"wanted_by": "2030-12-31", "reason": "仍在查考"})
    enter(client, "receiving_archivist", records.archive())
    assert "等您答复的" in page(client, "plan")
    client.post(
        reverse("transfer:decide_date", args=[Agreement.objects.get().id]),
        {"paper": "云档审〔2026〕3号", "answer": "agree"},
    )
    assert Agreement.objects.get().is_agreed
    assert "2030-12-31" in page(client, "plan")


@pytest.mark.requirement("Z5")
def test_a_chosen_item_goes_back_is_corrected_and_shows_what_changed(client):
    make.filed(2)
    handover = make.submitted()
    enter(client, "receiving_archivist", records.archive())
    item = handover.items.first()
    assert "退回勾选的件" in page(client, "handover", handover.id)
    where = reverse("transfer:return_items", args=[handover.id])
    client.post(where, {"item": [str(item.id)], "reason": "附件说明列3件，实收2件"})
    correction = Correction.objects.get()

    enter(client, "record_archivist", records.agency())
    assert "附件说明列3件" in page(client, "corrections")
    document = correction.record.documents.get()
    client.post(
        reverse("transfer:replace_document", args=[correction.id, document.id]),
        {"file": SimpleUploadedFile("补齐.pdf", capture.pdf().read_bytes())},
    )
    client.post(reverse("transfer:answer", args=[correction.id]), {"answer": "附件已补齐"})
    shown = page(client, "correction", correction.id)
    assert "补齐.pdf" in shown
    assert document.sm3 in shown


def test_a_package_is_downloaded_and_a_receipt_given_once_it_is_decided(client):
    make.filed(1)
    handover = make.submitted()
    enter(client, "record_archivist", records.agency())
    answer = client.post(reverse("transfer:package", args=[handover.id]), {"kind": "dat93"})
    names = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()
    assert {"目录文件.XML", "说明文件.TXT", "其他/移交数据.json"} <= set(names)
    assert client.get(reverse("transfer:receipt", args=[handover.id])).status_code == 409
    make.received(Handover.objects.get())
    given = client.get(reverse("transfer:receipt", args=[handover.id])).json()
    assert given["facts"]["acceptance"]["received"] == 1


@pytest.mark.requirement("DA/T 92-2022")
def test_an_assessment_is_answered_concluded_and_printed(client):
    records.department()
    enter(client, "record_archivist", records.agency())
    client.post(reverse("transfer:assess"), {"system": "办公系统", "scope": "收发文"})
    made = Readiness.objects.get()
    where = reverse("transfer:assessment", args=[made.id])
    assert "必备" in page(client, "assessment", made.id)
    assert client.post(where, {"conclude": "1"}).status_code == 422
    answers = {f"answer-{item.key}": "yes" for item in checklist().items}
    answers |= {f"evidence-{item.key}": "见附件" for item in checklist().items}
    client.post(where, {**answers, "conclude": "1"})
    assert "具备条件" in page(client, "assessment", made.id)
    assert client.get(reverse("transfer:assessment_pdf", args=[made.id])).content.startswith(b"%PDF")
    assert "100 分" in page(client, "assessments")


@pytest.mark.requirement("S18")
def test_what_is_isolated_is_gone_from_every_page_and_waits_for_the_officer(client):
    make.filed(1)
    record = Record.objects.get()
    enter(client, "record_archivist", records.agency())
    assert "立即隔离" in page(client, "isolate", record.id)
    client.post(reverse("transfer:isolate", args=[record.id]), {"reason": "首页右上角"})
    assert client.get(reverse("records:record", args=[record.id])).status_code == 404
    assert record.title not in client.get(reverse("records:list")).content.decode()
    enter(client, "security_officer", None)
    assert record.title not in page(client, "isolations")
    assert record.reference_code in page(client, "isolations")
    where = reverse("transfer:handle_isolation", args=[Isolation.objects.get().id])
    client.post(where, {"answer": "confirm", "note": "移送保密行政管理部门"})
    assert Isolation.objects.get().outcome == "confirmed"
