from __future__ import annotations

import pytest
from django.test import Client

from lantai.core.actors import SYSTEM
from lantai.core.errors import Invalid

from ..declaration import declaration, permits, read_declaration
from ..roles import expand, roles
from ..selectors import person_actor
from ..services.api_keys import issue_api_key
from .factories import a_person, a_person_as, an_agency


def test_groups_stand_for_their_roles():
    assert expand(["officers"]) == {"system_officer", "security_officer", "audit_officer"}
    assert expand(["staff"]) == roles().keys() - expand(["officers"]) - {"public"}
    assert expand(["staff", "audit_officer"]) == expand(["staff"]) | {"audit_officer"}


def test_a_word_nobody_knows_stops_the_start(tmp_path):
    file = tmp_path / "access.toml"
    file.write_text('[pages]\n"some:page" = ["clerk", "wizard"]\n', encoding="utf-8")
    with pytest.raises(Invalid, match="wizard"):
        read_declaration(file)


@pytest.mark.django_db
def test_signed_in_means_everybody_with_an_account_also_without_a_role():
    words = frozenset({"signed_in"})
    assert permits(words, person_actor(a_person()))
    assert permits(words, person_actor(a_person_as("clerk")))
    assert not permits(words, Client().get("/login/").wsgi_request.actor)


@pytest.mark.django_db
def test_a_key_opens_operations_and_no_pages(client):
    _key, text = issue_api_key(organisation=an_agency(), label="办公系统", actor=SYSTEM)
    headers = {"Authorization": f"Bearer {text}"}
    assert "clerk" in expand(declaration().pages["faces:desk"])
    for address in ("/desk/", "/account/"):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/json"
    assert client.get("/api/v1/openapi.json", headers=headers).status_code == 200


@pytest.mark.django_db
def test_a_part_of_a_page_moves_the_whole_page_to_the_login(client):
    answer = client.get("/desk/people/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/login/?next=/desk/people/"


@pytest.mark.django_db
def test_a_refusal_is_a_page_that_says_what_to_do(client):
    client.force_login(a_person_as("clerk"))
    answer = client.get("/desk/people/")
    assert answer.status_code == 403
    assert "安全管理员" in answer.content.decode()


@pytest.mark.django_db
def test_refusals_are_logged_without_names(client, caplog):
    person = a_person_as("clerk")
    client.force_login(person)
    with caplog.at_level("WARNING", logger="lantai.access"):
        client.get("/desk/people/")
    told = caplog.text
    assert "institutions:people" in told
    assert "clerk" in told
    assert person.username not in told
    assert person.full_name not in told
