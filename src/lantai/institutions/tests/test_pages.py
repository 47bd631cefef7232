from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from lantai.core.actors import SYSTEM
from lantai.core.errors import Forbidden
from lantai.ledger.api import Entry

from ..log_review import reviewed_by
from ..models import ApiKey, Appointment, Department, Grant, LogReview, Organisation, Person
from ..selectors import actor_names, person_actor
from ..services.accounts import remove_authenticator
from ..services.api_keys import issue_api_key
from .factories import a_person, a_person_as, a_region, an_agency, an_archive

pytestmark = pytest.mark.django_db


def a_client(role: str) -> Client:
    client = Client()
    client.force_login(a_person_as(role))
    return client


def test_the_system_officer_opens_an_account_and_hands_over_its_password():
    client, agency = a_client("system_officer"), an_agency()
    form = {"username": "zhouheng", "full_name": "周衡", "organisation": agency.id}
    answer = client.post("/desk/people/new/", form)
    first = answer.context["password"]
    assert first in answer.content.decode()
    fresh = Client()
    fresh.post("/login/", {"username": "zhouheng", "password": first})
    assert fresh.get("/account/")["Location"] == "/account/password/"


def test_an_account_is_disabled_enabled_and_reset():
    client, person = a_client("system_officer"), a_person()
    client.post(f"/desk/people/{person.id}/active/", {"active": "0"})
    person.refresh_from_db()
    assert not person.active
    client.post(f"/desk/people/{person.id}/active/", {"active": "1"})
    answer = client.post(f"/desk/people/{person.id}/password/")
    person.refresh_from_db()
    assert person.active
    assert person.check_password(answer.context["password"])
    assert person.must_change_password


def test_no_officer_alone_takes_an_account_over():
    """The one who resets passwords does not remove authenticators, and the other way round."""
    person = a_person()
    device = TOTPDevice.objects.create(user=person, confirmed=True)
    system, security = a_client("system_officer"), a_client("security_officer")
    assert system.post(f"/desk/people/{person.id}/authenticator/").status_code == 403
    assert security.post(f"/desk/people/{person.id}/password/").status_code == 403
    with pytest.raises(Forbidden):
        remove_authenticator(person=person, actor=person_actor(a_person_as("system_officer")))
    first = system.post(f"/desk/people/{person.id}/password/").context["password"]
    assert "解除动态口令" not in system.get(f"/desk/people/{person.id}/").content.decode()
    fresh = Client()
    fresh.post("/login/", {"username": person.username, "password": first})
    assert fresh.get("/account/authenticator/")["Location"].startswith("/login/")
    assert TOTPDevice.objects.filter(pk=device.pk, confirmed=True).exists()
    assert "解除动态口令" in security.get(f"/desk/people/{person.id}/").content.decode()
    assert security.post(f"/desk/people/{person.id}/authenticator/").status_code == 302
    assert not TOTPDevice.objects.filter(user=person).exists()


def test_the_security_officer_revokes_keys_and_issues_none():
    key, _text = issue_api_key(organisation=an_agency(), label="办公系统", actor=SYSTEM)
    client = a_client("security_officer")
    shown = client.get("/desk/api-keys/").content.decode()
    assert "办公系统" in shown
    assert "发一个密钥</a>" not in shown
    assert client.get("/desk/api-keys/new/").status_code == 403
    with pytest.raises(Forbidden):
        issue_api_key(
            organisation=key.organisation, label="私用", actor=person_actor(a_person_as("security_officer"))
        )
    assert client.post(f"/desk/api-keys/{key.id}/revoke/").status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_the_security_officer_appoints_and_the_system_officer_may_not():
    person = a_person()
    address, form = f"/desk/people/{person.id}/appointments/", {"role": "audit_officer"}
    assert a_client("system_officer").post(address, form).status_code == 403
    client = a_client("security_officer")
    assert client.post(address, form).status_code == 302
    answer = client.post(address, {"role": "system_officer"})
    assert answer.status_code == 422
    assert "不得兼任" in answer.content.decode()
    appointment = Appointment.objects.get(person=person)
    client.post(f"/desk/people/{person.id}/appointments/{appointment.id}/end/")
    assert person_actor(person).roles == {"public"}


