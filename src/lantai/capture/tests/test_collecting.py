"""What an archive collects: read from its spreadsheet, approved by its supervisor, asked of its agencies."""

import datetime
import io
import json

import pytest
import typer
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from lantai.capture.collecting import services
from lantai.capture.collecting.commands import register
from lantai.capture.collecting.coverage import roster, specialised
from lantai.capture.collecting.models import CollectingScope, RosterClass, RosterUnit
from lantai.capture.collecting.scope_table import read_scope
from lantai.capture.collecting.selectors import collecting, scope_in_force, scopes_for
from lantai.capture.collecting.specialised import class_named, specialised_classes
from lantai.capture.completeness.expecting import refresh
from lantai.capture.models import Expectation
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.settings import home
from lantai.institutions.api import issue_api_key
from lantai.institutions.tests import factories as people
from lantai.ledger.api import Entry
from lantai.records.api import categories
from lantai.records.tests import factories as records

from . import factories as make
from .test_completeness import filed
from .test_schedules import workbook

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S40")]
HEAD = [
    "序号",
    "单位名称",
    "机构代码",
    "单位类别",
    "门类",
    "专业档案",
    "起始年度",
    "终止年度",
    "保管期限",
    "备注",
    "经费",
]
OWN = "云州市发展和改革委员会"
TODAY = datetime.date(2026, 11, 22)


def sheet(tmp_path, *rows):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(workbook(*rows))
    return path


def read(tmp_path, *rows):
    records.agency()
    return read_scope(sheet(tmp_path, ["云州市档案馆收集范围"], HEAD, *rows), records.archive())


def supervisor(**values):
    body = records.organisation("990100-S", "云州市档案局", "supervisor")
    values = {"id": "tangjian", "name": "唐鉴", "roles": frozenset({"supervisor"}), **values}
    return Actor(via="web", organisation_id=body.id, **values)


def drafted(*classes, version="2026", since=datetime.date(2020, 1, 1), agency=None):
    unit = RosterUnit(number=1, name=OWN, agency=agency or make.agency())
    scope = CollectingScope(archive=records.archive(), name="收集范围", version=version, effective_from=since)
    return services.draft_scope(scope=scope, roster=[(unit, list(classes))], actor=make.receiver())


def approved(*classes, **values):
    scope = drafted(*classes, **values)
    services.submit_scope(scope=scope, actor=make.receiver())
    return services.approve_scope(scope=scope, approval_number="云档〔2026〕3号", actor=supervisor())


def test_a_sheet_names_bodies_and_what_each_hands_over(tmp_path):
    table = read(
        tmp_path,
        [1, OWN, "990100-001", "政府部门", "文书、会计档案", "", 1984, "", "永久、30年以上", "", ""],
        ["", "", "", "", "", "行政许可", "2018年", "", "", "", ""],
        [2, "云州市物资局", "", "已撤销", "WS", "", "历年", "1998年度", "", "并入发改委", ""],
    )
    assert not table.problems
    (first, classes), (second, others) = table.units
    assert (first.agency, first.heading, second.agency, second.note) == (
        records.agency(), "政府部门", None, "并入发改委",
    )  # fmt: skip
    told = [(row.category, row.specialised, row.year_from, row.year_to) for row in [*classes, *others]]
    assert told == [
        ("WS", "", 1984, None),
        ("KU", "", 1984, None),
        ("ZY", "licence", 2018, None),
        ("WS", "", None, 1998),
    ]
    assert classes[0].terms == ["Y", "D30", "D100", "长期"]
    assert (table.elsewhere, table.unknown, table.classes) == (["云州市物资局"], ["经费"], 4)


