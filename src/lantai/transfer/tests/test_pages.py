"""The record office hands over and the archive receives, through their pages."""

import pytest
from django.urls import reverse

from lantai.institutions.tests import factories as people
from lantai.records.tests import factories as records
from lantai.transfer.api import RECEIVE, Handover

from . import factories as make

pytestmark = pytest.mark.django_db


def enter(client, role, organisation):
    department = records.department() if role == "clerk" else None
    person = people.a_person(role, organisation=organisation, department=department)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


@pytest.mark.requirement("Z5")
def test_an_archivist_prepares_and_submits_and_the_archive_begins_to_receive(client):
    make.filed(2)
    enter(client, "record_archivist", records.agency())
    assert "可以移交的" in client.get(reverse("transfer:handovers")).content.decode()
    sent = client.post(
        reverse("transfer:prepare"),
        {"fonds": records.fonds().id, "year_from": 2024, "year_to": 2024, "title": "", **make.OPINIONS},
    )
    handover = Handover.objects.get()
    assert sent.url == reverse("transfer:handover", args=[handover.id])
    assert "签章移交" in client.get(sent.url).content.decode()
    client.post(reverse("transfer:submit", args=[handover.id]))
    assert client.post(reverse("transfer:receive", args=[handover.id])).status_code == 403
    assert client.get(reverse("transfer:register_pdf", args=[handover.id])).content.startswith(b"%PDF")

    enter(client, "receiving_archivist", records.archive())
    assert "等着接收" in client.get(reverse("transfer:handovers")).content.decode()
    client.post(reverse("transfer:receive", args=[handover.id]))
    handover.refresh_from_db()
    assert (handover.state, handover.job.kind) == ("receiving", RECEIVE)
    assert "排队等待接收" in client.get(sent.url).content.decode()
    page = client.get(reverse("transfer:register", args=[handover.id])).content.decode()
    assert "移交单位" in page
    assert client.get(reverse("transfer:register_json", args=[handover.id])).json()["sender_seal"]


def test_opinions_left_empty_are_asked_for(client):
    make.filed(1)
    enter(client, "record_archivist", records.agency())
    answer = client.post(
        reverse("transfer:prepare"), {"fonds": records.fonds().id, "year_from": 2024, "year_to": 2024}
    )
    assert answer.status_code == 422
    assert "请写“无”" in answer.content.decode()


def test_the_archive_sends_back_with_a_reason_and_a_draft_is_not_shown_to_it(client):
    make.filed(1)
    draft = make.prepared()
    enter(client, "receiving_archivist", records.archive())
    assert client.get(reverse("transfer:handover", args=[draft.id])).status_code == 404
    from lantai.core.actors import SYSTEM
    from lantai.transfer.api import submit

    submit(handover=draft, actor=SYSTEM)
    client.post(reverse("transfer:send_back", args=[draft.id]), {"reason": "责任者有误"})
    assert "责任者有误" in client.get(reverse("transfer:handover", args=[draft.id])).content.decode()
    draft.refresh_from_db()
    assert draft.state == "returned"


@pytest.mark.parametrize("role", ["clerk", "reviewer", "security_officer"])
def test_others_do_not_open_hand_overs(client, role):
    home = {"clerk": records.agency(), "reviewer": records.archive()}
    enter(client, role, home.get(role))
    assert client.get(reverse("transfer:handovers")).status_code == 403


@pytest.mark.requirement("Z35")
def test_provenance_is_restored_from_the_parts_of_a_record():
    from lantai.capture.api import Submission, SubmissionItem
    from lantai.capture.parts import CapturePart
    from lantai.capture.receipts import receipt_holds
    from lantai.records.api import Record
    from lantai.transfer.api import HandoverItem, seals_hold
    from lantai.transfer.parts import TransferPart

    make.filed(2)
    handover = make.received(make.submitted())
    ids = list(Record.objects.values_list("id", flat=True))
    captured, transferred = CapturePart().describe(ids), TransferPart().describe(ids)
    assert set(captured) == set(transferred) == set(ids)
    HandoverItem.objects.all().delete()
    Handover.objects.all().delete()
    SubmissionItem.objects.all().delete()
    Submission.objects.all().delete()

    for _ in range(2):  # repeating it changes nothing
        CapturePart().restore(captured)
        TransferPart().restore(transferred)

    assert CapturePart().describe(ids) == captured
    assert TransferPart().describe(ids) == transferred
    assert receipt_holds(Submission.objects.get().receipt)
    assert seals_hold(Handover.objects.get(id=handover.id)) == {"sender": True, "receiver": True}
