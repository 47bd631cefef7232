"""Holdings at a glance agree with the records; a department sees what it made and nothing else."""

import pytest

from lantai.catalogue.holdings import own, selectors
from lantai.catalogue.holdings.counting import COUNT, count_use, count_when_due
from lantai.catalogue.models import HoldingsCell
from lantai.core.actors import SYSTEM
from lantai.core.errors import Invalid
from lantai.core.jobs import Job, run_inline
from lantai.institutions.api import issue_api_key, person_actor
from lantai.institutions.tests.factories import a_department, a_person, an_agency, an_archive
from lantai.ledger.api import Entry, sequence_pending
from lantai.records.api import Record
from lantai.records.services import note_use
from lantai.records.tests.factories import agency, archive, fonds, record, scheme, with_documents
from lantai.vault.tests.factories import document, ingest_now
from lantai.vault.tests.factories import record as with_content

from .terminal import run

pytestmark = pytest.mark.django_db


def log_in(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def counted():
    run_inline(COUNT, SYSTEM, progress=False)


def ingested(*documents, **values):
    row = with_content(*documents, **values)
    Record.objects.filter(id=row.id).update(state="held", custodian=archive())
    ingest_now([row])
    return row


def some():
    one = scheme()
    record(scheme_id=one.id, year=2011, page_count=3)
    record(scheme_id=one.id, year=2012, page_count=4, retention="D30")
    with_documents("body", "page_images", scheme_id=one.id, year=2024)
    with_documents("page_images", scheme_id=one.id, year=2009)


def lines(holdings, name):
    return {line.key: line.records for line in holdings.by[name]}


@pytest.mark.requirement("Z6")
def test_every_dimension_adds_up_to_all_records():
    some()
    counted()
    seen = selectors.holdings_for(SYSTEM)
    assert (seen.total.records, seen.total.pages, seen.total.files) == (4, 13, 3)
    for name in ("archive", "fonds", "category", "decade", "state", "medium", "retention", "opening_mark"):
        assert sum(lines(seen, name).values()) == 4, name
    assert lines(seen, "medium") == {"entry": 2, "born": 1, "scanned": 1}
    assert lines(seen, "decade") == {"2000": 1, "2010": 2, "2020": 1}
    assert lines(seen, "retention") == {"Y": 3, "D30": 1}
    assert selectors.decades(seen) == [("2000", 1), ("2010", 2), ("2020", 1)]
    Record.objects.filter(year=2011).update(opening_mark="open")
    counted()
    assert lines(selectors.holdings_for(SYSTEM), "opening_mark") == {"unreviewed": 3, "open": 1}


@pytest.mark.requirement("Z6")
def test_use_is_counted_once_from_the_ledger():
    row = record()
    Record.objects.filter(id=row.id).update(opening_mark="open", classification="公开")
    row.refresh_from_db()
    for _time in range(3):
        note_use(record=row, act="record.original", actor=SYSTEM)
    sequence_pending()
    assert count_use() == 3
    assert count_use() == 0
    assert lines(selectors.holdings_for(SYSTEM), "use")["record.original"] == 3


def test_the_worker_counts_about_once_a_day():
    count_when_due()
    count_when_due()
    assert Job.objects.filter(kind=COUNT).count() == 1
    counted()
    Job.objects.all().update(state="done")
    count_when_due()
    assert Job.objects.filter(kind=COUNT).count() == 2  # the one run here by hand among them


@pytest.mark.requirement("Z6")
def test_the_page_the_export_the_command_and_the_api_tell_the_same(client, django_assert_max_num_queries):
    some()
    log_in(client, a_person("receiving_archivist", organisation=archive()))
    assert "还没有可以看的数字" in client.get("/desk/catalogue/holdings/").content.decode()
    counted()
    with django_assert_max_num_queries(45):
        page = client.get("/desk/catalogue/holdings/").content.decode()
    assert "数字化副本" in page
    assert "J001" in page
    one = client.get(f"/desk/catalogue/holdings/?fonds={fonds().id}").content.decode()
    assert "每十年形成的档案" in one
    assert client.get("/desk/catalogue/holdings/?fonds=x").status_code == 422
    table = client.get("/desk/catalogue/holdings/holdings.csv").content.decode("utf-8-sig")
    assert "载体,仅有目录,2,7,0,0" in table
    told = client.get("/api/v1/holdings").json()
    assert told["total"]["records"] == run("holdings", "--count")["total"]["records"] == 4
    log_in(client, a_person("receiving_archivist", organisation=an_archive()))
    assert client.get("/api/v1/holdings").json()["total"]["records"] == 0
    assert HoldingsCell.objects.exists()


@pytest.mark.requirement("Z52")
def test_a_clerk_sees_the_department_and_a_key_the_agency_at_every_stage(client):
    mine, other = a_department(agency()), a_department(agency())
    clerk = person_actor(a_person("clerk", organisation=agency(), department=mine))
    keeper = person_actor(a_person("record_archivist", organisation=agency()))
    made = [record(department_id=mine.id, title=f"关于水库的通知{n}") for n in range(4)]
    strange = record(department_id=other.id, title="别的处室的")
    Record.objects.filter(id=strange.id).update(opening_mark="open", classification="公开")
    for row, state in zip(made, ("captured", "filed", "handing_over", "held"), strict=True):
        Record.objects.filter(id=row.id).update(state=state)
    Record.objects.filter(id=made[3].id).update(opening_mark="open")
    assert {row.key: row.records for row in own.own_counts(clerk)[0]} == {
        "captured": 1, "filed": 1, "handing_over": 1, "stored": 1, "opened": 1,
    }  # fmt: skip
    assert own.own_records(keeper).count() == 5
    assert [own.is_of_whole_agency(actor) for actor in (keeper, clerk)] == [True, False]
    assert [row.id for row in own.own_records(clerk, "stored", "水库 通知")] == [made[3].id]
    assert not own.own_records(clerk, words="别的").exists()
    with pytest.raises(Invalid, match="没有这个阶段"):
        own.own_records(clerk, "nowhere")
    _key, secret = issue_api_key(organisation=agency(), label="办公系统", actor=SYSTEM)
    head = {"Authorization": f"Bearer {secret}"}
    counts = client.get("/api/v1/own/counts", headers=head).json()
    assert sum(row["records"] for row in counts["years"]) == 5
    answer = client.get("/api/v1/own/records?stage=filed", headers=head).json()["items"]
    assert [row["id"] for row in answer] == [str(made[1].id)]
    assert client.get("/api/v1/own/records?stage=x", headers=head).status_code == 422


@pytest.mark.requirement("Z52")
def test_an_office_system_takes_its_own_files_and_the_ledger_tells(client):
    mine = ingested(document(b"the agency's own"), title="可以取的")
    _key, secret = issue_api_key(organisation=agency(), label="办公系统", actor=SYSTEM)
    head = {"Authorization": f"Bearer {secret}"}
    place = f"/api/v1/own/records/{mine.id}/documents/{mine.documents.get().id}"
    answer = client.get(place, headers=head)
    assert answer.getvalue() == b"the agency's own"
    assert Entry.objects.filter(act="record.download", subject=f"record:{mine.id}").count() == 1
    _key, other = issue_api_key(organisation=an_agency(), label="别家", actor=SYSTEM)
    assert client.get(place, headers={"Authorization": f"Bearer {other}"}).status_code == 404


@pytest.mark.requirement("Z52")
def test_what_others_opened_is_not_ones_own_and_strangers_see_nothing(client):
    row = record(title="本单位的")
    Record.objects.filter(id=row.id).update(opening_mark="open", classification="公开")
    stranger = a_person("record_archivist", organisation=an_archive())
    assert not own.own_records(person_actor(stranger)).exists()
    log_in(client, a_person("record_archivist", organisation=agency()))
    page = client.get("/desk/own/?q=本单位").content.decode()
    assert "本单位的" in page
    assert "<h1>本单位的档案</h1>" in page
    assert "没有这样的档案" in client.get("/desk/own/?q=无").content.decode()
    assert client.get("/desk/own/?stage=x").status_code == 422
