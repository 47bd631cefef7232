from __future__ import annotations

import http.client
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.test import Client

from lantai.ledger.api import Entry

from ..models import Person
from .factories import a_person, a_person_as
from .provider import Provider, a_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings, monkeypatch):
    cache.clear()
    with a_provider() as running:
        monkeypatch.setenv("LANTAI_OIDC_URL", running.address)
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "APPS": [
                    {
                        "provider_id": "region",
                        "name": "统一身份认证",
                        "client_id": running.client_id,
                        "secret": running.client_secret,
                        "settings": {"server_url": running.address},
                    }
                ]
            }
        }
        yield running


def visit(address: str) -> str:
    """What the browser is redirected to by the provider."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().headers["Location"]
    connection.close()
    return location


def enter(client: Client, following: str = "/account/"):
    to_provider = client.get(f"/login/unified/?next={following}")
    assert to_provider.status_code == 302
    back = urlsplit(visit(to_provider["Location"]))
    assert back.path == "/login/unified/callback/"
    return client.get(f"{back.path}?{back.query}")


def is_inside(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_known_person_enters_by_the_subject(provider: Provider, client):
    person = a_person(unified_id="subject-1", must_change_password=True)
    answer = enter(client)
    assert answer["Location"] == "/account/"
    assert client.get("/account/").context["person"] == person
    assert Entry.objects.filter(act="institutions.log_in_by_provider", actor=str(person.id)).exists()


def test_a_known_person_enters_by_the_unified_identity(provider: Provider, client):
    provider.subject, provider.claims = "opaque-77", {"unified_id": "U-330-0042"}
    person = a_person(unified_id="U-330-0042")
    enter(client)
    assert client.get("/account/").context["person"] == person


def test_a_stranger_is_turned_away_and_no_account_is_made(provider: Provider, client):
    a_person(unified_id="somebody-else")
    answer = enter(client)
    assert answer.status_code == 403
    assert "没有启用的账号" in answer.content.decode()
    assert not is_inside(client)
    assert Person.objects.count() == 1


def test_a_disabled_account_is_turned_away(provider: Provider, client):
    a_person(unified_id="subject-1")
    Person.objects.update(active=False)
    assert enter(client).status_code == 403
    assert not is_inside(client)


def test_an_identity_taken_away_opens_nothing_any_more(provider: Provider, client):
    a_person(unified_id="subject-1")
    enter(client)
    client.post("/logout/")
    Person.objects.update(unified_id=None)
    assert enter(client).status_code == 403


def test_a_provider_that_vouches_for_two_people_vouches_for_none(provider: Provider, client):
    a_person(unified_id="subject-1")
    a_person(unified_id="U-1")
    provider.claims = {"unified_id": "U-1"}
    assert enter(client).status_code == 403


def test_a_token_signed_by_another_key_is_refused(provider: Provider, client):
    a_person(unified_id="subject-1")
    provider.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert enter(client).status_code == 403
    assert not is_inside(client)


@pytest.mark.parametrize("claims", [{"aud": "another-client"}, {"iss": "http://evil.example"}, {"exp": 1}])
def test_a_token_for_somebody_else_from_somebody_else_or_too_old_is_refused(
    provider: Provider, client, claims
):
    a_person(unified_id="subject-1")
    provider.claims = claims
    assert enter(client).status_code == 403
    assert not is_inside(client)


def test_an_answer_nobody_asked_for_is_refused(provider: Provider, client):
    a_person(unified_id="subject-1")
    to_provider = Client().get("/login/unified/")
    back = urlsplit(visit(to_provider["Location"]))
    assert client.get(f"{back.path}?{back.query}").status_code == 403
    assert not is_inside(client)


def test_the_provider_sends_back_an_error(provider: Provider, client):
    state = parse_qs(urlsplit(client.get("/login/unified/")["Location"]).query)["state"][0]
    answer = client.get(f"/login/unified/callback/?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "没有完成" in answer.content.decode()


def test_it_leads_to_no_other_site(provider: Provider, client):
    a_person(unified_id="subject-1")
    assert enter(client, "https://evil.example/")["Location"] == "/desk/"


def test_a_provider_that_does_not_answer_is_told_on_a_page(provider: Provider, client, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    answer = client.get("/login/unified/")
    assert answer.status_code == 503
    assert "没有应答" in answer.content.decode()


def test_the_code_is_bound_to_this_browser_and_little_is_asked(provider: Provider, client):
    query = parse_qs(urlsplit(client.get("/login/unified/?scope=email")["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert set(query["scope"][0].split()) == {"openid", "profile"}


def test_the_login_page_offers_it_only_where_it_is_set(client, monkeypatch):
    assert "/login/unified/" not in client.get("/login/").content.decode()
    assert client.get("/login/unified/").status_code == 404
    monkeypatch.setenv("LANTAI_OIDC_URL", "https://id.example")
    assert "/login/unified/" in client.get("/login/").content.decode()


def test_the_provider_lets_nobody_in_who_has_no_business_in_this_network(
    provider: Provider, client, monkeypatch
):
    person = a_person_as("preservation_archivist")
    person.unified_id = "subject-1"
    person.save()
    monkeypatch.setenv("LANTAI_ZONE", "public")
    assert "不在本网络" in enter(client).content.decode()
    assert not is_inside(client)
    monkeypatch.setenv("LANTAI_ZONE", "archive")
    assert enter(client)["Location"] == "/account/"
