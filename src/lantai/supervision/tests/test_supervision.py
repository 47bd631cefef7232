"""Who is late, with what, since when; and being reminded of it."""

import csv
import datetime
import io
import json
import smtplib

import pytest
import typer
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from lantai.capture import api as capture
from lantai.catalogue.quality.models import QualityScore
from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, NotFound
from lantai.core.settings import home
from lantai.inspection.api import Report, ReportFinding
from lantai.institutions.api import create_organisation, create_region, dissolve, person_actor
from lantai.institutions.tests import factories as people
from lantai.ledger.api import Entry
from lantai.records.api import Record
from lantai.records.tests import factories as records
from lantai.supervision.api import Reminder, lines, remind, remind_due, standing_reminder
from lantai.supervision.commands import register
from lantai.supervision.reminding import level_of
from lantai.supervision.selectors import agency_for, common_faults, owed_by_class, years_for

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S18")]


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTAI_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "data").mkdir(parents=True)


@pytest.fixture
def supervisor():
    return people.a_person("supervisor", organisation=people.a_supervisor())


@pytest.fixture
def actor(supervisor):
    return person_actor(supervisor)


def agency_beside(supervisor, code="LATE", kind="agency", region=None):
    return create_organisation(
        region=region or supervisor.organisation.region,
        kind=kind,
        name=f"云州市{code}局",
        code=code,
        actor=SYSTEM,
    )


def owes(agency, count=3, years_ago=2):
    day = datetime.date(timezone.localdate().year - years_ago, 3, 5)
    matters = [
        capture.MatterDraft(number=f"云水〔{day.year}〕{n}号", title=f"关于第{n}号水闸的批复", closed_on=day)
        for n in range(1, count + 1)
    ]
    capture.register_matters(agency=agency, matters=matters, source="api", actor=SYSTEM)
    return agency


