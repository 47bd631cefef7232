"""What a network serves, asked for as a browser and a system ask."""

import pytest
from django.urls import reverse

from lantai.core.actors import SYSTEM

from ..services.api_keys import issue_api_key
from .factories import a_person_as, an_agency

pytestmark = pytest.mark.django_db
WORD = "Kaifang-9281-xx"


def enter(client, role):
    client.force_login(a_person_as(role), backend="django.contrib.auth.backends.ModelBackend")


@pytest.mark.parametrize(
    ("zone", "role", "page", "status"),
    [
        ("all", "reviewer", "opening:queue", 200),
        ("archive", "reviewer", "opening:queue", 200),
        ("government", "reviewer", "opening:queue", 403),
        ("government", "supervisor", "supervision:agencies", 200),
        ("archive", "supervisor", "supervision:agencies", 403),
        ("public", "system_officer", "institutions:people", 403),
        ("public", "clerk", "capture:submissions", 200),
        ("public", "clerk", "records:list", 403),
        ("official", "record_archivist", "records:list", 200),
        ("official", "record_archivist", "records:setup", 403),
    ],
)
def test_a_zone_serves_its_own_roles_and_pages(client, monkeypatch, zone, role, page, status):
    monkeypatch.setenv("LANTAI_ZONE", zone)
    enter(client, role)
    assert client.get(reverse(page)).status_code == status


def test_a_page_of_another_network_says_where_to_go_and_is_not_offered(client, monkeypatch):
    monkeypatch.setenv("LANTAI_ZONE", "public")
    enter(client, "clerk")
    assert "不在本网络服务" in client.get(reverse("capture:submit")).content.decode()
    desk = client.get(reverse("faces:desk")).content.decode()
    assert reverse("capture:submissions") in desk
    assert reverse("records:list") not in desk


def test_citizens_are_served_in_every_network(client, monkeypatch):
    for zone in ("archive", "government", "official", "public"):
        monkeypatch.setenv("LANTAI_ZONE", zone)
        assert client.get(reverse("access:search")).status_code == 200


def test_an_account_without_business_on_the_internet_is_not_let_in(client, monkeypatch):
    monkeypatch.setenv("LANTAI_ZONE", "public")
    for role, status in (("preservation_archivist", 422), ("clerk", 302)):
        person = a_person_as(role)
        person.set_password(WORD)
        person.save()
        answer = client.post(reverse("institutions:login"), {"username": person.username, "password": WORD})
        assert answer.status_code == status
        assert ("不在本网络" in answer.content.decode()) == (status == 422)


def test_a_key_hands_in_where_agencies_hand_in(client, monkeypatch):
    _key, text = issue_api_key(organisation=an_agency(), label="办公系统", actor=SYSTEM)
    key = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    for zone, status in (("government", 200), ("public", 403), ("archive", 403)):
        monkeypatch.setenv("LANTAI_ZONE", zone)
        assert client.get("/api/v1/expectations", **key).status_code == status