def test_a_term_given_by_day_includes_that_day():
    person, client = a_person(), a_client("security_officer")
    today = timezone.localdate()
    client.post(f"/desk/people/{person.id}/appointments/", {"role": "audit_officer", "until": today})
    assert person_actor(person).roles == {"audit_officer"}
    until = timezone.localtime(Appointment.objects.get(person=person).until)
    assert (until.date(), until.hour) == (today + timedelta(days=1), 0)


def test_the_security_officer_grants_and_takes_back():
    person, client = a_person_as("clerk"), a_client("security_officer")
    form = {
        "organisation": an_agency().id,
        "acts": ["entry", "print"],
        "until": timezone.localdate() + timedelta(days=7),
        "reason": "编史",
    }
    assert client.post(f"/desk/people/{person.id}/grants/", form | {"acts": []}).status_code == 422
    assert client.post(f"/desk/people/{person.id}/grants/", form).status_code == 302
    given = Grant.objects.get()
    assert given.acts == ["entry", "print"]
    assert "编史" in client.get(f"/desk/people/{person.id}/").content.decode()
    client.post(f"/desk/people/{person.id}/grants/{given.id}/end/")
    given.refresh_from_db()
    assert given.until <= timezone.now()


def test_people_are_found_by_part_of_a_name():
    a_person(username="lin-zhi", full_name="林之")
    a_person(username="wang", full_name="王衡")
    answer = a_client("audit_officer").get("/desk/people/?q=林之")
    assert [person.username for person, _roles in answer.context["rows"]] == ["lin-zhi"]
    assert "没有找到" in a_client("audit_officer").get("/desk/people/?q=无此人").content.decode()


def test_organisations_are_registered_and_stand_in_the_tree():
    client = a_client("system_officer")
    client.post("/desk/organisations/regions/new/", {"name": "东屿省", "division_code": "990000"})
    region = a_region()
    wrong = {"name": "远县", "division_code": "880100", "parent": region.id}
    answer = client.post("/desk/organisations/regions/new/", wrong)
    assert answer.status_code == 422
    assert "不属于上级" in answer.content.decode()
    form = {"region": region.id, "kind": "archive", "name": "东屿省档案馆", "code": "G001"}
    answer = client.post("/desk/organisations/new/", form)
    archive = Organisation.objects.get()
    assert answer["Location"] == f"/desk/organisations/{archive.id}/"
    form = {"name": "保管部", "code": "BG", "kind": "ordinary"}
    client.post(f"/desk/organisations/{archive.id}/departments/new/", form)
    assert Department.objects.get().organisation == archive
    for address in ("/desk/organisations/", answer["Location"]):
        assert "东屿省档案馆" in client.get(address).content.decode()


