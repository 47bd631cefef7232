"""Stored reports: saved, read on their page, signed by a person."""

import json

import pytest
from django.urls import reverse

from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.core.findings import Outcome
from lantai.inspection.api import (
    awaiting_keys,
    inspect_package,
    report_json,
    save_report,
    sign_manual,
    standing_verdict,
)
from lantai.institutions.api import person_actor
from lantai.institutions.tests.factories import a_department, a_person, an_agency, an_archive
from lantai.ledger.api import entries_for

from .factories import item, package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_scanner")]


@pytest.fixture
def agency():
    return an_agency(archive=an_archive())


def saved(tmp_path, agency, *items, **more):
    report = inspect_package(package(tmp_path, *items, **more))
    return save_report(report, subject="submission:1", title="三月归档", organisation_id=agency.id)


def archivist(agency):
    return a_person("record_archivist", organisation=agency)


def test_a_report_is_kept_with_everything_but_the_passes(tmp_path, agency):
    report = saved(tmp_path, agency, item(tmp_path, 责任者="", 题名="关于\x00\ue863的通知"))
    rows = list(report.findings.all())
    assert [row.sequence for row in rows] == list(range(len(rows)))
    assert {row.outcome for row in rows} >= {"fail", "awaiting", "warn", "not_applicable"}
    assert "pass" not in {row.outcome for row in rows}
    assert report.counts["authenticity"]["pass"] > 0
    required = report.findings.get(key="int.meta.required")
    assert (required.item_number, required.code, required.blocking, required.item_returned) == (
        1, "GD-2-4", True, True,
    )  # fmt: skip
    assert json.dumps(report_json(report))


@pytest.mark.requirement("DA/T 70 GD-4-2")
def test_a_person_signs_what_waits_once_and_the_ledger_remembers(tmp_path, agency):
    report = saved(tmp_path, agency, item(tmp_path))
    actor = person_actor(archivist(agency))
    assert awaiting_keys(report) == ["sec.av.scan"]
    assert standing_verdict(report) is Outcome.AWAITING
    with pytest.raises(Invalid):
        sign_manual(report=report, key="sec.av.scan", actor=actor, outcome=Outcome.PASS, note=" ")
    sign_manual(report=report, key="sec.av.scan", actor=actor, outcome=Outcome.PASS, note="全盘扫描，无毒")
    assert standing_verdict(report) is Outcome.PASS
    assert [entry.act for entry in entries_for("submission:1")] == ["inspection.sign"]
    with pytest.raises(Conflict):
        sign_manual(report=report, key="sec.av.scan", actor=actor, outcome=Outcome.PASS, note="再签")
    report.refresh_from_db()
    assert report.verdict == "awaiting"


def test_a_refusal_by_a_person_stands(tmp_path, agency):
    report = saved(tmp_path, agency, item(tmp_path))
    sign_manual(
        report=report,
        key="sec.av.scan",
        actor=person_actor(archivist(agency)),
        outcome=Outcome.FAIL,
        note="查出病毒",
    )
    assert standing_verdict(report) is Outcome.FAIL


def test_what_went_back_is_not_held_against_what_stayed(tmp_path, agency):
    good = item(tmp_path, folder="2", 题名="函", 文号="2号")
    report = saved(tmp_path, agency, item(tmp_path, 责任者=""), good)
    assert report.verdict == "fail"
    assert standing_verdict(report) is Outcome.AWAITING


def test_only_the_agency_s_own_archivist_signs(tmp_path, agency):
    report = saved(tmp_path, agency, item(tmp_path))
    for stranger in (
        archivist(an_agency()),
        a_person("clerk", organisation=agency, department=a_department(agency)),
    ):
        with pytest.raises(Forbidden):
            sign_manual(
                report=report,
                key="sec.av.scan",
                actor=person_actor(stranger),
                outcome=Outcome.PASS,
                note="无毒",
            )


def test_the_page_says_what_to_do_and_takes_the_signature(tmp_path, agency, client):
    report = saved(
        tmp_path, agency, item(tmp_path), item(tmp_path, folder="2", 题名="函", 文号="2号", 责任者="")
    )
    client.force_login(archivist(agency), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("inspection:report", args=[report.id]))
    assert page.status_code == 200
    assert "请补填“责任者”" in page.content.decode()
    assert "要改好再交" in page.content.decode()
    other = client.get(reverse("inspection:report", args=[report.id]), {"nature": "usability"})
    assert "请补填“责任者”" not in other.content.decode()
    sign = reverse("inspection:sign", args=[report.id])
    assert client.post(sign, {"key": "sec.av.scan", "outcome": "pass", "note": ""}).status_code == 422
    signed = client.post(sign, {"key": "sec.av.scan", "outcome": "pass", "note": "无毒"}, follow=True)
    assert "无毒" in signed.content.decode()
    assert awaiting_keys(report) == []


def test_the_report_comes_as_pdf_and_json_and_stands_in_the_list(tmp_path, agency, client):
    report = saved(tmp_path, agency, item(tmp_path))
    client.force_login(archivist(agency), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("inspection:report_pdf", args=[report.id])).content.startswith(b"%PDF")
    answer = client.get(reverse("inspection:report_json", args=[report.id])).json()
    assert answer["verdict"] == "awaiting"
    assert answer["findings"][0]["code"].startswith("GD-")
    assert "三月归档" in client.get(reverse("inspection:reports")).content.decode()


def test_reports_of_others_are_not_there(tmp_path, agency, client):
    report = saved(tmp_path, agency, item(tmp_path))
    client.force_login(archivist(an_agency()), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("inspection:report", args=[report.id])).status_code == 404
    assert "还没有检测报告" in client.get(reverse("inspection:reports")).content.decode()


def test_the_archive_that_receives_sees_the_report(tmp_path, agency, client):
    report = saved(tmp_path, agency, item(tmp_path))
    receiver = a_person("receiving_archivist", organisation=agency.archive)
    client.force_login(receiver, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("inspection:report", args=[report.id])).status_code == 200