def test_every_bad_row_is_named_with_what_to_do(tmp_path):
    other = records.organisation("990200-A", "邻市档案馆")
    records.organisation("990200-001", "邻市水务局", "agency", other)
    table = read(
        tmp_path,
        ["", "", "", "", "文书"],
        [1, OWN, "", "", "文书", "", 1984, 1980],
        [2, "甲局", "", "", "天书"],
        [3, "乙局", "", "", "", ""],
        [4, "邻市水务局", "990200-001", "", "文书"],
        [5, "丙局", "", "", "文书", "", "民国"],
        [6, "丁局", "", "", "", "炼金档案"],
        [7, "戊局", "", "", "文书", "", "", "", "三千年"],
        [8, "己局", "", "", "文书", "", 1990],
        [8, "", "", "", "文书", "", 1995],
    )
    assert [bad.row for bad in table.problems] == [3, 4, 5, 6, 7, 8, 9, 10, 12]
    told = " ".join(bad.problem for bad in table.problems)
    for word in (
        "没有写单位名称",
        "早于",
        "天书",
        "没有写门类",
        "不是本馆",
        "民国",
        "炼金",
        "三千年",
        "写了两次",
    ):
        assert word in told
    with pytest.raises(Invalid, match="表头"):
        read_scope(sheet(tmp_path, ["单位", "电话"]), records.archive())


def test_the_supervisor_approves_what_the_archive_sent_and_it_stands_still():
    kind = RosterClass(category="WS")
    scope = drafted(kind)
    with pytest.raises(Forbidden):
        services.submit_scope(scope=scope, actor=make.archivist())
    with pytest.raises(Conflict):
        services.approve_scope(scope=scope, approval_number="1", actor=supervisor())
    services.submit_scope(scope=scope, actor=make.receiver())
    for actor in (make.receiver(), supervisor(id="receiving_archivist")):
        with pytest.raises(Forbidden):
            services.approve_scope(scope=scope, approval_number="1", actor=actor)
    with pytest.raises(Invalid):
        services.approve_scope(scope=scope, approval_number=" ", actor=supervisor())
    services.return_scope(scope=scope, reason="请列入街道", actor=supervisor())
    again = drafted(RosterClass(category="WS"), RosterClass(category="KU"))
    assert again.returned_for == "请列入街道"
    assert CollectingScope.objects.get() == again
    services.submit_scope(scope=again, actor=make.receiver())
    services.approve_scope(scope=again, approval_number="云档〔2026〕3号", actor=supervisor())
    with pytest.raises(Conflict):
        drafted(RosterClass(category="WS"))
    assert scope_in_force(records.archive().id, TODAY).approval_number == "云档〔2026〕3号"
    acts = Entry.objects.filter(subject=f"collecting:{scope.id}").order_by("id")
    assert [entry.act.partition(".")[2].removesuffix("_collecting") for entry in acts] == [
        "draft", "submit", "return", "draft", "submit", "approve",
    ]  # fmt: skip


def test_a_supervisor_of_another_region_has_no_say():
    elsewhere = people.a_supervisor(region=people.a_region("880000"))
    actor = Actor(
        id="x", name="旁人", via="web", roles=frozenset({"supervisor"}), organisation_id=elsewhere.id
    )
    scope = drafted(RosterClass(category="WS"))
    services.submit_scope(scope=scope, actor=make.receiver())
    assert not scopes_for(actor).exists()
    with pytest.raises(Forbidden):
        services.approve_scope(scope=scope, approval_number="1", actor=actor)


def test_of_approved_versions_the_one_that_began_last_is_in_force():
    early = approved(RosterClass(category="WS"), version="2020")
    late = approved(RosterClass(category="KU"), version="2026", since=datetime.date(2026, 6, 1))
    archive = records.archive().id
    assert scope_in_force(archive, datetime.date(2026, 5, 31)) == early
    assert scope_in_force(archive, TODAY) == late
    assert scope_in_force(archive, datetime.date(2019, 1, 1)) is None


