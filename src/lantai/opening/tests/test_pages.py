"""The reviewer's desk, through its real pages."""

import json
import re

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from lantai.institutions.api import Appointment, Person
from lantai.ledger.api import Entry
from lantai.opening.api import Decision, open_records, verify_decision
from lantai.opening.tests import factories as make
from lantai.records.api import Record
from lantai.records.tests import factories as records

pytestmark = pytest.mark.django_db


def reviewer(username):
    person = Person.objects.create(
        username=username, full_name=f"审核员{username}", organisation=records.archive(),
        must_change_password=False, password_changed_at=timezone.now(),
    )  # fmt: skip
    Appointment.objects.create(
        person=person, role="reviewer", organisation=records.archive(), granted_by="test"
    )
    return person


def sign_in(client, person):
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")


def mark_of(record):
    return Record.objects.get(id=record.id).opening_mark


@pytest.mark.requirement("S12")
def test_a_reviewer_opens_what_is_due_each_on_its_own_ground(client):
    old = make.held(date_text="19560301", title="一九五六年会议记录")
    told = make.held(date_text="20240601", disclosure="主动公开", title="办事指南")
    sign_in(client, reviewer("jia"))
    page = client.get("/desk/opening/").content.decode()
    assert "形成满二十五年（1956 年）" in page
    assert "已主动公开" in page
    answer = client.post(
        "/desk/opening/decide/", {"records": [old.id, told.id], "decision": "open"}, follow=True
    )
    assert "2 件已决定开放" in answer.content.decode()
    assert (mark_of(old), mark_of(told)) == ("open", "open")
    assert set(Decision.objects.values_list("ground", flat=True)) == {"term", "disclosed"}


def test_postponing_asks_for_the_case_and_the_reason_and_keeps_what_was_chosen(client):
    record = make.held(date_text="19560301")
    sign_in(client, reviewer("jia"))
    answer = client.post(
        "/desk/opening/decide/", {"records": [record.id], "decision": "postpone", "note": ""}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请选择延期的情形" in page
    assert re.search(rf'value="{record.id}"\s+checked', page)
    given = {"records": [record.id], "decision": "postpone", "ground": "postpone_3", "note": "涉及个人信息"}
    assert client.post("/desk/opening/decide/", given).status_code == 302
    assert mark_of(record) == "postponed"


def test_one_record_that_must_not_be_opened_holds_back_all_and_is_named(client):
    good = make.held(date_text="19560301")
    bad = make.held(date_text="19560301", flags=["personal_data"], title="婚姻登记")
    sign_in(client, reviewer("jia"))
    answer = client.post(
        "/desk/opening/decide/", {"records": [good.id, bad.id], "decision": "open", "note": "写了很久"}
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "婚姻登记" in page
    assert "写了很久" in page
    assert mark_of(good) == "unreviewed"


@pytest.mark.parametrize("chosen", [[], ["nonsense"], ["01a20000-0000-7000-8000-000000000000"]])
def test_nothing_chosen_or_nonsense_decides_nothing(client, chosen):
    sign_in(client, reviewer("jia"))
    answer = client.post("/desk/opening/decide/", {"records": chosen, "decision": "open"})
    assert answer.status_code in {404, 422}
    assert not Decision.objects.exists()


def test_the_decision_page_checks_the_seal_and_links_the_proof(client):
    record = make.held(date_text="19560301")
    decision = open_records([record.id], "term", "", make.reviewer())[0]
    sign_in(client, reviewer("jia"))
    page = client.get(f"/desk/opening/decisions/{decision.id}/").content.decode()
    assert "签名真实，档案与作决定时一致" in page
    assert str(Entry.objects.get(act="opening.open").id) in page
    Decision.objects.update(note="事后添加")
    assert "改动过" in client.get(f"/desk/opening/decisions/{decision.id}/").content.decode()


def test_the_author_is_not_offered_to_withdraw_and_a_colleague_is(client):
    author, colleague = reviewer("jia"), reviewer("yi")
    record = make.held(date_text="19560301")
    sign_in(client, author)
    client.post("/desk/opening/decide/", {"records": [record.id], "decision": "open"})
    decision = Decision.objects.get()
    url = f"/desk/opening/decisions/{decision.id}/"
    assert "撤回这项决定" not in client.get(url).content.decode()
    assert client.post(url + "withdraw/", {"reason": "看错"}).status_code == 403
    sign_in(client, colleague)
    assert "撤回这项决定" in client.get(url).content.decode()
    assert client.post(url + "withdraw/", {"reason": ""}).status_code == 422
    assert client.post(url + "withdraw/", {"reason": "含个人信息"}).status_code == 302
    assert mark_of(record) == "unreviewed"


def test_the_list_of_decisions_is_read_newest_first(client):
    first = make.held(date_text="19560301", title="先审")
    second = make.held(date_text="19570301", title="后审")
    for record in (first, second):
        open_records([record.id], "term", "", make.reviewer())
    sign_in(client, reviewer("jia"))
    page = client.get("/desk/opening/decisions/").content.decode()
    assert page.index("后审") < page.index("先审")


def test_only_reviewers_reach_the_queue(client):
    person = reviewer("jia")
    Appointment.objects.update(role="lookup_desk")
    sign_in(client, person)
    assert client.get("/desk/opening/").status_code == 403


def test_an_empty_queue_says_what_would_come(client):
    sign_in(client, reviewer("jia"))
    assert "没有等待审核的档案" in client.get("/desk/opening/").content.decode()


def run(*arguments):
    import typer

    from lantai.opening.commands import register

    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["opening", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def test_the_command_line_lists_what_is_due_and_opens_it_in_a_reviewers_name():
    record = make.held(date_text="19560301")
    reviewer("jia")
    code, listed = run("candidates")
    assert (code, listed["total"], listed["records"][0]["id"]) == (0, 1, str(record.id))
    code, opened = run("open", str(record.id), "--reviewer", "jia")
    assert (code, opened["opened"]) == (0, 1)
    assert verify_decision(Decision.objects.get(id=opened["decisions"][0])).genuine
    code, again = run("open", str(record.id), "--reviewer", "jia")
    assert (code, "已经是" in json.dumps(again, ensure_ascii=False)) == (1, True)
