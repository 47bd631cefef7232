"""The index follows the records: what the outbox delivers is what a reader finds, no more, no less."""

import itertools
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from lantai.core.actors import ANONYMOUS, SYSTEM, Actor
from lantai.core.events import deliver_pending, publish
from lantai.institutions.api import grant
from lantai.institutions.tests.factories import a_person, an_agency, an_archive
from lantai.opening.api import open_records, withdraw
from lantai.records.api import Record, RecordsChanged, create_records, readable, update_description
from lantai.records.tests import factories as make
from lantai.search.api import engine, search

from .factories import held, reviewer

pytestmark = pytest.mark.django_db

ROLES = (
    "clerk",
    "record_archivist",
    "receiving_archivist",
    "preservation_archivist",
    "reviewer",
    "lookup_desk",
    "supervisor",
    "public",
    "system_officer",
    "security_officer",
    "audit_officer",
)
AT_THE_ARCHIVE = {"receiving_archivist", "preservation_archivist", "reviewer", "lookup_desk", "supervisor"}


@pytest.fixture(autouse=True)
def _own_index(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    engine.cache_clear()
    yield
    engine.cache_clear()


def deliver():
    """What the worker does: the whole outbox, once."""
    while deliver_pending("search.index"):
        pass


def found(reader=ANONYMOUS, query=""):
    return search(query, reader).total


def somebody(role, *, elsewhere=False):
    """A person in a role, at the records' own archive and agency or at others."""
    if role in AT_THE_ARCHIVE:
        body = an_archive(region=make.region()) if elsewhere else make.archive()
    else:
        body = an_agency(region=make.region()) if elsewhere else make.agency()
    department = make.department().id if role == "clerk" and not elsewhere else None
    return Actor(id=f"{role}-1", name="林岚", roles=frozenset({role}), organisation_id=body.id,
                 department_id=department, via="web")  # fmt: skip


def change(records, what, **values):
    """A change of state as other contexts make it: the rows and the news in one transaction."""
    with transaction.atomic():
        Record.objects.filter(id__in=[record.id for record in records]).update(**values)
        publish(RecordsChanged(tuple(record.id for record in records), what))


def mixed():
    """Records of every mark and state, of two agencies, two archives, many years and classifications."""
    make.scheme()
    other = an_agency(archive=an_archive())
    marks = ("unreviewed", "open", "controlled", "postponed")
    states = ("captured", "filed", "held", "returned", "destroyed")
    values = itertools.product(marks, states, ("公开", "限制"), (True, False))
    drafts, wanted = [], []
    for number, (mark, state, classification, own) in enumerate(values):
        year = 1950 + number
        drafts.append(
            make.draft(
                title=f"关于修筑海塘的第{number}号通知", year=year, date_text=f"{year - number // 4 % 2}1230",
                scheme_id=make.fonds().schemes.get().id if number % 3 else None,
                agency_id=make.agency().id if own else other.id,
                department_id=make.department().id if own and number % 4 == 0 else None,
                custodian_id=make.archive().id if state == "held" else None,
                classification=classification,
            )
        )  # fmt: skip
        wanted.append({"opening_mark": mark, "state": state})
    made = create_records(drafts, SYSTEM)
    for record, values in zip(made, wanted, strict=True):
        change([record], "arranged", **values)
    deliver()
    return made


def visible(reader):
    """What the pages would show: the rights' own query over what is not returned or destroyed."""
    return readable(Record.objects.exclude(state__in=("returned", "destroyed")), reader)


def test_a_captured_record_is_found_by_its_agency_after_one_delivery_and_not_before():
    archivist = somebody("record_archivist")
    make.record(title="关于围垦工程的请示")
    assert found(archivist, "围垦") == 0
    deliver()
    assert found(archivist, "围垦") == 1
    assert found(ANONYMOUS, "围垦") == 0
    assert found(somebody("record_archivist", elsewhere=True), "围垦") == 0


def test_an_opened_record_is_found_by_the_public_and_a_withdrawn_one_is_gone_after_one_delivery():
    record = held(date_text="1958-11-03", title="围垦工程竣工报告")
    deliver()
    assert found() == 0
    [decision] = open_records(record_ids=[record.id], ground="term", note="", actor=reviewer())
    deliver()
    assert found() == 1
    withdraw(decision_id=decision.id, reason="涉及个人信息", actor=reviewer("审核员乙"))
    assert deliver_pending("search.index") > 0
    assert found() == 0
    assert found(query="围垦工程") == 0


def test_a_changed_description_is_found_by_its_new_words_alone():
    archivist = somebody("record_archivist")
    record = make.record(title="关于围垦工程的请示")
    deliver()
    update_description(
        record_id=record.id, changes={"title": "关于海塘加固的请示"}, expected_changed_at=record.changed_at,
        actor=SYSTEM,
    )  # fmt: skip
    deliver()
    assert (found(archivist, "围垦"), found(archivist, "海塘")) == (0, 1)


@pytest.mark.parametrize("state", ["returned", "destroyed"])
def test_a_returned_or_destroyed_record_is_gone_for_everybody(state):
    archivist = somebody("record_archivist")
    record = make.record()
    change([record], "opened", opening_mark="open")
    deliver()
    assert (found(), found(archivist)) == (1, 1)
    change([record], "arranged", state=state)
    deliver()
    assert (found(), found(archivist)) == (0, 0)


def test_the_same_news_twice_changes_nothing():
    record = make.record()
    for _ in range(3):
        change([record], "arranged")
        deliver()
    assert found(somebody("record_archivist")) == 1


def test_every_role_finds_exactly_what_it_may_read():
    mixed()
    reached = {}
    for role in ROLES:
        for elsewhere in (False, True):
            reader = ANONYMOUS if role == "public" else somebody(role, elsewhere=elsewhere)
            hits = search("", reader, size=100)
            expected = set(map(str, visible(reader).values_list("id", flat=True)))
            assert {hit.record_id for hit in hits.hits} == expected, (role, elsewhere)
            assert hits.total == len(expected)
            reached[role, elsewhere] = hits.total
    assert 0 < reached["public", False] < reached["supervisor", False]
    assert reached["record_archivist", False] > reached["record_archivist", True]
    assert reached["clerk", False] < reached["record_archivist", False]
    assert reached["audit_officer", False] == reached["public", False]


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"category": "WS"},
        {"year_from": 1954, "year_to": 1985},
        {"department": True},
        {"opening_marks": ["controlled", "postponed"]},
        {"classification_max": "限制", "year_from": 2000},
    ],
)
def test_a_grant_lets_find_exactly_what_it_lets_read(limits):
    mixed()
    person = a_person()
    if limits.get("department"):
        limits = {"department": make.department()}
    grant(
        person=person, acts=["entry"], until=timezone.now() + timedelta(days=1), reason="编史修志",
        fonds_id=make.fonds().id, actor=SYSTEM, **limits,
    )  # fmt: skip
    reader = Actor(id=str(person.id), name="林岚", roles=frozenset({"public"}), via="web")
    expected = set(map(str, visible(reader).values_list("id", flat=True)))
    hits = search("", reader, size=100)
    assert {hit.record_id for hit in hits.hits} == expected
    assert hits.total == len(expected) > found(ANONYMOUS)