def test_a_record_archivist_issues_keys_for_the_own_agency_alone():
    person, other = a_person_as("record_archivist"), an_agency()
    client = Client()
    client.force_login(person)
    form = {
        "label": "办公系统",
        "rate_per_minute": 60,
        "expires_at": timezone.localdate() + timedelta(days=30),
    }
    assert client.post("/desk/api-keys/new/", form | {"organisation": other.id}).status_code == 422
    answer = client.post("/desk/api-keys/new/", form | {"organisation": person.organisation_id})
    text = answer.context["text"]
    assert text in answer.content.decode()
    key = ApiKey.objects.get()
    assert text not in (key.digest, key.prefix)
    assert text not in client.get("/desk/api-keys/").content.decode()
    strangers, _text = issue_api_key(organisation=other, label="别家的", actor=SYSTEM)
    assert "别家的" not in client.get("/desk/api-keys/").content.decode()
    assert client.post(f"/desk/api-keys/{strangers.id}/revoke/").status_code == 404
    client.post(f"/desk/api-keys/{key.id}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None


# Officers read one another's log


def test_no_officer_reviews_the_own_log_and_every_officer_is_reviewed():
    officers = {role: reviewed_by(person_actor(a_person(role))) for role in _OFFICERS}
    assert all(role not in reviewed for role, reviewed in officers.items())
    assert officers["audit_officer"] == ["system_officer", "security_officer"]
    assert "audit_officer" in officers["security_officer"]
    assert officers["system_officer"] == []


_OFFICERS = ("system_officer", "security_officer", "audit_officer")


@pytest.mark.parametrize(
    ("reader", "log", "allowed"),
    [
        ("audit_officer", "system_officer", True),
        ("audit_officer", "security_officer", True),
        ("audit_officer", "audit_officer", False),
        ("security_officer", "audit_officer", True),
        ("security_officer", "staff", True),
        ("security_officer", "security_officer", False),
        ("security_officer", "system_officer", False),
        ("system_officer", "audit_officer", False),
        ("clerk", "staff", False),
    ],
)
def test_who_reads_which_log(reader, log, allowed):
    answer = a_client(reader).get(f"/desk/log-reviews/{log}/")
    assert answer.status_code == (200 if allowed else 403)


def test_an_officers_acts_are_read_and_signed_off_by_the_other():
    system, audit = a_person("system_officer"), a_person("audit_officer")
    client = Client()
    client.force_login(system)
    client.post("/desk/people/new/", {"username": "newcomer", "full_name": "新人"})
    client.force_login(audit)
    page = client.get("/desk/log-reviews/system_officer/")
    told = page.content.decode()
    assert "开户" in told
    assert "新人（newcomer）" in told
    assert f"{system.full_name}（{system.username}）" in told
    form = {"note": "未见异常", "through": page.context["through"]}
    assert client.post("/desk/log-reviews/system_officer/", form).status_code == 302
    review = LogReview.objects.get()
    assert review.reviewer == audit
    assert review.entry_count == Entry.objects.filter(role="system_officer").count() == 1
    again = client.post("/desk/log-reviews/system_officer/", form)
    assert again.status_code == 422
    assert "没有新的记录" in again.content.decode()
    assert Entry.objects.filter(act="institutions.review_log", actor=str(audit.id)).exists()
    index = client.get("/desk/log-reviews/").content.decode()
    assert "未见异常" in index


def test_a_history_names_persons_not_their_accounts():
    person = a_person("system_officer")
    assert actor_names({str(person.id), "key:ab12", "system"}) == {
        str(person.id): person.full_name,
        "key:ab12": "接口密钥 ab12",
        "system": "平台",
        "anonymous": "公众",
    }


def test_the_log_of_the_staff_holds_business_roles_and_no_officers():
    clerk = a_person_as("receiving_archivist")
    for client, person in ((Client(), clerk), (Client(), a_person("audit_officer"))):
        client.post("/login/", {"username": person.username, "password": "Ceshi-kouling-2026"})
    rows = a_client("security_officer").get("/desk/log-reviews/staff/").context["rows"]
    assert {entry.actor for entry, *_words in rows} == {str(clerk.id)}


def test_every_page_of_an_empty_house_has_words_for_it():
    client = a_client("security_officer")
    for address in (
        "/desk/organisations/",
        "/desk/api-keys/",
        "/desk/log-reviews/",
        "/desk/log-reviews/staff/",
    ):
        assert 'class="empty"' in client.get(address).content.decode(), address


def test_an_archive_is_found_up_the_tree():
    from ..selectors import archive_for

    archive = an_archive()
    agency = an_agency(archive=archive)
    branch = an_agency(parent=agency)
    assert archive_for(branch) == archive_for(agency) == archive_for(archive) == archive
    assert Person.objects.count() == 0