def test_a_class_nobody_filed_is_expected_until_it_comes():
    approved(
        RosterClass(category="WS"),
        RosterClass(category="KU", year_to=2010),
        RosterClass(category="ZY", specialised="marriage"),
    )
    agency = make.agency()
    refresh(agency.id, today=TODAY)
    found = {row.key: row for row in Expectation.objects.filter(ground="roster")}
    assert set(found) == {"roster:2025:WS:", "roster:2025:ZY:marriage"}
    assert found["roster:2025:WS:"].state == "overdue"
    assert "婚姻登记档案" in found["roster:2025:ZY:marriage"].title
    filed(1, year=2025)
    refresh(agency.id, today=TODAY)
    states = dict(Expectation.objects.filter(ground="roster").values_list("category", "state"))
    assert states == {"WS": "met", "ZY": "overdue"}
    approved(RosterClass(category="WS"), version="2026-2", since=datetime.date(2026, 1, 1))
    refresh(agency.id, today=TODAY)
    assert list(Expectation.objects.filter(ground="roster").values_list("category", flat=True)) == ["WS"]


@pytest.mark.requirement("S41")
def test_specialised_records_are_told_by_the_scheme_that_files_them():
    fonds = records.fonds()
    marriage = records.scheme(fonds=fonds, category="ZY", name="婚姻登记档案", year_from=2001)
    records.scheme(fonds=fonds, category="KU", name="会计档案", year_from=2002)
    records.record(scheme_id=marriage.id, year=2025)
    scope = approved(
        RosterClass(category="ZY", specialised="marriage"),
        RosterClass(category="ZY", specialised="adoption"),
    )
    lines = {line.found.key: line for line in specialised(records.archive().id, scope)}
    assert set(lines) == set(specialised_classes())
    told = {key: lines[key].standing for key in ("marriage", "adoption", "accounting", "customs")}
    assert told == {"marriage": "waiting", "adoption": "none", "accounting": "absent", "customs": "absent"}
    assert lines["marriage"].schemes == [marriage]
    assert lines["marriage"].figures.last_year == 2025
    (line,) = roster(scope, scope.units.all())
    assert {each.name: each.standing for each in line.classes} == {
        "婚姻登记档案": "waiting", "收养登记档案": "none",
    }  # fmt: skip


@pytest.mark.requirement("S41")
def test_the_list_of_specialised_records_is_whole_and_a_region_may_keep_its_own():
    found = specialised_classes()
    assert len(found) > 60
    assert {row.confidence for row in found.values()} == {"high", "middle", "own"}
    assert all(row.category in categories() and row.levels for row in found.values())
    assert class_named("婚姻登记").key == "marriage"
    assert class_named("炼金档案") is None
    own = home() / "data" / "specialised.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(
        '[[class]]\nkey="a"\nname="海岛档案"\nfield="政务"\ncategory="ZY"\nmakers="海岛办"\nlevels=["city"]\n'
    )
    try:
        assert list(specialised_classes()) == ["a"]
    finally:
        own.unlink()


def test_records_are_asked_for_by_unit_class_year_and_term():
    approved(
        RosterClass(category="WS", year_from=2000, terms=["Y"]),
        RosterClass(category="ZY", specialised="notary"),
    )
    asked = collecting(records.archive().id, TODAY)
    given = {
        "agency_id": make.agency().id, "category": "WS", "scheme": "文书档案", "year": 2005, "retention": "Y", "usual": ["D30"],
    }  # fmt: skip
    assert asked.takes(**given)
    notary = {"category": "ZY", "scheme": "公证档案", "retention": "D30"}
    assert asked.takes(**given | notary)
    refused = (
        {"year": 1999}, {"retention": "D30"}, {"category": "KU"}, {"agency_id": records.archive().id},
        notary | {"scheme": "政务服务档案"}, notary | {"retention": "Y"},
    )  # fmt: skip
    assert not any(asked.takes(**given | values) for values in refused)
    assert collecting(records.archive().id, datetime.date(2019, 1, 1)) is None


def enter(client, role, organisation):
    person = people.a_person(role, organisation=organisation)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


def hand_in(client, *rows):
    file = SimpleUploadedFile("名册.xlsx", workbook(HEAD, *rows))
    values = {"file": file, "name": "收集范围", "version": "2026", "effective_from": "2026-01-01"}
    return client.post(reverse("capture:import_collecting"), values)


