"""Splits, merges and renames: who may do what before and after; what search and the plan make of it."""

from datetime import date

import pytest

from lantai.catalogue.api import Authority
from lantai.catalogue.fonds import names, reforming
from lantai.catalogue.fonds.models import FondsPaper, Reform
from lantai.catalogue.fonds.parties import Heir, Parties
from lantai.core.actors import SYSTEM, Actor
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.ports import allows
from lantai.institutions.api import (
    Department,
    Grant,
    Organisation,
    Person,
    answers_for,
    issue_api_key,
    person_actor,
)
from lantai.institutions.tests.factories import a_department, a_person
from lantai.records.api import Fonds, Record, record_for, scope_of
from lantai.records.services import refuse_handed_over
from lantai.records.tests.factories import agency, archive, fonds, organisation, receiver, record, scheme

from .reforms import DAY, done, may_see, officer, on_file, planned, water, with_fonds
from .terminal import run

pytestmark = pytest.mark.django_db


def merged():
    """Two agencies with fonds become a third, new one."""
    fonds(), with_fonds(water(), "J002"), scheme()
    return done(
        "merge",
        Parties((agency().code, water().code), (Heir("990100-009", "云州市发展水务委员会", (), "J009"),)),
    )


@pytest.mark.requirement("S15")
def test_after_a_merge_the_successor_answers_for_both_and_nobody_else_does():
    office = a_department(agency())
    mine = a_person("record_archivist", organisation=agency(), department=office)
    clerk = a_person("clerk", organisation=agency(), department=office)
    stranger = person_actor(
        a_person("record_archivist", organisation=organisation("990100-077", "别的局", "agency", archive()))
    )
    first = record(department_id=office.id)
    second = record(fonds_id=with_fonds(water(), "J002").id, agency_id=water().id)
    assert may_see(person_actor(mine), first)
    assert not may_see(person_actor(mine), second)
    merged()
    heir = Organisation.objects.get(code="990100-009")
    for person in (mine, clerk):
        person.refresh_from_db()
        assert person.organisation == heir
    keeper = person_actor(Person.objects.get(id=mine.id))
    assert keeper.roles == {"record_archivist"}
    for row in (first, second):
        assert may_see(keeper, row)
        assert allows(keeper, "record.download", scope_of(row))
        assert allows(keeper, "records.arrange", scope_of(row))
        assert record_for(row.id, keeper) == row
        assert not may_see(stranger, row)
        assert not allows(stranger, "records.arrange", scope_of(row))
    desk = person_actor(Person.objects.get(id=clerk.id))
    assert may_see(desk, first)  # its department moved with it
    assert not may_see(desk, second)
    assert Record.objects.get(id=first.id).agency == agency()  # provenance stays
    Record.objects.filter(id=first.id).update(custodian=archive(), state="held")
    with pytest.raises(Conflict, match="已经移交"):
        refuse_handed_over(Record.objects.get(id=first.id), keeper)
    fonds().refresh_from_db()
    assert fonds().ended == DAY
    assert "撤销" in fonds().history
    new = Fonds.objects.get(code="J009")
    assert new.creator == heir
    assert [row.year_from for row in new.schemes.all()] == [2026]


@pytest.mark.requirement("S15")
def test_after_a_split_the_main_successor_keeps_the_whole_and_the_other_reads_its_departments():
    one, two = a_department(agency()), a_department(agency())
    of_one, of_two = record(department_id=one.id), record(department_id=two.id)
    loose = record()
    heirs = (Heir("990100-011", "甲局", (str(one.id),)), Heir("990100-012", "乙局", (str(two.id),), "J012"))
    done("split", Parties((agency().code,), heirs))
    main, other = (Organisation.objects.get(code=heir.code) for heir in heirs)
    assert {Department.objects.get(id=row.id).organisation for row in (one, two)} == {main, other}
    whole = person_actor(a_person("record_archivist", organisation=main))
    part = person_actor(a_person("record_archivist", organisation=other))
    assert [may_see(whole, row) for row in (of_one, of_two, loose)] == [True, True, True]
    assert [may_see(part, row) for row in (of_one, of_two, loose)] == [False, True, False]
    assert [allows(part, "record.original", scope_of(row)) for row in (of_one, of_two)] == [False, True]
    assert allows(whole, "records.arrange", scope_of(of_two))
    assert not allows(part, "records.arrange", scope_of(of_two))
    assert answers_for(other.id) == {other.id}


