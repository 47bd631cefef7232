"""Manual checks until they are signed, and plans an archive changes."""

import io

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.findings import Outcome
from lantai.inspection.api import (
    Inspection,
    assign_manual,
    awaiting_keys,
    change_plan,
    inspect_package,
    lines_of,
    plan_in_force,
    report_json,
    save_report,
    score_of,
    sign_manual,
    signable_keys,
    standing_verdict,
    tasks_of,
)
from lantai.inspection.models import PlanVersion
from lantai.inspection.parts import _plan_in_full, _plan_in_short, _results_in_full
from lantai.inspection.word import report_docx
from lantai.institutions.api import person_actor
from lantai.institutions.tests.factories import a_person, an_agency, an_archive
from lantai.ledger.api import entries_for
from lantai.packages.api import open_package

from .factories import item, package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_scanner")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def agency():
    return an_agency(archive=an_archive())


@pytest.fixture
def signer(agency):
    return a_person("record_archivist", organisation=agency)


def saved(tmp_path, agency, plan=None):
    with open_package(package(tmp_path, item(tmp_path))) as opened:
        inspection = Inspection(opened, plan_in_force=plan)
        list(inspection.items())
        return save_report(
            inspection.report(), subject="submission:1", title="三月", organisation_id=agency.id
        )


def line(report, key):
    return next(found for found in lines_of(report) if found.key == key)


def settings_of(plan, stage="GD", **changes):
    """Settings that say what the plan says, but for the changes."""
    return {
        rule.key: {"in_plan": rule.in_plan, "blocking": stage in rule.blocking, "weight": rule.weight}
        | changes.get(rule.key.replace(".", "_"), {})
        for rule in plan.rules.values()
        if stage in rule.codes
    }


@pytest.mark.requirement("DA/T 70 GD-4-7")
def test_a_manual_check_is_unchecked_in_every_form_until_it_is_signed(tmp_path, agency, signer):
    report = saved(tmp_path, agency)
    assert line(report, "sec.process").state == "unchecked"
    assert awaiting_keys(report) == ["sec.av.scan"], "what does not block does not hold the verdict"
    assert "sec.process" in signable_keys(report)
    written = docx.Document(io.BytesIO(report_docx(report)))
    cells = [[cell.text for cell in row.cells] for table in written.tables for row in table.rows]
    assert ["GD-4-7", "操作过程安全性检测", "未检"] in [row[:3] for row in cells]
    assert {row["key"]: row["state"] for row in report_json(report)["lines"]}["sec.process"] == "unchecked"
    before = score_of(report)
    shown = ("记录.txt", "已核对".encode())
    actor = person_actor(signer)
    sign_manual(
        report=report, key="sec.process", actor=actor, outcome=Outcome.PASS, note="核对了日志", evidence=shown
    )
    assert line(report, "sec.process").state == "pass"
    assert score_of(report) > before
    decision = report_json(report)["decisions"][0]
    assert (decision["evidence"], len(decision["evidence_sm3"])) == ("记录.txt", 64)
    with pytest.raises(Conflict):
        sign_manual(report=report, key="sec.process", actor=actor, outcome=Outcome.PASS, note="再签")


def test_evidence_has_a_limit(tmp_path, agency, signer):
    report = saved(tmp_path, agency)
    with pytest.raises(Invalid):
        sign_manual(
            report=report,
            key="sec.process",
            actor=person_actor(signer),
            outcome=Outcome.PASS,
            note="核对",
            evidence=("大.bin", bytes(9 * 2**20)),
        )


def test_a_check_is_assigned_and_leaves_the_list_when_signed(tmp_path, agency, signer):
    report = saved(tmp_path, agency)
    chief = person_actor(a_person("record_archivist", organisation=agency))
    task = assign_manual(report=report, key="sec.process", assignee_id=signer.id, actor=chief)
    assert list(tasks_of(person_actor(signer))) == [task]
    assert [entry.act for entry in entries_for("submission:1")] == ["inspection.assign"]
    stranger = a_person("record_archivist", organisation=an_agency())
    with pytest.raises(Invalid):
        assign_manual(report=report, key="sec.process", assignee_id=stranger.id, actor=chief)
    sign_manual(
        report=report, key="sec.process", actor=person_actor(signer), outcome=Outcome.PASS, note="核对"
    )
    assert not tasks_of(person_actor(signer)).exists()


