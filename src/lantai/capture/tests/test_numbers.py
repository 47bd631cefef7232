"""Provisional numbers are put in any order; a gap has its reason before the note is final."""

import threading
from contextlib import suppress

import pytest
from django.db import connection
from django.urls import reverse

from lantai.capture.api import reference_notes, withdraw_number
from lantai.capture.ordering import move_record, reorder
from lantai.capture.reference_note import check_note, explain_gap, write_note
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.records.api import Record, create_records
from lantai.records.tests import factories as records
from lantai.records.tests.test_pages import signed_in

from . import factories as make
from .test_arrangement import captured, fix, number

CLASS = "J001-WS·2024-Y-BGS"


def order():
    rows = Record.objects.exclude(item_number=None).order_by("item_number")
    return [(row.item_number, row.title[:10], row.reference_code[-4:]) for row in rows]


@pytest.mark.django_db
def test_a_record_is_moved_and_those_between_move_along():
    captured("2024-01-01", "2024-02-01", "2024-03-01")
    number()
    move_record(record=Record.objects.get(item_number=3), number=1, actor=SYSTEM)
    assert order() == [(1, "2024-03-01", "0001"), (2, "2024-01-01", "0002"), (3, "2024-02-01", "0003")]
    with pytest.raises(Invalid):
        move_record(record=Record.objects.get(item_number=3), number=4, actor=SYSTEM)
    fix()
    with pytest.raises(Conflict):
        move_record(record=Record.objects.get(item_number=3), number=1, actor=SYSTEM)


@pytest.mark.django_db
def test_an_order_of_another_class_or_of_yesterday_is_refused():
    rows = captured("2024-01-01", "2024-02-01")
    captured("2024-01-01", retention="D30")
    number()
    every = list(Record.objects.values_list("id", flat=True))
    for ids in (every, [rows[0].id], [*(row.id for row in rows), records.archive().id]):
        with pytest.raises(Conflict):
            reorder(scheme=make.scheme(), year=2024, record_ids=ids, actor=SYSTEM)


def move_some(turn):
    record = Record.objects.filter(number_state="provisional").order_by("item_number")[turn:].first()
    if record:
        move_record(record=record, number=(record.item_number or 0) + 3, actor=SYSTEM)


def withdraw_first(_turn):
    if record := Record.objects.filter(number_state="fixed").first():
        withdraw_number(record=record, reason="误归", actor=SYSTEM)


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("Z40")
def test_numbers_sorted_moved_fixed_and_withdrawn_at_once_are_never_doubled():
    scheme = make.scheme()
    create_records([records.draft(title=f"{n}", scheme_id=scheme.id) for n in range(30)], SYSTEM)
    number()
    errors = []

    def run(act):
        try:
            for turn in range(6):
                with suppress(Conflict, Record.DoesNotExist, Invalid):
                    act(turn)
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)
        finally:
            connection.close()

    acts = [lambda _n: number(), move_some, lambda n: n % 3 or fix(), withdraw_first, move_some]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    if number():
        fix()
    codes = list(Record.objects.values_list("reference_code", flat=True))
    assert len(set(codes)) == 30
    assert all(codes)
    (note,) = reference_notes(scheme=scheme, year=2024)
    assert not note.unexplained
    assert not {gap.reference_code for gap in note.gaps} & set(codes)


def with_gap():
    captured("2024-01-01", metadata={"M8": f"{CLASS}-0002"})
    number()
    fix()
    return {"scheme": make.scheme(), "year": 2024, "class_code": CLASS}


@pytest.mark.django_db
@pytest.mark.requirement("DA/T 22-2015 5.6.3")
def test_an_unexplained_gap_keeps_the_note_a_draft_until_it_has_its_reason():
    place = with_gap()
    write_note(**place, text="盒内齐全", actor=make.archivist(id="chen", name="陈墨"))
    checker = make.archivist(id="li", name="李检")
    with pytest.raises(Conflict, match="空号 1"):
        check_note(**place, actor=checker)
    with pytest.raises(Invalid):
        explain_gap(**place, number=1, reason=" ", actor=SYSTEM)
    explain_gap(**place, number=1, reason="原件由公安机关调走，未归还", actor=SYSTEM)
    with pytest.raises(Conflict):
        explain_gap(**place, number=1, reason="再说一遍", actor=SYSTEM)
    with pytest.raises(Forbidden):
        check_note(**place, actor=make.archivist(id="chen"))
    note = check_note(**place, actor=checker)
    assert (note.arranged_by_name, note.checked_by_name) == ("陈墨", "李检")
    captured("2023-12-31")
    number()
    assert Record.objects.get(number_state="provisional").item_number == 3
    with pytest.raises(NotFound):
        write_note(**{**place, "class_code": "J001-WS·2024-D10"}, text="", actor=SYSTEM)


@pytest.mark.django_db
def test_the_final_note_is_printed_only_when_it_is_final(client):
    place = with_gap()
    where = [place["scheme"].id, 2024]
    signed_in(client)
    final = {"class": CLASS, "final": ""}
    printed = reverse("capture:print_class", args=[*where, "note"])
    assert client.get(printed, final).status_code == 409
    client.post(reverse("capture:explain", args=where), {"class": CLASS, "number": "1", "reason": "重号作废"})
    client.post(reverse("capture:write_note", args=where), {"class": CLASS, "text": "齐全"})
    assert client.get(printed, final).status_code == 409
    signed_in(client)
    client.post(reverse("capture:write_note", args=where), {"class": CLASS, "act": "check"})
    page = client.get(reverse("capture:note", args=where)).content.decode()
    assert "重号作废" in page
    assert client.get(printed, final).content[:5] == b"%PDF-"