def enter(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


@pytest.mark.requirement("Z74")
def test_a_line_tells_how_much_with_what_and_since_when(supervisor, actor):
    late = owes(agency_beside(supervisor))
    good = agency_beside(supervisor, "GOOD")
    (first, *others) = lines(actor)
    assert first.agency == late
    assert (first.overdue, first.expected, first.grounds) == (3, 3, [("办结未归", 3)])
    assert first.since == datetime.date(timezone.localdate().year - 1, 6, 30)
    assert [(name, width) for name, _start, width in first.parts] == [("overdue", 100.0)]
    assert good in [line.agency for line in others]
    assert not any(line.overdue for line in others)


def test_each_supervisor_sees_the_own_region_alone(supervisor, actor):
    elsewhere = create_region(name="外市", division_code="440000", parent=None, actor=SYSTEM)
    stranger = owes(agency_beside(supervisor, "FAR", region=elsewhere))
    assert stranger not in [line.agency for line in lines(actor)]
    with pytest.raises(NotFound):
        agency_for(actor, stranger.id)
    with pytest.raises(Forbidden):
        remind(agency=stranger, actor=actor)
    with pytest.raises(Forbidden):
        lines(people.an_actor("record_archivist", organisation=stranger))


def test_lines_are_filtered_and_sorted(supervisor, actor):
    long_late = owes(agency_beside(supervisor, "LONG"), count=1, years_ago=4)
    much_late = owes(agency_beside(supervisor, "MUCH"), count=5)
    village = agency_beside(supervisor, "VILL", kind="village")
    assert lines(actor)[0].agency == much_late
    assert lines(actor, sort="since")[0].agency == long_late
    assert [line.agency for line in lines(actor, kind="village")] == [village]
    assert not any(line.overdue for line in lines(actor, year=1999))
    assert lines(actor, region="000000") == []


@pytest.mark.requirement("Z2")
def test_whose_entries_are_worst_and_why_and_since_when(supervisor, actor, client):
    bad, good = agency_beside(supervisor, "BAD"), agency_beside(supervisor, "GOOD")
    found_on = timezone.now() - datetime.timedelta(days=40)
    for agency, points, by_rule in ((bad, 640, {"no-pages": 9, "mandatory": 4}), (good, 1000, {})):
        QualityScore.objects.create(
            fonds=records.fonds(), agency=agency, year=2020, records=10, failing=sum(by_rule.values()) and 10, points=points,
            by_rule=by_rule, failing_since=found_on if by_rule else None,
        )  # fmt: skip
    worst, best, *unseen = lines(actor, sort="described")
    assert [line.agency for line in (worst, best)] == [bad, good]
    assert (worst.described.score, worst.described.since, best.described.score) == (64.0, found_on, 100.0)
    assert worst.described.causes == [("缺少必著项", 4), ("页数为 0", 9)]
    assert all(line.described is None for line in unseen)
    enter(client, supervisor)
    page = client.get("/desk/supervision/?sort=described").content.decode()
    assert page.index("BAD局") < page.index("GOOD局")
    assert "缺少必著项 4" in page
    day = timezone.localdate(found_on).isoformat()
    assert f"{day} 起" in page
    one = client.get(f"/desk/supervision/{bad.id}/").content.decode()
    assert "平均 64.0 分：10 件里有 10 件著录有问题。" in one
    assert day in one
    rows = list(
        csv.reader(io.StringIO(client.get("/desk/supervision/export.csv").content.decode("utf-8-sig")))
    )
    told = dict(zip(rows[0], next(row for row in rows if row[1] == "BAD"), strict=True))
    assert (told["著录得分"], told["主要问题"], told["最早发现"]) == ("64.0", "缺少必著项 4；页数为 0 9", day)


def test_quality_comes_from_the_inspection_reports(supervisor, actor):
    agency = agency_beside(supervisor)
    now = timezone.now()
    Report.objects.create(
        subject="submission:x", organisation=agency, stage="GD", kind="folder", verdict="fail", item_count=8,
        accepted_count=6, input_digest="", started_at=now, finished_at=now,
    )  # fmt: skip
    ReportFinding.objects.create(
        report=Report.objects.get(), sequence=1, key="int.item.attachments", code="GD-2-1", clause="", nature="int",
        subject="附件", outcome="fail", item_returned=True,
    )  # fmt: skip
    (fault,) = common_faults([agency.id])
    assert (fault["code"], fault["count"]) == ("GD-2-1", 1)
    line = next(line for line in lines(actor) if line.agency == agency)
    assert (line.handed_in, line.returned, line.return_rate) == (8, 2, 0.25)


@pytest.mark.requirement("S19")
def test_a_reminder_is_kept_told_and_never_sent_twice_a_day(supervisor, actor):
    agency = owes(agency_beside(supervisor))
    keeper = people.an_actor("record_archivist", organisation=agency)
    assert standing_reminder(agency.id, keeper.roles) is None
    sent = remind(agency=agency, actor=actor, note="请本周办结。")
    assert "3 项逾期未归" in sent.text
    assert sent.text.endswith("请本周办结。")
    assert Entry.objects.filter(act="supervision.remind", subject=f"organisation:{agency.id}").count() == 1
    assert standing_reminder(agency.id, keeper.roles) == sent
    with pytest.raises(Conflict):
        remind(agency=agency, actor=actor)
    assert Reminder.objects.count() == 1
    for row in capture.expectations_of(agency.id):
        capture.explain_missing(expectation=row, text="作废", actor=SYSTEM)
    assert standing_reminder(agency.id, keeper.roles) is None


def test_nobody_is_reminded_of_nothing(supervisor, actor):
    with pytest.raises(Conflict):
        remind(agency=agency_beside(supervisor), actor=actor)


def test_reminders_escalate_by_how_late_the_oldest_is():
    assert [level_of(days)[0] for days in (0, 29, 30, 90, 400)] == [1, 1, 2, 3, 3]
    assert "supervisor" in level_of(90)[1]["roles"]


def test_the_worker_reminds_after_a_grace_and_then_pauses(supervisor):
    agency = owes(agency_beside(supervisor))
    assert remind_due() == 0, "found only today"
    capture.Expectation.objects.update(found_on=timezone.localdate() - datetime.timedelta(days=3))
    assert remind_due() == 1
    assert remind_due() == 0
    Reminder.objects.update(sent_on=timezone.localdate() - datetime.timedelta(days=7))
    assert remind_due() == 1
    assert {row.sent_by for row in Reminder.objects.filter(agency=agency)} == {"system"}


@pytest.mark.parametrize("reachable", [True, False])
def test_an_e_mail_goes_out_where_a_server_is_named_and_its_failure_is_told(
    supervisor, actor, monkeypatch, reachable
):
    agency = owes(agency_beside(supervisor))
    (home() / "data" / "reminders.toml").write_text(
        'automatic = true\npause_days = 7\ngrace_days = 3\n[[level]]\nafter_days = 0\nroles = ["clerk"]\n'
        'name = "催办"\n[addresses]\nLATE = ["das@example.gov.cn"]\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("LANTAI_MAIL_URL", "smtp://127.0.0.1:9")
    sent = []
    if reachable:
        monkeypatch.setattr(smtplib.SMTP, "__init__", lambda self, *args, **kwargs: None)
        monkeypatch.setattr(smtplib.SMTP, "sendmail", lambda self, source, to, text: sent.append((to, text)))
        monkeypatch.setattr(smtplib.SMTP, "quit", lambda self: None)
    reminder = remind(agency=agency, actor=actor)
    assert (reminder.mailed_to == ["das@example.gov.cn"]) is reachable
    assert bool(reminder.mail_problem) is not reachable
    assert [to for to, _text in sent] == ([["das@example.gov.cn"]] if reachable else [])


def test_the_supervisor_opens_the_agency_and_reminds_it(client, supervisor):
    agency = owes(agency_beside(supervisor))
    enter(client, supervisor)
    page = client.get(reverse("supervision:agencies")).content.decode()
    assert agency.name in page
    assert "办结未归 3" in page
    page = client.get(reverse("supervision:agency", args=[agency.id])).content.decode()
    assert "关于第1号水闸的批复" in page
    sent = client.post(reverse("supervision:remind", args=[agency.id]), {"note": ""})
    assert "今天已经催办过" in client.get(sent.url).content.decode()
    again = client.post(reverse("supervision:remind", args=[agency.id]), follow=True)
    assert "一天最多一次" in again.content.decode()


def test_a_region_without_agencies_says_so(client, supervisor):
    enter(client, supervisor)
    answer = client.get(reverse("supervision:agencies"), {"region": "000000", "year": "x", "sort": "x"})
    assert "这里没有要看的单位" in answer.content.decode()


def test_the_page_is_saved_as_it_is_chosen(client, supervisor):
    owes(agency_beside(supervisor, "=CMD()"))
    enter(client, supervisor)
    answer = client.get(reverse("supervision:export", args=["csv"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    row = next(row for row in rows if "=CMD()" in row[1])
    assert row[1].startswith("'="), "a spreadsheet must not run it"
    assert row[9] == "3"
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(reverse("supervision:export", args=["xlsx"])).content)
    )
    assert len(book.get_sheet_by_index(0).to_python()) == len(rows)
    assert client.get(reverse("supervision:export", args=["pdf"])).status_code == 404


def test_the_command_names_who_is_late_and_ends_with_one():
    root = typer.Typer()
    root.command("other")(lambda: None)  # with one command alone there are no names
    register(root)
    agency = owes(people.an_agency())
    answer = CliRunner().invoke(root, ["supervision", "late", "--json"])
    assert answer.exit_code == 1
    found = json.loads(answer.stdout)
    assert found["agencies"][0]["code"] == agency.code
    assert (found["late"], found["overdue"]) == (1, 3)


def test_an_agency_page_tells_what_is_due_for_transfer(client):
    supervisor = people.a_person("supervisor", organisation=people.a_supervisor())
    agency = records.agency()
    supervisor.organisation.region = agency.region
    supervisor.organisation.save()
    make = Record(
        archive=agency.archive, fonds=records.fonds(), scheme=records.scheme(year_from=1950), agency=agency,
        custodian=agency, title="旧档", year=1990, retention="Y", state="filed",
    )  # fmt: skip
    make.save()
    enter(client, supervisor)
    page = client.get(reverse("supervision:agency", args=[agency.id])).content.decode()
    assert "到期应移交" in page
    assert "J001 · 1990" in page


@pytest.mark.requirement("Z2")
def test_an_agencys_page_tells_the_years_and_classes_it_owes(client, supervisor):
    agency = owes(agency_beside(supervisor), count=2)
    day = datetime.date(timezone.localdate().year - 3, 9, 4)
    plan = capture.MatterDraft(number="云水建〔1〕1号", title="加固施工图", closed_on=day, category="KJ")
    capture.register_matters(agency=agency, matters=[plan], source="api", actor=SYSTEM)
    assert [(row.year, row.name, row.count) for row in owed_by_class(agency.id)] == [
        (day.year, "科技", 1),
        (day.year + 1, "", 2),
    ]
    enter(client, supervisor)
    address = reverse("supervision:agency", args=[agency.id])
    page = client.get(address, {"year": day.year, "category": "KJ"}).content.decode()
    assert "加固施工图" in page
    assert "水闸的批复" not in page
    assert "欠在哪些年度和门类" in page


@pytest.mark.requirement("S15")
def test_what_an_agency_owed_its_successor_owes(supervisor, actor):
    ended, heir = owes(agency_beside(supervisor)), agency_beside(supervisor, "HEIR")
    dissolve(
        predecessor=ended, heirs={}, main=heir, since=timezone.localdate(), basis="reform:x", actor=SYSTEM
    )
    (line,) = lines(actor)
    assert (line.agency, line.overdue) == (heir, 3)
    assert years_for(actor)
    keeper = people.an_actor("record_archivist", organisation=heir)
    assert capture.owed_by(keeper).count() == 3
    assert remind(agency=heir, actor=actor).overdue == 3
    assert capture.late_agencies(timezone.localdate()) == [heir.id]
