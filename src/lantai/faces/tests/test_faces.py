"""First pages, and who finds what in the headers."""

import time

import pytest
from django.core.cache import cache
from django.urls import reverse

from lantai.access.tests.factories import held
from lantai.capture.tests import factories as capture
from lantai.core.actors import SYSTEM, Actor
from lantai.faces import portal
from lantai.faces.navigation import read_data
from lantai.faces.waiting import waiting_for
from lantai.institutions.declaration import declaration
from lantai.institutions.roles import expand, roles
from lantai.institutions.tests.factories import a_person_as
from lantai.records.api import Record, create_records
from lantai.records.tests.factories import archive, draft
from lantai.search.api import engine, index_records
from lantai.transfer.tests.factories import sign
from lantai.ui.navigation import links

pytestmark = pytest.mark.django_db
STAFF = [role for role in roles() if role != "public"]


def test_the_portal_counts_what_the_public_can_really_read(client):
    index_records([held(title="婚姻登记办法").id, held(mark="unreviewed").id])
    page = client.get("/").content.decode()
    assert "1 家档案馆向公众开放了 1 件档案" in page
    assert "婚姻登记办法" in page


@pytest.mark.requirement("S12")
def test_what_is_withdrawn_is_out_of_the_counts_behind_the_doors_within_ten_seconds(monkeypatch):
    engine().clear()
    record = held(title="结婚登记申请书")
    index_records([record.id])
    assert portal.doors()[0].open == 1
    Record.objects.filter(id=record.id).update(opening_mark="controlled")
    index_records([record.id])
    later = time.time() + 10
    monkeypatch.setattr("django.core.cache.backends.locmem.time.time", lambda: later)
    assert portal.doors()[0].open == 0


def an_open_entry():
    """An open record of which only the catalogue is here."""
    record = create_records([draft(date_text="19560601", title="围垦海涂的批复")], SYSTEM)[0]
    Record.objects.filter(id=record.id).update(state="held", custodian=archive(), opening_mark="open")


def test_the_portal_promises_originals_only_where_there_are_some(client):
    held(title="婚姻登记办法")
    assert "1 件档案。原文都能直接看。" in client.get("/").content.decode()
    an_open_entry()
    cache.clear()
    page = client.get("/").content.decode()
    assert "开放了 2 件档案。其中 1 件的原文能直接看，其余的可以查目录。" in page


def test_a_portal_of_catalogue_entries_alone_promises_no_originals(client):
    an_open_entry()
    page = client.get("/").content.decode()
    assert "开放了 1 件档案。现在可以查目录" in page
    assert "能直接看" not in page


def test_dates_on_the_portal_are_written_as_people_read_them(client):
    an_open_entry()
    page = client.get("/").content.decode()
    assert "1956年6月1日" in page
    assert "19560601" not in page


def test_an_empty_portal_says_so(client):
    page = client.get("/").content.decode()
    assert "目前还没有向公众开放的档案" in page


@pytest.mark.parametrize("role", STAFF)
def test_every_role_has_a_desk(client, role):
    person = a_person_as(role)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/desk/")
    assert answer.status_code == 200
    assert person.full_name in answer.content.decode()


def test_a_reviewer_is_told_of_what_became_due():
    before = held(mark="unreviewed")
    held(mark="unreviewed", year=2024, date_text="2024-05-01")
    reviewer = Actor("1", "甲", frozenset({"reviewer"}), organisation_id=before.custodian_id)
    told = {figure.page: figure.count for figure in waiting_for(reviewer)}
    assert told["opening:queue"] == 1


@pytest.mark.parametrize("entry", read_data("navigation.toml")["desk"], ids=lambda entry: entry["label"])
def test_a_header_leads_nobody_to_a_closed_door(entry):
    words = declaration().pages[entry["page"]]
    asked = set(entry.get("roles", STAFF))
    assert "anyone" in words or asked <= expand(words)


@pytest.mark.parametrize("role", ["clerk", "receiving_archivist", "reviewer", "lookup_desk"])
def test_whoever_works_with_records_gets_from_the_desk_to_the_search_box_and_what_was_kept_of_it(
    role, client
):
    client.force_login(a_person_as(role), backend="django.contrib.auth.backends.ModelBackend")
    assert f'href="{reverse("access:search")}"' in client.get("/desk/").content.decode()
    kept = client.get(reverse("search:saved")).content.decode()
    tabs = kept[kept.index("<main") :]
    assert f'href="{reverse("access:search")}"' in tabs


def test_nobody_is_shown_another_role_s_entries():
    clerk = Actor("1", "甲", frozenset({"clerk"}), via="web")
    labels = {link.label for link in links("desk", clerk, "/desk/")}
    assert "今日" in labels
    assert labels.isdisjoint({"人员", "开放审核", "总库", "接收"})


@pytest.mark.usefixtures("no_scanner")
def test_reports_that_wait_for_a_signature_wait_on_the_desk_until_they_are_signed():
    submission = capture.processed(capture.package(capture.item(1)))
    archivist = Actor(
        id="archivist",
        name="周档案",
        roles=expand({"record_archivist"}),
        organisation_id=submission.agency_id,
        via="web",
    )

    def told() -> list[int]:
        return [f.count for f in waiting_for(archivist) if f.page == "inspection:reports"]

    assert told() == [1]
    sign(submission.report)
    assert told() == [0]
