"""What should have come against what came."""

import datetime
from dataclasses import replace

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from lantai.capture import api as capture
from lantai.capture.completeness.arrivals import note_arrivals
from lantai.capture.completeness.expecting import refresh, sweep
from lantai.capture.completeness.matter_table import read_matters
from lantai.capture.completeness.numbers import fold_number, missing_serials, series_of
from lantai.capture.completeness.selectors import explanations_for, owed_by, own_expectation
from lantai.capture.models import Expectation, Submission, Tally
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.core.events import deliver_pending
from lantai.core.settings import home
from lantai.ledger.api import Entry
from lantai.records.api import Record, RecordsChanged, RetentionRule, RetentionSchedule, import_schedule
from lantai.records.tests import factories as records

from . import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S19")]
TODAY = datetime.date(2026, 11, 22)
LONG_AGO = datetime.date(2024, 3, 5)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(
        "django.utils.timezone.localdate", lambda value=None: value.date() if value else TODAY
    )


def draft(serial=1, closed_on=LONG_AGO, **values):
    values = {"title": f"关于第{serial}号水利工程的批复", **values}
    return capture.MatterDraft(number=f"云发改〔2024〕{serial}号", closed_on=closed_on, **values)


def register(*drafts, actor=None):
    return capture.register_matters(
        agency=make.agency(), matters=drafts, source="api", actor=actor or make.archivist()
    )


def filed(*serials, documents=1, year=2024, month=3, responsible=""):
    """Records as capture makes them, told to completeness as the outbox does."""
    agency, scheme = make.agency(), make.scheme()
    rows = [
        Record.objects.create(
            archive=agency.archive, fonds=scheme.fonds, scheme=scheme, agency=agency, custodian=agency,
            title=f"第{serial}号", responsible=responsible or agency.name, year=year, document_number=f"云发改[{year}]{serial}号",
            date_start=datetime.date(year, month, 1), date_end=datetime.date(year, month, 1),
            date_certainty="exact",
        )
        for serial in serials
    ]  # fmt: skip
    for row in rows:
        for place in range(1, documents + 1):
            row.documents.create(sequence=place, original_name=f"{place}.pdf")
    note_arrivals([RecordsChanged(tuple(row.id for row in rows), "created")])
    return rows


def of(ground):
    return {row.key: row for row in Expectation.objects.filter(ground=ground)}


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("云发改〔2024〕12号", "云发改〔2024〕12号"),
        ("云发改[2024]012 号", "云发改〔2024〕12号"),
        ("云发改（２０２４）第12号", "云发改〔2024〕12号"),
        ("办件 330100-7", "办件330100-7"),
        ("", ""),
    ],
)
def test_numbers_written_differently_are_one_number(written, folded):
    assert fold_number(written) == folded


@given(st.text(max_size=40))
def test_folding_a_number_twice_changes_nothing(text):
    assert fold_number(fold_number(text)) == fold_number(text)


@given(st.sets(st.integers(1, 60), min_size=1))
def test_missing_and_known_numbers_make_the_whole_series(known):
    missing = missing_serials(known, least_known=1, least_share=0)
    assert sorted([*known, *missing]) == list(range(1, max(known) + 1))


def test_little_known_of_a_series_says_nothing():
    assert missing_serials({40, 41, 300}, 3, 0.5) == []
    assert series_of(fold_number("没有顺序号")) is None


@pytest.mark.requirement("Z2")
def test_a_closed_matter_is_overdue_until_it_is_filed_and_then_counts_as_late():
    assert register(draft(1), draft(2, closed_on=TODAY)) == capture.Registered(2, 0, 0)
    late, open_ = of("matter")["matter:云发改〔2024〕1号"], of("matter")["matter:云发改〔2024〕2号"]
    assert (late.state, open_.state) == ("overdue", "open")
    assert late.due_on == datetime.date(2025, 6, 30)
    filed(1, 2)
    late.refresh_from_db()
    open_.refresh_from_db()
    assert (late.state, late.late, open_.state, open_.late) == ("met", True, "met", False)
    assert Tally.objects.get(year=2024).late == 1
    assert Tally.objects.get(year=2026).met == 1


