from __future__ import annotations

import itertools
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from lantai.core.actors import SYSTEM
from lantai.core.errors import Invalid
from lantai.ledger.api import Entry

from ..middleware import POLL
from ..models import Person, RecoveryCode, SessionRecord
from ..passwords import CharacterClassesValidator
from ..selectors import person_actor
from ..services.accounts import change_password, create_person, new_password, reset_password, set_active
from .factories import PASSWORD, a_person

pytestmark = pytest.mark.django_db
LOGIN = "/login/"
PACKAGE = Path(__file__).resolve().parents[2]


def log_in(client: Client, person: Person, password: str = PASSWORD, **more):
    return client.post(LOGIN, {"username": person.username, "password": password, **more})


def is_inside(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_person_logs_in_and_out_and_the_ledger_tells(client):
    person = a_person("audit_officer")
    assert not is_inside(client)
    answer = log_in(client, person, next="/account/")
    assert answer.status_code == 302
    assert answer["Location"] == "/account/"
    assert is_inside(client)
    client.post("/logout/")
    assert not is_inside(client)
    acts = Entry.objects.filter(subject=f"person:{person.id}").order_by("id").values_list("act", flat=True)
    assert list(acts)[-2:] == ["institutions.log_in", "institutions.log_out"]


def test_a_stranger_is_sent_to_the_login_page_and_back(client):
    answer = client.get("/account/?x=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=/account/%3Fx%3D1"


@pytest.mark.parametrize("outside", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_login_leads_to_no_other_site(client, outside):
    answer = log_in(client, a_person("audit_officer"), next=outside)
    assert answer["Location"] == reverse("faces:desk")


def test_wrong_password_unknown_account_and_disabled_account_are_told_apart_by_nobody(client):
    person, disabled = a_person(), a_person()
    set_active(person=disabled, active=False, actor=SYSTEM)
    answers = [
        log_in(client, person, "wrong"),
        client.post(LOGIN, {"username": "nobody", "password": PASSWORD}),
        log_in(client, disabled),
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({str(answer.context["form"].errors) for answer in answers}) == 1


def test_five_wrong_passwords_lock_the_account_out_with_a_clear_page(client):
    person = a_person()
    for _index in range(5):
        answer = log_in(client, person, "wrong")
    assert answer.status_code == 429
    assert "15 分钟" in answer.content.decode()
    assert log_in(client, person).status_code == 429
    assert not is_inside(client)
    other = a_person()
    log_in(client, other)
    assert is_inside(client)


def test_an_account_has_one_name_so_that_no_spelling_of_it_gets_new_attempts(client):
    person = a_person(username="linlan")
    for spelling in ("LINLAN", "Linlan", "ｌｉｎｌａｎ"):
        client.post(LOGIN, {"username": spelling, "password": PASSWORD})
        assert not is_inside(client)
    log_in(client, person)
    assert is_inside(client)


def test_behind_the_proxy_a_stranger_locks_out_only_where_the_stranger_is(client):
    person = a_person()
    for _index in range(5):
        client.post(
            LOGIN,
            {"username": person.username, "password": "wrong"},
            headers={"X-Forwarded-For": "198.51.100.7"},
        )
    assert log_in(client, person).status_code == 302


def test_an_address_claimed_by_the_caller_gives_no_new_attempts(client):
    person = a_person()
    for index in range(5):
        answer = client.post(
            LOGIN,
            {"username": person.username, "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{index}, 198.51.100.7"},
        )
    assert answer.status_code == 429
    for index in range(5):
        answer = client.post(
            LOGIN,
            {"username": person.username, "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{index}"},
            REMOTE_ADDR="203.0.113.9",
        )
    assert answer.status_code == 429


def test_passwords_are_kept_by_argon2(real_argon2):
    assert a_person().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    "weak",
    ["Short-1", "alllowercaseletters", "12345678901234", "abcdefgh1234567", "person-lin", "password123"],
)
def test_a_weak_password_is_refused(weak):
    with pytest.raises(Invalid, match="口令不符合要求"):
        a_person(username="person-lin", password=weak)
    assert not Person.objects.exists()


@pytest.mark.parametrize("strong", ["兰台Lantai2026", "Aa1-----------", "ABCDEFG-abcdefg"])
def test_three_classes_of_characters_are_enough(strong):
    CharacterClassesValidator().validate(strong)


def test_made_up_passwords_meet_the_policy():
    for _index in range(20):
        a_person(password=new_password())


def test_the_last_five_passwords_are_not_used_again():
    person = a_person()
    actor = person_actor(person)
    used = [PASSWORD] + [f"Ling-yige-{number}" for number in range(5)]
    for old, new in itertools.pairwise(used):
        change_password(person=person, old=old, new=new, actor=actor)
        for again in used[max(0, used.index(new) - 4) : used.index(new) + 1]:
            with pytest.raises(Invalid, match="最近 5 次"):
                change_password(person=person, old=new, new=again, actor=actor)
    change_password(person=person, old=used[-1], new=used[0], actor=actor)


def test_a_first_password_has_to_be_changed_before_anything_else(client):
    person = a_person("audit_officer", must_change_password=True)
    log_in(client, person)
    for address in ("/account/", "/desk/people/"):
        assert client.get(address)["Location"] == "/account/password/"
    new = {"old": PASSWORD, "new": "Huan-guole-1", "again": "Huan-guole-1"}
    assert client.post("/account/password/", new).status_code == 302
    assert client.get("/desk/people/").status_code == 200


def test_a_password_expires(client, monkeypatch):
    monkeypatch.setenv("LANTAI_PASSWORD_DAYS", "90")
    person = a_person("audit_officer")
    log_in(client, person)
    assert client.get("/desk/people/").status_code == 200
    Person.objects.update(password_changed_at=timezone.now() - timedelta(days=91))
    assert client.get("/desk/people/")["Location"] == "/account/password/"
    monkeypatch.setenv("LANTAI_PASSWORD_DAYS", "0")
    assert client.get("/desk/people/").status_code == 200


def test_the_password_form_says_what_is_wrong(client):
    client.force_login(a_person())
    for form, why in (
        ({"old": "no", "new": "Huan-guole-1", "again": "Huan-guole-1"}, "原口令不正确"),
        ({"old": PASSWORD, "new": "Huan-guole-1", "again": "other"}, "不一样"),
        ({"old": PASSWORD, "new": "weak", "again": "weak"}, "不符合要求"),
    ):
        answer = client.post("/account/password/", form)
        assert answer.status_code == 422
        assert why in answer.content.decode()


def test_a_reset_password_ends_the_sessions(client):
    person = a_person()
    log_in(client, person)
    reset_password(person=person, password="Chongzhi-2026", actor=SYSTEM)
    assert not is_inside(client)
    assert not SessionRecord.objects.exists()


def test_a_disabled_account_is_out_at_once(client):
    person = a_person()
    log_in(client, person)
    set_active(person=person, active=False, actor=SYSTEM)
    assert not is_inside(client)


# Sessions


def test_the_oldest_session_gives_way(monkeypatch):
    monkeypatch.setenv("LANTAI_SESSIONS_PER_PERSON", "2")
    person, clients = a_person(), [Client() for _index in range(3)]
    for client in clients:
        log_in(client, person)
    assert [is_inside(client) for client in clients] == [False, True, True]


def test_sessions_that_ran_out_do_not_count(monkeypatch):
    monkeypatch.setenv("LANTAI_SESSIONS_PER_PERSON", "2")
    person, clients = a_person(), [Client() for _index in range(3)]
    log_in(clients[0], person)
    log_in(clients[1], person)
    second = SessionRecord.objects.order_by("started_at").last()
    Session.objects.filter(session_key=second.session_key).update(expire_date=timezone.now())
    log_in(clients[2], person)
    assert [is_inside(client) for client in clients] == [True, False, True]


def test_idle_time_ends_a_session(client, settings):
    assert settings.SESSION_COOKIE_AGE == 30 * 60
    log_in(client, a_person())
    before = Session.objects.get().expire_date
    assert before <= timezone.now() + timedelta(minutes=30)
    client.get("/account/")
    assert Session.objects.get().expire_date > before
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_inside(client)


def test_i_end_my_other_sessions_and_nobody_elses(client):
    person, elsewhere, stranger = a_person(), Client(), Client()
    log_in(elsewhere, person)
    other = SessionRecord.objects.get()
    log_in(client, person)
    log_in(stranger, a_person())
    assert stranger.post(f"/account/sessions/{other.id}/end/").status_code == 404
    assert is_inside(elsewhere)
    client.post(f"/account/sessions/{other.id}/end/")
    assert not is_inside(elsewhere)
    assert is_inside(client)


def test_changing_the_password_leaves_only_this_session(client):
    person, elsewhere = a_person(), Client()
    log_in(elsewhere, person)
    log_in(client, person)
    new = {"old": PASSWORD, "new": "Huan-guole-1", "again": "Huan-guole-1"}
    client.post("/account/password/", new)
    assert not is_inside(elsewhere)
    assert is_inside(client)
    record = SessionRecord.objects.get()
    assert record.session_key == client.session.session_key


def test_a_page_that_asks_by_itself_keeps_no_idle_session_alive(client):
    log_in(client, a_person("audit_officer"))
    ends = timezone.now() + timedelta(minutes=5)
    Session.objects.update(expire_date=ends)
    polled = client.get("/account/", headers={POLL: "1"})
    assert polled.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in polled.cookies
    assert Session.objects.get().expire_date == ends
    used = client.get("/account/")
    assert settings.SESSION_COOKIE_NAME in used.cookies
    assert Session.objects.get().expire_date > ends + timedelta(minutes=10)


def test_every_page_that_asks_by_itself_says_so():
    pages = {page.name: page.read_text("utf-8") for page in PACKAGE.rglob("templates/**/*.html")}
    asking = {name: text for name, text in pages.items() if 'hx-trigger="every' in text}
    assert len(asking) >= 4
    said = f"""hx-headers='{{"{POLL}": "1"}}'"""
    assert [name for name, text in asking.items() if said not in text] == []


# Second factor


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06}"


def enrol(client: Client, person: Person) -> tuple[TOTPDevice, list[str]]:
    page = client.get("/account/authenticator/")
    assert "data:image/svg+xml" in page.content.decode()
    device = TOTPDevice.objects.get(user=person, confirmed=False)
    answer = client.post("/account/authenticator/", {"code": code_of(device)})
    device.refresh_from_db()
    assert device.confirmed
    return device, answer.context["codes"]


@pytest.mark.parametrize("proof", ["password", "code", "recovery"])
def test_an_authenticator_is_replaced_by_who_holds_the_old_one_or_the_password(client, proof):
    person = a_person("audit_officer")
    log_in(client, person)
    first, codes = enrol(client, person)
    assert "原来的动态口令" in client.get("/account/authenticator/").content.decode()
    waiting = TOTPDevice.objects.get(user=person, confirmed=False)
    new = {"code": code_of(waiting)}
    for wrong in ({}, {"old": ""}, {"old": "not-the-password"}, {"old": "000000"}):
        assert client.post("/account/authenticator/", new | wrong).status_code == 422
        TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
        assert TOTPDevice.objects.get(user=person, confirmed=True) == first
    old = {"password": PASSWORD, "code": code_of(first, 1), "recovery": codes[0]}[proof]
    assert client.post("/account/authenticator/", new | {"old": old}).status_code == 200
    assert TOTPDevice.objects.get(user=person, confirmed=True) == waiting


def test_with_an_authenticator_the_password_alone_opens_nothing(client):
    person = a_person("audit_officer")
    log_in(client, person)
    device, _codes = enrol(client, person)
    fresh = Client()
    assert log_in(fresh, person, next="/desk/people/")["Location"] == "/login/code/"
    assert fresh.get("/desk/people/")["Location"] == "/login/code/"
    assert fresh.get("/login/").wsgi_request.actor.is_anonymous
    assert fresh.post("/login/code/", {"code": "000000"}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    answer = fresh.post("/login/code/", {"code": code_of(device, 1)})
    assert answer["Location"] == "/desk/people/"
    assert fresh.get("/desk/people/").status_code == 200
    assert SessionRecord.objects.filter(session_key=fresh.session.session_key).exists()


def test_a_code_is_used_once(client):
    person = a_person()
    log_in(client, person)
    device, _codes = enrol(client, person)
    used = code_of(device, 1)
    first, second = Client(), Client()
    for fresh in (first, second):
        log_in(fresh, person)
        fresh.post("/login/code/", {"code": used})
    assert [is_inside(first), is_inside(second)] == [True, False]


def test_guessing_codes_is_slowed_down(client):
    person = a_person()
    log_in(client, person)
    device, _codes = enrol(client, person)
    fresh = Client()
    log_in(fresh, person)
    fresh.post("/login/code/", {"code": "000000"})
    answer = fresh.post("/login/code/", {"code": code_of(device, 1)})
    assert answer.status_code == 422
    assert "稍后再试" in answer.content.decode()


def test_a_recovery_code_works_once(client):
    person = a_person()
    log_in(client, person)
    _device, codes = enrol(client, person)
    assert len(codes) == RecoveryCode.objects.count() == 8
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()
    first, second = Client(), Client()
    for fresh in (first, second):
        log_in(fresh, person)
        fresh.post("/login/code/", {"code": codes[0].upper()})
    assert [is_inside(first), is_inside(second)] == [True, False]


def test_where_the_setting_asks_everybody_enrols_first(client, monkeypatch):
    monkeypatch.setenv("LANTAI_REQUIRE_TOTP", "true")
    person = a_person("audit_officer")
    log_in(client, person)
    assert client.get("/desk/people/")["Location"] == "/account/authenticator/"
    enrol(client, person)
    assert client.get("/desk/people/").status_code == 200


def test_a_taken_name_is_refused():
    person = a_person()
    with pytest.raises(Exception, match="已存在"):
        create_person(username=person.username, full_name="同名", password=PASSWORD, actor=SYSTEM)
