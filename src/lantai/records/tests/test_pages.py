"""The records desk and the records API, as people of different roles meet them."""

import pytest
from django.utils import timezone

from lantai.core import settings as configuration
from lantai.core.actors import SYSTEM
from lantai.institutions.api import Appointment, Person
from lantai.ledger.api import Entry
from lantai.records.api import DocumentDraft, Record, Volume, create_records, update_description
from lantai.records.tests import factories as make

pytestmark = pytest.mark.django_db


def signed_in(client, role="record_archivist", organisation=None, **values):
    organisation = organisation or make.agency()
    person = Person.objects.create(
        username=f"{role}-{Person.objects.count()}", full_name="王档案", organisation=organisation,
        must_change_password=False,
        password_changed_at=timezone.now(), **values,
    )  # fmt: skip
    Appointment.objects.create(person=person, role=role, organisation=organisation, granted_by="test")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def with_file(content=b"%PDF-1.7 content", **values):
    folder = configuration.home() / "test-documents"
    folder.mkdir(exist_ok=True)
    (folder / "a.pdf").write_bytes(content)
    document = DocumentDraft(
        original_name="通知.pdf",
        media_type="application/pdf",
        location="test-documents/a.pdf",
        size_bytes=len(content),
    )
    return make.record(documents=[document], **values)


def test_an_archivist_sees_the_list_and_walks_down_the_tree(client):
    scheme = make.scheme()
    create_records([make.draft(scheme_id=scheme.id, title=f"第{n}号通知") for n in range(3)], SYSTEM)
    signed_in(client)
    page = client.get("/desk/records/").content.decode()
    assert "第2号通知" in page
    assert "J001" in page
    narrowed = client.get(
        f"/desk/records/?fonds={make.fonds().id}&scheme={scheme.id}&year=2023"
    ).content.decode()
    assert "没有符合条件的档案" in narrowed


def test_a_date_is_told_in_words_with_what_the_record_says_beside_it(client):
    record = make.record(date_text="[19560601]")
    signed_in(client)
    assert "[1956年6月1日]" in client.get("/desk/records/").content.decode()
    page = client.get(f"/desk/records/{record.id}/").content.decode()
    assert "[1956年6月1日]（原件写作 [19560601]）" in page


def test_the_volumes_of_a_class_page_by_key_beside_its_records(client, monkeypatch):
    monkeypatch.setattr("lantai.records.views.VOLUMES_A_PAGE", 2)
    scheme = make.scheme("dat13.volume_item", arrangement="volume_item")
    for number in (3, 1, 2):
        volume = Volume(fonds=make.fonds(), scheme=scheme, archive=make.archive(), title=f"第{number}卷",
                        year=2024, retention="Y", number=number)  # fmt: skip
        volume.save()
        make.record(scheme_id=scheme.id, volume_id=volume.id)
    signed_in(client)
    place = f"/desk/records/?fonds={make.fonds().id}&scheme={scheme.id}&year=2024"
    first = client.get(place)
    assert [volume.number for volume in first.context["volumes"]] == [1, 2]
    assert "案卷 3 卷" in first.content.decode()
    second = client.get("/desk/records/" + first.context["volumes"].next_url)
    assert [volume.number for volume in second.context["volumes"]] == [3]
    assert len(second.context["page"].items) == 3


def test_the_list_goes_on_by_key(client):
    create_records([make.draft(title=f"第{n:02d}号") for n in range(60)], SYSTEM)
    signed_in(client)
    first = client.get("/desk/records/")
    assert len(first.context["page"].items) == 50
    second = client.get("/desk/records/" + first.context["page"].next_url)
    assert len(second.context["page"].items) == 10


def test_nonsense_in_the_address_narrows_nothing(client):
    make.record()
    signed_in(client)
    assert client.get("/desk/records/?fonds=x&year=abc&state=none").status_code == 200


def test_a_person_of_another_agency_neither_sees_nor_learns_of_a_record(client):
    record = make.record()
    other = make.organisation("990100-002", "云州市民政局", "agency", make.archive())
    signed_in(client, organisation=other)
    assert record.title not in client.get("/desk/records/").content.decode()
    assert client.get(f"/desk/records/{record.id}/").status_code == 404
    assert client.get(f"/api/v1/records/{record.id}").status_code == 404


def test_the_record_page_shows_description_documents_and_history(client):
    record = with_file(title="关于𠮷林村土地的请示", metadata={"M29": "摘要文字"})
    signed_in(client)
    page = client.get(f"/desk/records/{record.id}/").content.decode()
    for words in ("关于𠮷林村土地的请示", "通知.pdf", "摘要（M29）", "收集", "永久"):
        assert words in page