def test_a_matter_is_met_only_when_all_its_documents_came():
    register(draft(1, documents=("正文", "附件一", "附件二")))
    (record,) = filed(1, documents=2)
    (row,) = of("matter").values()
    assert (row.state, row.expected, row.came) == ("overdue", 3, 2)
    record.documents.create(sequence=3, original_name="3.pdf")
    note_arrivals([RecordsChanged((record.id,), "described")])
    row.refresh_from_db()
    assert row.state == "met"
    record.state = "destroyed"
    record.save()
    note_arrivals([RecordsChanged((record.id,), "described")])
    row.refresh_from_db()
    assert (row.state, row.came) == ("overdue", 0)


def test_telling_a_register_again_changes_nothing_and_otherwise_corrects():
    register(draft(1))
    before = Entry.objects.count()
    assert register(draft(1)) == capture.Registered(0, 0, 1)
    assert Entry.objects.count() == before
    assert register(draft(1, title="改过的题名")) == capture.Registered(0, 1, 0)
    assert of("matter")["matter:云发改〔2024〕1号"].title == "改过的题名"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"title": " "}, Invalid),
        ({"closed_on": TODAY + datetime.timedelta(days=1)}, Invalid),
        ({"department": "没有的部门"}, Invalid),
        ({"classification": "机密★10年"}, Forbidden),
    ],
)
def test_a_matter_that_cannot_be_is_refused_whole(values, error):
    with pytest.raises(error):
        register(draft(1), replace(draft(2), **values))
    assert not Expectation.objects.exists()


def test_another_agency_registers_nothing():
    with pytest.raises(Forbidden):
        register(draft(1), actor=replace(make.archivist(), organisation_id=None))


def test_a_gap_in_the_agencys_own_numbers_is_missed_and_filled():
    filed(1, 2, 4, 5)
    assert [row.number for row in of("gap").values()] == ["云发改〔2024〕3号"]
    assert of("gap")["gap:云发改〔2024〕:3"].state == "overdue"
    filed(3)
    assert of("gap")["gap:云发改〔2024〕:3"].state == "met"


def test_a_number_that_is_registered_is_no_gap_but_a_missing_matter():
    filed(1, 2, 4)
    register(draft(3))
    assert not of("gap")
    assert of("matter")["matter:云发改〔2024〕3号"].state == "overdue"


def test_numbers_of_other_bodies_have_no_gaps():
    filed(1, 2, 4, responsible="云州市财政局")
    assert not of("gap")


def test_last_years_months_are_expected_again_unless_a_register_speaks():
    filed(*range(1, 9), year=2025, month=3)
    refresh(make.agency().id)
    row = of("pattern")["pattern:WS:2026-03"]
    assert (row.expected, row.came, row.state) == (4, 0, "open")
    filed(*range(1, 5), year=2026, month=3)
    assert of("pattern")["pattern:WS:2026-03"].state == "met"
    register(draft(1, closed_on=TODAY))
    assert "pattern:WS:2026-03" not in of("pattern")


def scope_table(*rules):
    """The agency's scope table, approved, of rules with a material and the words it is known by."""
    schedule = RetentionSchedule(
        agency=make.agency(), name="归档范围", version="1", effective_from=datetime.date(2020, 1, 1)
    )
    rows = [
        RetentionRule(number=number, material=material, retention="永久", keywords=keywords, **more)
        for number, material, keywords, more in rules
    ]
    return import_schedule(schedule=schedule, rules=rows, actor=SYSTEM)


def test_what_the_scope_table_says_comes_every_year_is_missed_until_it_came_for_the_year_past():
    table = scope_table(
        ("1.1", "本机关年度工作总结", ["工作总结"], {}),
        ("1.2", "财务决算", ["决算"], {}),
        ("1.3", "人事任免的通知", ["任免"], {}),
        ("1.4", "处室的工作计划", ["计划"], {"department": records.department()}),
    )
    filed(1, year=2025, responsible="云州市财政局")
    refresh(make.agency().id)
    assert not of("scope"), "a table nobody approved expects nothing"

    records.approve(table)
    refresh(make.agency().id)
    told = of("scope")
    assert set(told) == {"scope:2025:1.1", "scope:2025:1.2"}, "neither what comes at times nor a department's"
    summary = told["scope:2025:1.1"]
    assert (summary.title, summary.number, summary.state) == (
        "2025 年的“本机关年度工作总结”",
        "1.1",
        "overdue",
    )
    assert (summary.year, summary.due_on) == (2025, datetime.date(2026, 6, 30))

    (record,) = filed(2, year=2024)
    (late,) = filed(3, year=2025)
    for row in (record, late):
        row.title = "云州市发展和改革委员会工作总结"
        row.save()
    note_arrivals([RecordsChanged((record.id,), "described")])
    assert of("scope")["scope:2025:1.1"].state == "overdue", "the summary of another year is another"
    note_arrivals([RecordsChanged((late.id,), "described")])
    told = of("scope")
    assert (told["scope:2025:1.1"].state, told["scope:2025:1.1"].late) == ("met", True)
    assert told["scope:2025:1.2"].state == "overdue"


