"""ETags over the whole API: nothing sent twice unchanged, nothing overwritten unseen."""

import threading

import pytest
from django.db import connection
from django.test import Client

from lantai.config import conditional
from lantai.institutions.tests.factories import a_person
from lantai.records.api import Record
from lantai.records.tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S28")]
ITEM = "/api/v1/catalogue/descriptions/item"


@pytest.fixture
def record():
    made = factories.record(title="关于围垦工程的批复")
    Record.objects.filter(id=made.id).update(custodian=factories.archive())
    return made


@pytest.fixture
def archivist():
    client = Client()
    client.force_login(
        a_person("preservation_archivist", organisation=factories.archive()),
        "django.contrib.auth.backends.ModelBackend",
    )
    return client


def describe(client, record, title, **headers):
    body = {"values": {"题名": title}}
    return client.put(f"{ITEM}/{record.id}", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("address", ["records", "fonds", "guide", "catalogue/elements", "search?q=围垦"])
def test_an_answer_that_did_not_change_is_not_sent_again(archivist, record, address):
    first = archivist.get(f"/api/v1/{address}")
    again = archivist.get(f"/api/v1/{address}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))
    assert "private" in first["Cache-Control"]


def test_a_changed_thing_has_another_tag(archivist, record):
    address = f"/api/v1/records/{record.id}"
    before = archivist.get(address)["ETag"]
    assert describe(archivist, record, "改了").status_code == 200
    after = archivist.get(address, headers={"If-None-Match": before})
    assert (after.status_code, after.json()["title"]) == (200, "改了")
    assert after["ETag"] != before


def test_a_write_over_what_the_caller_has_not_seen_is_refused(archivist, record):
    seen = archivist.get(f"{ITEM}/{record.id}")["ETag"]
    assert describe(archivist, record, "先到", **{"If-Match": seen}).status_code == 200
    late = describe(archivist, record, "后到", **{"If-Match": seen})
    assert late.status_code == 412
    assert "重新读取" in late.json()["remedy"]
    assert Record.objects.get(id=record.id).title == "先到"
    now = archivist.get(f"{ITEM}/{record.id}")["ETag"]
    assert describe(archivist, record, "后到", **{"If-Match": f'"x", {now}'}).status_code == 200
    assert describe(archivist, record, "再改", **{"If-Match": "*"}).status_code == 200


def test_an_action_is_held_to_the_thing_it_is_about(archivist, record):
    planned = archivist.post(
        "/api/v1/catalogue/edits",
        {"ids": [str(record.id)], "element": "附注", "operation": "append", "value": "（补）"},
        content_type="application/json",
    ).json()
    address = f"/api/v1/catalogue/edits/{planned['id']}"
    assert archivist.post(f"{address}/apply", headers={"If-Match": '"stale"'}).status_code == 412
    seen = archivist.get(address)["ETag"]
    assert archivist.post(f"{address}/apply", headers={"If-Match": seen}).status_code != 412


def test_a_condition_on_what_is_not_there_fails(archivist):
    answer = archivist.delete("/api/v1/callback", headers={"If-Match": "*"})
    assert answer.status_code in {403, 412}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_change_between_the_check_and_the_write_refuses_the_write(archivist, record, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes one by one: nobody comes between")
    check = conditional._is_as_seen

    def check_and_be_overtaken(request):
        is_as_seen = check(request)
        other = threading.Thread(target=_change_title, args=(record.id,))
        other.start()
        other.join()
        return is_as_seen

    monkeypatch.setattr(conditional, "_is_as_seen", check_and_be_overtaken)
    seen = archivist.get(f"{ITEM}/{record.id}")["ETag"]
    assert describe(archivist, record, "后到", **{"If-Match": seen}).status_code == 412
    assert Record.objects.get(id=record.id).title == "别人先改"


def _change_title(record_id):
    Record.objects.filter(id=record_id).update(title="别人先改")
    connection.close()