def test_a_document_is_read_in_ranges_and_each_use_stands_in_the_ledger_once(client):
    record = with_file()
    signed_in(client)
    url = f"/desk/records/{record.id}/documents/{record.documents.get().id}/"
    whole = client.get(url)
    assert b"".join(whole.streaming_content) == b"%PDF-1.7 content"
    part = client.get(url, headers={"Range": "bytes=5-7"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"1.7")
    assert Entry.objects.filter(act="record.original", subject=f"record:{record.id}").count() == 1


def test_who_may_read_but_not_keep_a_copy_cannot_download(client):
    record = with_file()
    Record.objects.filter(id=record.id).update(custodian=make.archive(), state="filed")
    signed_in(client, "lookup_desk", make.archive())
    url = f"/desk/records/{record.id}/documents/{record.documents.get().id}/"
    assert b"".join(client.get(url).streaming_content)
    assert client.get(url + "?download=1").status_code == 403


def test_a_location_outside_the_data_folder_is_never_followed(client):
    record = make.record(documents=[DocumentDraft(original_name="x", location="../../etc/passwd")])
    signed_in(client)
    assert client.get(f"/desk/records/{record.id}/documents/{record.documents.get().id}/").status_code == 404


def test_pages_of_a_scanned_record_are_read_one_by_one(client):
    folder = configuration.home() / "test-pages"
    folder.mkdir(exist_ok=True)
    (folder / "0001.tif").write_bytes(b"one")
    images = DocumentDraft(
        original_name="扫描件",
        role="page_images",
        media_type="image/tiff",
        location="test-pages",
        page_count=1,
    )
    record = make.record(documents=[images])
    signed_in(client)
    url = f"/desk/records/{record.id}/documents/{record.documents.get().id}/"
    assert b"".join(client.get(url + "?page=1").streaming_content) == b"one"
    assert client.get(url + "?page=2").status_code == 404
    assert client.get(url + "?page=../a").status_code == 404


def form_of(client, record):
    form = client.get(f"/desk/records/{record.id}/edit/").context["form"]
    values = {name: form[name].value() for name in form.fields if name != "personal_data"}
    return {name: "" if value is None else value for name, value in values.items()}


def test_an_edit_is_saved_and_elements_of_the_standard_with_it(client):
    record = make.record(metadata={"M22": "题名", "M29": "旧摘要"})
    signed_in(client)
    data = form_of(client, record) | {
        "title": "更正题名",
        "date_text": "民国三十八年",
        "M29": "",
        "M27": "土地",
    }
    answer = client.post(f"/desk/records/{record.id}/edit/", data)
    assert answer.status_code == 302
    saved = Record.objects.get(id=record.id)
    assert (saved.title, saved.date_start.year) == ("更正题名", 1949)
    assert saved.metadata == {"M22": "题名", "M27": "土地"}


def test_the_second_editor_keeps_what_they_typed_and_sees_what_stands_now(client):
    record = make.record()
    signed_in(client)
    data = form_of(client, record) | {"title": "乙改的题名"}
    update_description(
        record_id=record.id,
        changes={"title": "甲改的题名"},
        expected_changed_at=record.changed_at,
        actor=SYSTEM,
    )
    answer = client.post(f"/desk/records/{record.id}/edit/", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "乙改的题名" in page
    assert "现为：甲改的题名" in page
    again = {**data, "changed_at": answer.context["form"]["changed_at"].value()}
    assert client.post(f"/desk/records/{record.id}/edit/", again).status_code == 302
    assert Record.objects.get(id=record.id).title == "乙改的题名"


def test_a_marked_record_of_personal_data_keeps_the_mark_until_it_is_taken_away(client):
    record = make.record()
    signed_in(client)
    client.post(f"/desk/records/{record.id}/edit/", form_of(client, record) | {"personal_data": "on"})
    assert Record.objects.get(id=record.id).personal_data
    client.post(f"/desk/records/{record.id}/edit/", form_of(client, record))
    assert not Record.objects.get(id=record.id).personal_data


def test_the_api_lists_by_key_and_answers_unchanged_records_with_304(client):
    create_records([make.draft(title=f"第{n}号") for n in range(51)], SYSTEM)
    signed_in(client)
    first = client.get("/api/v1/records?year=2024").json()
    second = client.get(f"/api/v1/records?year=2024&at={first['next']}").json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (50, 1, None)
    url = f"/api/v1/records/{first['items'][0]['id']}"
    answer = client.get(url)
    assert answer.json()["title"] == first["items"][0]["title"]
    again = client.get(url, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Record.objects.filter(id=first["items"][0]["id"]).update(opening_mark="open")
    assert client.get(url, headers={"If-None-Match": answer["ETag"]}).status_code == 200