@pytest.mark.requirement("S15")
def test_after_a_rename_either_name_finds_and_every_right_stays():
    keeper = a_person("record_archivist", organisation=water())
    made = record(fonds_id=with_fonds(water(), "J002").id, agency_id=water().id)
    assert names.names_beside("云州市水利局") == ()
    done("rename", Parties((water().code,), (), "云州市水务局"))
    house = water()
    assert (house.name, house.active) == ("云州市水务局", True)
    row = Fonds.objects.get(code="J002")
    assert row.name == "云州市水务局"
    assert "云州市水利局更名为云州市水务局" in row.history
    assert "云州市水务局" in names.names_beside("云州市水利局")
    assert "水利局文件" in names.names_beside("水务局文件")
    assert may_see(person_actor(keeper), made)
    assert FondsPaper.objects.get(fonds=row).kind == "reform"


@pytest.mark.requirement("S15")
def test_the_authority_file_keeps_the_old_name_and_tells_who_came_after():
    fonds(), with_fonds(water(), "J002"), on_file(water().name)
    done("rename", Parties((water().code,), (), "云州市水务局"))
    renamed = Authority.objects.get()
    assert (renamed.name, renamed.version) == ("云州市水务局", 2)
    assert "更名为云州市水务局" in renamed.history
    former = renamed.names.get(kind="former")
    assert (former.name, former.until_text) == ("云州市水利局", "2026-01-01")
    assert renamed.names.filter(name="简称").exists()
    ended = on_file(agency().name)
    done("merge", Parties((agency().code,), (Heir(water().code),)))
    ended.refresh_from_db()
    assert ended.ended == DAY
    assert ended.relations_from.get().target == renamed


def test_successors_of_successors_answer_too():
    merged()
    done("merge", Parties(("990100-009", organisation("990100-005", "云州市粮食局", "agency", archive()).code),
                          (Heir("990100-020", "云州市综合委员会"),)))  # fmt: skip
    last = Organisation.objects.get(code="990100-020")
    assert len(answers_for(last.id)) == 5


def test_grants_stay_and_keys_of_the_dissolved_end():
    given = a_person("reviewer", organisation=archive())
    Grant.objects.create(
        person=given, organisation=agency(), acts=["entry", "download"], until="2099-01-01T00:00Z", reason="编研",
        classification_max="内部", granted_by="x",
    )  # fmt: skip
    key, _secret = issue_api_key(organisation=agency(), label="办公系统", actor=SYSTEM)
    made = record()
    merged()
    assert allows(person_actor(given), "record.download", scope_of(made))
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_a_reform_is_looked_at_first_and_confirmed_by_somebody_else():
    made = planned("rename", Parties((agency().code,), (), "新名称"))
    seen = reforming.preview(made)
    assert [row.organisation for row in seen.effects] == [agency()]
    assert agency().name == "云州市发展和改革委员会"
    with pytest.raises(Forbidden):
        reforming.carry_out(reform=made, actor=receiver())
    own = Actor("x", "双角", frozenset({"security_officer", "receiving_archivist"}), archive().id)
    with pytest.raises(Forbidden, match="拟定人"):
        reforming.carry_out(reform=planned("rename", Parties((agency().code,), (), "丙"), by=own), actor=own)
    later = planned("rename", Parties((agency().code,), (), "丁"), day=date(2999, 1, 1))
    with pytest.raises(Conflict, match="生效日期"):
        reforming.carry_out(reform=later, actor=officer())
    reforming.withdraw_reform(reform=made, actor=receiver())
    with pytest.raises(Conflict, match="已撤回"):
        reforming.carry_out(reform=made, actor=officer())
    assert agency().active