def test_the_archive_imports_and_sends_and_the_supervisor_approves_on_their_pages(client):
    make.agency()
    enter(client, "receiving_archivist", records.archive())
    refused = hand_in(client, [1, OWN, "", "", "天书"])
    assert refused.status_code == 422
    assert "天书" in refused.content.decode()
    row = [1, OWN, "990100-001", "政府部门", "文书", "婚姻登记", 1984]
    assert hand_in(client, row).status_code == 302
    scope = CollectingScope.objects.get()
    page = reverse("capture:collecting_scope", args=[scope.id])
    assert "婚姻登记档案" in client.get(page).content.decode()
    assert client.post(reverse("capture:submit_collecting", args=[scope.id])).status_code == 302
    decide = reverse("capture:decide_collecting", args=[scope.id])
    assert client.post(decide, {"decision": "approve", "approval_number": "1"}).status_code == 403
    supervisor()
    enter(client, "supervisor", records.organisation("990100-S", kind="supervisor"))
    assert "等您审核" in client.get(reverse("capture:collecting_scopes")).content.decode()
    client.post(decide, {"decision": "approve", "approval_number": "云档〔2026〕3号"})
    assert "现行" in client.get(page).content.decode()
    assert "应收未收 1" in client.get(reverse("capture:specialised")).content.decode()
    none = client.get(reverse("capture:specialised") + "?show=none").content.decode()
    assert "婚姻登记档案" in none
    assert "海关业务档案" not in none
    book = client.get(reverse("capture:export_specialised")).content
    assert len(sheet_of(book)) == len(specialised_classes()) + 1


def sheet_of(content):
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_the_exported_roster_can_be_imported_again(client, tmp_path):
    scope = approved(
        RosterClass(category="WS", year_from=1984, terms=["Y", "D30"]),
        RosterClass(category="ZY", specialised="notary"),
    )
    enter(client, "record_archivist", make.agency())
    path = tmp_path / "again.xlsx"
    path.write_bytes(client.get(reverse("capture:export_collecting", args=[scope.id])).content)
    table = read_scope(path, records.archive())
    assert not table.problems
    ((unit, classes),) = table.units
    assert unit.name == OWN
    assert [(row.category, row.specialised, row.year_from, row.terms) for row in classes] == [
        ("WS", "", 1984, ["Y", "D30"]), ("ZY", "notary", None, []),
    ]  # fmt: skip


def test_an_agencys_system_reads_what_is_asked_of_it(client):
    _key, text = issue_api_key(organisation=make.agency(), label="办公系统", actor=SYSTEM)
    key = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    assert client.get("/api/v1/collecting-scope", **key).status_code == 404
    approved(RosterClass(category="WS", year_from=1984))
    body = client.get("/api/v1/collecting-scope", **key).json()
    assert (body["archive"], body["version"], body["next"]) == ("990100-A", "2026", None)
    (unit,) = body["units"]
    assert unit["on_platform"]
    assert unit["classes"][0]["year_from"] == 1984
    kinds = client.get("/api/v1/specialised-classes", **key).json()["classes"]
    assert {row["standing"] for row in kinds} == {"absent"}
    assert client.get("/api/v1/collecting-scope?archive=990900-X", **key).status_code == 404


def test_the_command_makes_a_draft_or_names_bad_rows(tmp_path):
    records.agency()
    app = typer.Typer()
    register(app)
    app.callback()(lambda: None)

    def run(*rows):
        given = ["collecting", "import", str(sheet(tmp_path, HEAD, *rows)), "--archive", "990100-A", "--json"]
        result = CliRunner().invoke(app, given)
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])

    code, told = run([1, OWN, "", "", "天书"])
    assert (code, told["id"], told["problems"][0]["row"]) == (1, "", 2)
    code, told = run([1, OWN, "", "", "文书、会计"], [2, "云州市物资局", "", "", "文书"])
    assert (code, told["units"], told["classes"], told["elsewhere"]) == (0, 2, 3, ["云州市物资局"])
    assert str(CollectingScope.objects.get().id) == told["id"]
