"""A schedule proposes once the archive has approved it; its rules say why they fit."""

from datetime import date

import pytest
from django.urls import reverse

from lantai.core.actors import SYSTEM
from lantai.core.errors import Conflict, Forbidden, Invalid
from lantai.records.api import (
    Proposer,
    RetentionRule,
    RetentionSchedule,
    approve_schedule,
    import_schedule,
    submit_schedule,
)
from lantai.records.approval import return_schedule
from lantai.records.retention import type_of_title
from lantai.records.schedules import save_rule
from lantai.records.tests import factories as make
from lantai.records.tests.test_pages import signed_in

DAY = date(2024, 1, 1)


def rule(number="3.2", material="干部任免", retention="永久", **values):
    return RetentionRule(
        number=number, heading="人事", material=material, retention=retention,
        **{"keywords": ["任免"], **values},
    )  # fmt: skip


def draft(*rules, version="2024", **values):
    schedule = RetentionSchedule(
        agency=make.agency(), name="保管期限表", version=version, **{"effective_from": DAY, **values}
    )
    return import_schedule(schedule=schedule, rules=list(rules) or [rule()], actor=SYSTEM)


def propose(title, **values):
    return Proposer(make.agency().id, date(2025, 1, 1)).propose(title, **values)


@pytest.mark.django_db
@pytest.mark.requirement("Z40")
def test_a_proposal_names_the_words_that_matched_the_term_and_the_rule():
    make.approve(draft())
    found = propose("关于张三同志任免的通知")
    assert (found.term.code, found.matched) == ("Y", ("任免",))
    assert found.reason == "因题名含“任免” → 永久，依据《保管期限表》第 3.2 条“干部任免”。"


@pytest.mark.django_db
def test_every_kind_of_pattern_a_rule_names_must_match():
    make.approve(
        draft(
            rule("1", retention="10年", keywords=["验收"]),
            rule("2", retention="30年", keywords=["验收"], document_types=["批复"]),
            rule("3", retention="永久", keywords=["验收"], document_types=["批复"], issuers=["国务院"]),
            rule("4", retention="短期", keywords=[], issuers=["县人大"]),
        )
    )
    assert propose("关于工程验收的通知").rule_number == "1"
    assert propose("关于工程验收的批复").rule_number == "2"
    assert propose("关于工程验收的批复", issuer="国务院办公厅").matched == ("验收", "批复", "国务院")
    assert propose("来函", issuer="某县人大常委会").rule_number == "4"
    assert propose("来函", issuer="某县政协") is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [("关于印发纪要的通知（试行）", "通知"), ("党组会议纪要", "纪要"), ("《关于立项的请示》", "请示"), ("照片", "")],
)  # fmt: skip
def test_a_title_tells_its_document_type_at_its_end(title, kind):
    assert type_of_title(title) == kind


@pytest.mark.django_db
def test_only_an_approved_version_in_force_proposes():
    make.approve(draft())
    draft(rule(retention="10年"), version="2025", effective_from=date(2024, 6, 1))
    assert propose("任免").term.code == "Y"
    make.approve(RetentionSchedule.objects.get(version="2025"))
    assert propose("任免").term.code == "D10"
    assert Proposer(make.agency().id, date(2024, 3, 1)).propose("任免").term.code == "Y"


@pytest.mark.django_db
def test_what_was_sent_stands_still_and_comes_back_with_the_reason():
    schedule = submit_schedule(schedule=draft(), actor=SYSTEM)
    with pytest.raises(Conflict):
        save_rule(rule=schedule.rules.get(), actor=SYSTEM)
    with pytest.raises(Forbidden):
        approve_schedule(schedule=schedule, approval_number="1号", actor=SYSTEM)
    with pytest.raises(Invalid):
        approve_schedule(schedule=schedule, approval_number=" ", actor=make.receiver())
    returned = return_schedule(schedule=schedule, reason="第3.2条期限偏短", actor=make.receiver())
    assert (returned.state, returned.returned_for) == ("draft", "第3.2条期限偏短")
    save_rule(rule=schedule.rules.get(), actor=SYSTEM)


@pytest.mark.django_db
def test_an_import_is_all_or_nothing():
    for bad in (rule(material=" "), rule(retention="三千年"), rule()):
        with pytest.raises((Conflict, Invalid)):
            draft(rule(), bad)
    assert not RetentionSchedule.objects.exists()


@pytest.mark.django_db
def test_the_agency_sends_and_the_archive_decides_on_the_page(client):
    schedule = draft()
    signed_in(client)
    page = reverse("records:schedule", args=[schedule.id])
    assert "报档案馆审批" in client.get(page).content.decode()
    client.post(reverse("records:submit_schedule", args=[schedule.id]))
    signed_in(client, "receiving_archivist", make.archive())
    assert schedule.name in client.get(reverse("records:schedules_to_approve")).content.decode()
    assert "批准" in client.get(page).content.decode()
    decided = {"decision": "approve", "approval_number": "云档审〔2024〕9号"}
    client.post(reverse("records:decide_schedule", args=[schedule.id]), decided)
    schedule.refresh_from_db()
    assert (schedule.state, schedule.approval_number) == ("approved", "云档审〔2024〕9号")