def test_the_pages_take_an_assignment_evidence_and_filters(tmp_path, agency, signer, client):
    report = saved(tmp_path, agency)
    client.force_login(signer, backend=BACKEND)
    page = client.get(reverse("inspection:report", args=[report.id])).content.decode()
    assert "未检" in page
    assert "看不到的：" in page
    asked = {"key": "sec.process", "assignee": str(signer.id)}
    client.post(reverse("inspection:assign", args=[report.id]), asked)
    assert "操作过程安全性检测" in client.get(reverse("inspection:tasks")).content.decode()
    signed = {
        "key": "sec.process",
        "outcome": "pass",
        "note": "核对日志",
        "evidence": SimpleUploadedFile("记录.txt", b"log"),
    }
    client.post(reverse("inspection:sign", args=[report.id]), signed)
    decision = report.decisions.get()
    answer = client.get(reverse("inspection:evidence", args=[report.id, decision.id]))
    assert (answer.content, "attachment" in answer["Content-Disposition"]) == (b"log", True)
    assert client.get(reverse("inspection:report_docx", args=[report.id])).content[:2] == b"PK"
    listed = reverse("inspection:reports")
    assert "三月" in client.get(listed, {"stage": "GD", "verdict": "awaiting"}).content.decode()
    assert "三月" not in client.get(listed, {"stage": "YJ"}).content.decode()
    assert "没有这样的检测报告" in client.get(listed, {"verdict": "fail"}).content.decode()


def test_a_supervisor_sees_the_reports_of_the_region_alone(tmp_path, agency, client):
    report = saved(tmp_path, agency)
    client.force_login(a_person("supervisor", organisation=agency.archive), backend=BACKEND)
    assert client.get(reverse("inspection:report", args=[report.id])).status_code == 200
    assert "三月" in client.get(reverse("inspection:reports")).content.decode()


def test_every_change_of_a_plan_is_a_version_and_old_reports_keep_theirs(tmp_path, agency, signer):
    officer = person_actor(a_person("receiving_archivist", organisation=agency.archive))
    before = saved(tmp_path, agency, plan_in_force(agency.archive_id, "GD"))
    changes = settings_of(
        plan_in_force(agency.archive_id, "GD"),
        sec_process={"in_plan": True, "blocking": True, "weight": 9},
        auth_link={"in_plan": False, "blocking": False, "weight": 1},
    )
    given = {"archive": agency.archive, "stage": "GD", "category": "", "settings": changes}
    first = change_plan(**given, note="过程必检", actor=officer)
    assert (first.version, [entry.act for entry in entries_for(f"plan:{first.id}")]) == (
        1, ["inspection.change_plan"],
    )  # fmt: skip
    with pytest.raises(Invalid):
        change_plan(**given, note="再存一次", actor=officer)
    with pytest.raises(Forbidden):
        change_plan(**given, note="我也改", actor=person_actor(signer))
    after = saved(tmp_path, agency, plan_in_force(agency.archive_id, "GD", "WS"))
    assert awaiting_keys(after) == ["sec.av.scan", "sec.process"], "a manual check that blocks is waited for"
    assert "auth.link" not in {found.key for found in lines_of(after)}
    assert line(after, "sec.process").weight == 9
    assert "auth.link" in {found.key for found in lines_of(before)}
    assert before.plan_version != after.plan_version
    assert standing_verdict(after) is Outcome.AWAITING
    other = plan_in_force(an_archive().id, "GD")
    assert "GD" not in other.rules["sec.process"].blocking


def test_the_plan_pages_save_a_new_version(agency, client):
    client.force_login(a_person("receiving_archivist", organisation=agency.archive), backend=BACKEND)
    assert "用平台自带的方案" in client.get(reverse("inspection:plans")).content.decode()
    page = reverse("inspection:plan", args=["GD"])
    assert "GD-1-1" in client.get(page).content.decode()
    filled = {"note": "试行"}
    for key, setting in settings_of(plan_in_force(agency.archive_id, "GD")).items():
        filled[f"weight:{key}"] = setting["weight"]
        filled |= {f"{name}:{key}": "on" for name in ("in_plan", "blocking") if setting[name]}
    assert client.post(page, filled | {"note": ""}).status_code == 422
    saved_page = client.post(page, filled, follow=True).content.decode()
    assert "第 1 版" in saved_page
    assert "试行" in saved_page


def test_the_changes_of_plans_page_by_key_down_to_the_first(agency, client):
    client.force_login(a_person("receiving_archivist", organisation=agency.archive), backend=BACKEND)
    PlanVersion.objects.bulk_create(
        PlanVersion(archive=agency.archive, stage="GD", version=number, note=f"改第{number}次")
        for number in range(1, 62)
    )
    first = client.get(reverse("inspection:plans"))
    assert "改第1次" not in first.content.decode()
    rest = client.get(reverse("inspection:plans") + first.context["page"].next_url).content.decode()
    assert "改第1次" in rest


def test_a_plan_and_its_results_come_back_from_their_short_form(tmp_path):
    report = inspect_package(package(tmp_path, item(tmp_path)))
    short = _plan_in_short(report.plan, report.results)
    assert _plan_in_full(short) == list(report.plan)
    assert _results_in_full(short) == {key: counts for key, counts in report.results.items() if counts}
