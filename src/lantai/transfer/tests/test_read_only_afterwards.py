"""After a hand-over the agency's record office goes on reading its records and changes none of them."""

import pytest
from django.urls import reverse

from lantai.capture.api import reclassify, withdraw_number
from lantai.capture.tests import factories as people
from lantai.core.errors import Conflict
from lantai.records.api import Record, change_records, update_description
from lantai.records.tests import factories as records

from . import factories as make
from .test_pages import enter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_scanner")]


@pytest.mark.requirement("S27")
@pytest.mark.requirement("Z5")
def test_the_record_office_reads_what_it_handed_over_and_cannot_change_it(client):
    make.filed(1)
    before = Record.objects.get()
    enter(client, "record_archivist", records.agency())
    page, edit = (reverse(f"records:{name}", args=[before.id]) for name in ("record", "edit"))
    assert edit in client.get(page).content.decode(), "until then it may be described"
    assert make.received(make.submitted()).state == "received"

    held = Record.objects.get()
    document = held.documents.get()
    assert (held.state, held.custodian) == ("held", records.archive())
    assert held.title in client.get(reverse("records:list")).content.decode()
    shown = client.get(page).content.decode()
    assert held.title in shown
    assert edit not in shown, "what would be refused is not offered"
    read = client.get(reverse("records:document", args=[held.id, document.id]))
    assert (read.status_code, b"".join(read)[:5]) == (200, b"%PDF-")

    form = {"title": "改过的题名", "page_count": 1, "changed_at": held.changed_at.isoformat()}
    for answer in (client.get(edit), client.post(edit, form)):
        assert answer.status_code == 409
        assert "已经移交，只供查阅" in answer.content.decode()
    office = people.archivist()
    for change in (
        lambda: update_description(
            record_id=held.id, changes={"title": "改"}, expected_changed_at=held.changed_at, actor=office
        ),
        lambda: change_records(edits={held.id: {"title": "改"}}, act="records.edit", actor=office),
        lambda: reclassify(record=held, retention="D10", unit_code="BGS", reason="改期限", actor=office),
        lambda: withdraw_number(record=held, reason="误归", actor=office),
    ):
        with pytest.raises(Conflict):
            change()
    after = Record.objects.get()
    assert (after.title, after.retention, after.number_state) == (before.title, before.retention, "locked")
    assert after.changed_at == held.changed_at