@pytest.mark.parametrize(
    ("kind", "parties", "said"),
    [
        ("merge", Parties(("990100-001",), (Heir("x", "新"),)), "至少"),
        ("split", Parties(("990100-001",), (Heir("x", "新"), Heir("x", "新"))), "至少"),
        ("rename", Parties(("无此单位",), (), "新"), "没有这个单位"),
        ("rename", Parties(("990100-001",), (), " "), "新名称"),
        ("split", Parties(("990100-001",), (Heir("990100-001"), Heir("y", "新"))), "不能同时"),
        ("split", Parties(("990100-001",), (Heir("x", "新", ("nobody",)), Heir("y", "新"))), "不属于"),
        ("rename", Parties(("990100-001",), (), "云州市发展和改革委员会"), "与现名相同"),
        ("rename", Parties(("990100-001",), (), "云州市水利局"), "已有同名"),
        ("merge", Parties(("990100-001", "990100-001"), (Heir("990100-002"),)), "重复"),
        ("split", Parties(("990100-001",), (Heir("x", "云州市水利局"), Heir("y", "新"))), "已有同名"),
        ("cede", Parties(("990100-001",), ()), "至少"),
        ("cede", Parties(("990100-001",), (Heir("990100-002"),)), "划来的处室"),
        ("cede", Parties(("990100-001",), (Heir("990100-001"),)), "不能同时"),
        ("cede", Parties(("990100-001",), (Heir("990100-002", "", ("x",)),)), "不属于"),
        ("split", Parties(("990100-001",), (Heir("x", "甲", (), "J001"), Heir("y", "乙"))), "全宗号"),
        ("split", Parties(("990100-001",), (Heir("x", "甲", (), "J8"), Heir("y", "乙", (), "J8"))), "全宗号"),
    ],
)
def test_parties_that_contradict_themselves_are_refused(kind, parties, said):
    fonds(), water()
    with pytest.raises(Invalid, match=said):
        planned(kind, parties)


@pytest.mark.requirement("S15")
def test_an_agency_is_merged_into_one_that_stands():
    fonds(), with_fonds(water(), "J002")
    keeper = a_person("record_archivist", organisation=water())
    made = record()
    done("merge", Parties((agency().code,), (Heir(water().code),)))
    assert not Organisation.objects.get(id=agency().id).active
    assert water().active
    assert may_see(person_actor(keeper), made)
    assert Fonds.objects.get(code="J002").ended is None


@pytest.mark.requirement("S15")
def test_the_archive_plans_and_the_officer_confirms_on_the_page(client):
    def log_in(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")

    department = a_department(agency())
    fonds(), water()
    log_in(a_person("receiving_archivist", organisation=archive()))
    assert "拟定更名" in client.get("/desk/catalogue/reforms/").content.decode()
    for kind in ("rename", "merge", "split"):
        assert client.get(f"/desk/catalogue/reforms/plan/{kind}/").status_code == 200
    address = f"/desk/catalogue/reforms/plan/split/?agency={agency().code}"
    sent = {"document": "云编〔2026〕2号", "effective_on": "2026-01-01", f"goes-{department.id}": "2",
            "name-1": "甲局", "code-1": "990100-031", "heir-2": water().code}  # fmt: skip
    wrong = client.post(address, {**sent, "heir-2": ""})
    assert wrong.status_code == 422
    assert "承继单位 2 还没有填" in wrong.content.decode()
    half = client.post(address, {**sent, "code-1": ""})
    assert "新设单位的名称和机构代码都要填" in half.content.decode()
    answer = client.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    page = client.get(answer.url).content.decode()
    assert "处室去向" in page
    assert "确认生效" not in page.replace("确认生效以后", "")
    assert client.post(f"{answer.url}carry-out/").status_code == 403
    log_in(a_person("security_officer"))
    assert "机构改革等您确认" in client.get("/desk/").content.decode()
    assert "确认生效" in client.get(answer.url).content.decode()
    assert client.post(f"{answer.url}carry-out/").status_code == 302
    assert "甲局" in client.get(answer.url).content.decode()
    log_in(a_person("receiving_archivist", organisation=archive()))
    assert f"/desk/catalogue/guide/{fonds().id}/" in client.get(answer.url).content.decode()
    assert Reform.objects.get().state == "done"
    department.refresh_from_db()
    assert department.organisation == water()


def test_the_command_shows_the_effect_and_carries_it_out():
    fonds()
    given = ["reform", "rename", "--archive", archive().code, "--agency", agency().code,
             "--document", "云编〔2026〕3号", "--effective-on", "2026-01-01", "--new-name", "云州市发改委"]  # fmt: skip
    told = run(*given)
    assert (told["state"], told["effects"][0]["fonds"]) == ("planned", ["J001"])
    assert run(*given, "--confirm")["result"]["names"] == [["云州市发展和改革委员会", "云州市发改委"]]
