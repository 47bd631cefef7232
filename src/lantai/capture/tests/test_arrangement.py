"""Numbers are given in order, never twice, and a gap is always explained."""

import threading
from contextlib import suppress

import pytest
from django.db import connection

from lantai.capture.api import assign_numbers, fix_numbers, reclassify, reference_notes, withdraw_number
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden
from lantai.records.api import Record, create_records
from lantai.records.tests import factories as records

from . import factories as make


def captured(*dates, **values):
    scheme = make.scheme()
    drafts = [
        records.draft(title=f"{day}形成的文件", date_text=day, scheme_id=scheme.id, **values) for day in dates
    ]
    return create_records(drafts, SYSTEM)


def numbers():
    return dict(Record.objects.exclude(item_number=None).values_list("title", "item_number"))


def number(actor=SYSTEM):
    return assign_numbers(scheme=make.scheme(), year=2024, actor=actor)


def fix(actor=SYSTEM):
    return fix_numbers(scheme=make.scheme(), year=2024, actor=actor)


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 22-2015 5.3")
def test_records_are_numbered_by_date_within_their_lowest_class():
    captured("2024-03-01", "2024-01-01", "2024-02-01")
    captured("2024-01-15", retention="D30")

    assert number() == 4

    assert numbers() == {
        "2024-01-01形成的文件": 1, "2024-02-01形成的文件": 2, "2024-03-01形成的文件": 3, "2024-01-15形成的文件": 1,
    }  # fmt: skip
    codes = set(Record.objects.values_list("reference_code", flat=True))
    assert {"J001-WS·2024-Y-BGS-0001", "J001-WS·2024-D30-BGS-0001"} <= codes


@pytest.mark.django_db
def test_provisional_numbers_move_with_the_order_until_they_are_fixed():
    captured("2024-03-01")
    number()
    captured("2024-01-01")
    number()
    assert numbers() == {"2024-01-01形成的文件": 1, "2024-03-01形成的文件": 2}


@pytest.mark.django_db
def test_late_records_follow_the_fixed_ones_whatever_their_date():
    captured("2024-03-01")
    number()
    fix()
    captured("2024-01-01")
    number()
    assert numbers() == {"2024-03-01形成的文件": 1, "2024-01-01形成的文件": 2}
    assert Record.objects.get(item_number=1).state == "filed"


@pytest.mark.django_db
def test_a_withdrawn_number_is_never_given_again_and_its_gap_keeps_the_reason():
    captured("2024-01-01", "2024-02-01", "2024-03-01")
    number()
    fix()
    last = Record.objects.get(item_number=3)
    withdraw_number(record=last, reason="误归，已转业务处室", actor=SYSTEM)
    number()
    fix()

    assert numbers()["2024-03-01形成的文件"] == 4
    (note,) = reference_notes(scheme=make.scheme(), year=2024)
    assert [(gap.number, gap.reason) for gap in note.gaps] == [(3, "误归，已转业务处室")]


@pytest.mark.django_db
def test_numbers_the_agency_gave_are_kept_and_a_hole_among_them_is_shown():
    captured("2024-01-01", metadata={"M8": "J001-WS·2024-Y-BGS-0002"})
    captured("2024-05-01", metadata={"M8": "J001-WS.2024-Y-BGS-0005"})
    captured("2024-02-01")
    number()
    fix()
    assert numbers() == {"2024-01-01形成的文件": 2, "2024-05-01形成的文件": 5, "2024-02-01形成的文件": 6}
    (note,) = reference_notes(scheme=make.scheme(), year=2024)
    assert [(gap.number, gap.reason) for gap in note.gaps] == [(1, ""), (3, ""), (4, "")]


@pytest.mark.django_db
def test_a_clerk_overrules_the_proposed_term_and_the_record_is_numbered_in_its_new_class():
    (record,) = captured("2024-01-01", flags=["retention:proposed"], department_id=records.department().id)
    number()
    reclassify(record=record, retention="30年", unit_code="BGS", actor=make.clerk())
    record.refresh_from_db()
    assert (record.retention, record.number_state, record.flags) == ("D30", "none", [])
    number()
    record.refresh_from_db()
    assert record.reference_code == "J001-WS·2024-D30-BGS-0001"


@pytest.mark.django_db
def test_a_fixed_record_is_not_reclassified():
    (record,) = captured("2024-01-01")
    number()
    fix()
    with pytest.raises(Conflict):
        reclassify(record=record, retention="30年", unit_code="BGS", actor=SYSTEM)


@pytest.mark.django_db
def test_a_clerk_does_not_fix_numbers_and_the_record_office_does():
    captured("2024-01-01")
    with pytest.raises(Forbidden):
        number(make.clerk())
    number(make.archivist())
    with pytest.raises(Forbidden):
        fix(make.clerk())
    assert fix(make.archivist()) == 1


@pytest.mark.django_db
def test_with_nothing_to_fix_nothing_is_fixed():
    make.scheme()
    with pytest.raises(Conflict):
        fix()


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("Z5")
def test_two_who_number_the_same_class_at_once_never_give_a_number_twice():
    captured(*(f"2024-01-{day:02d}" for day in range(1, 13)))
    start = threading.Barrier(4)
    faults = []

    def number_and_fix():
        try:
            start.wait()
            for _ in range(3):
                number()
                with suppress(Conflict):  # the other one fixed them
                    fix()
                captured("2024-06-01")
        except Exception as fault:  # noqa: BLE001
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=number_and_fix) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    number()
    fix()

    assert faults == []
    given = sorted(Record.objects.values_list("item_number", flat=True))
    assert given == list(range(1, 25))