def test_an_agency_gone_quiet_is_told_until_it_sends_again():
    for days in (400, 390, 380, 370):
        Submission.objects.create(
            agency=make.agency(), channel="api", title="月报", package_path="x", submitted_by="x",
            submitted_by_name="x",
            received_at=datetime.datetime.combine(TODAY, datetime.time(9), datetime.UTC) - datetime.timedelta(days=days),
        )  # fmt: skip
    sweep()
    (row,) = of("quiet").values()
    assert row.state == "overdue"
    Submission.objects.create(
        agency=make.agency(), channel="api", title="月报", package_path="x", submitted_by="x",
        submitted_by_name="x", received_at=datetime.datetime.combine(TODAY, datetime.time(9), datetime.UTC),
    )  # fmt: skip
    sweep()
    row.refresh_from_db()
    assert (row.state, row.late) == ("met", True)


def test_time_alone_makes_what_is_open_overdue():
    register(draft(1, closed_on=TODAY))
    Expectation.objects.update(due_on=TODAY - datetime.timedelta(days=1))
    sweep()
    assert Expectation.objects.get().state == "overdue"
    assert capture.overdue_of(make.agency().id)[0] == 1


def test_an_explanation_is_accepted_or_not():
    register(draft(1))
    (row,) = of("matter").values()
    with pytest.raises(Invalid):
        capture.explain_missing(expectation=row, text=" ", actor=make.clerk())
    said = capture.explain_missing(expectation=row, text="此号作废", actor=make.clerk())
    assert said.state == "explained"
    assert list(explanations_for(make.receiver())) == [said]
    with pytest.raises(Forbidden):
        capture.decide_explanation(expectation=row, accepted=True, note="", actor=make.archivist())
    with pytest.raises(Invalid):
        capture.decide_explanation(expectation=row, accepted=False, note="", actor=make.receiver())
    refused = capture.decide_explanation(
        expectation=row, accepted=False, note="作废也要存底稿", actor=make.receiver()
    )
    assert refused.state == "overdue"
    capture.explain_missing(expectation=row, text="底稿已补在 2 号", actor=make.clerk())
    capture.decide_explanation(expectation=row, accepted=True, note="", actor=make.receiver())
    with pytest.raises(Conflict):
        capture.explain_missing(expectation=row, text="再说", actor=make.clerk())
    register(draft(1, title="改过"))
    assert of("matter")[row.key].state == "explained", "what people said stays"
    filed(1)
    assert of("matter")[row.key].state == "met"


def test_nobody_sees_what_another_agency_owes():
    register(draft(1))
    stranger = replace(make.clerk(), organisation_id=make.agency().archive_id)
    assert not owed_by(stranger).exists()
    with pytest.raises(NotFound):
        own_expectation(stranger, Expectation.objects.get().id)


def test_records_captured_for_real_meet_their_matters():
    register(draft(7))
    make.processed(make.package(make.item(7)))
    while deliver_pending("capture.completeness"):
        pass
    assert of("matter")["matter:云发改〔2024〕7号"].state == "met"


def table(*rows, headings=("文号", "题名", "办结日期", "应归文件")):
    path = home() / "register.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["2024 年办结登记"])
        for number, row in enumerate([headings, *rows], 1):
            sheet.write_row(number, 0, row)
    return path


def test_a_register_is_read_from_a_spreadsheet_and_bad_rows_are_named():
    found = read_matters(
        table(
            ("云发改〔2024〕1号", "关于甲的批复", "2024-03-05", "正文、附件一"),
            ("", "关于乙的批复", "2024年"),
        )
    )
    assert found.matters[0].documents == ("正文", "附件一")
    assert [(bad.row, bad.problem) for bad in found.problems] == [(4, "缺办件号。")]
    with pytest.raises(Invalid):
        read_matters(table(headings=("甲", "乙")))
