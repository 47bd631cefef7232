from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from ..commands import register
from ..keys import admit
from ..models import ApiKey, Person
from ..selectors import person_actor
from .factories import a_person, an_agency

pytestmark = pytest.mark.django_db
PASSWORD = "Chushi-kouling-1"


def run(*words: str, stdin: str = "", code: int = 0) -> dict:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, [*words, "--json"], input=stdin)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


def test_init_opens_the_first_system_officer_once():
    told = run("init", "--username", "root-li", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert told["role"] == "system_officer"
    person = Person.objects.get(username="root-li")
    assert person.check_password(PASSWORD)
    assert person_actor(person).roles == {"system_officer"}
    again = run("init", "--username", "second", "--password-stdin", stdin=f"{PASSWORD}\n", code=1)
    assert "people reset" in again["remedy"]


def test_init_refuses_a_weak_password_and_leaves_nothing():
    run("init", "--username", "root-li", "--password-stdin", stdin="short\n", code=1)
    assert not Person.objects.exists()


def test_the_officer_adds_appoints_lists_and_resets():
    a_person("system_officer", username="sys")
    a_person("security_officer", username="sec")
    agency = an_agency()
    told = run("people", "add", "chen", "陈述", "--organisation", agency.code, "--by", "sys")
    assert Person.objects.get(username="chen").check_password(told["password"])
    run("people", "appoint", "chen", "record_archivist", "--by", "sec")
    listed = {row["username"]: row for row in run("people", "list")["people"]}
    assert listed["chen"]["roles"] == ["record_archivist"]
    assert listed["chen"]["organisation"] == agency.code
    told = run("people", "reset", "chen", "--by", "sys")
    assert Person.objects.get(username="chen").check_password(told["password"])
    told = run("people", "reset", "chen", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert told["password"] == ""
    assert Person.objects.get(username="chen").check_password(PASSWORD)


def test_by_the_wrong_officer_nothing_happens():
    a_person("audit_officer", username="aud")
    before = Person.objects.get(username="aud").password
    run("people", "reset", "aud", "--by", "aud", code=1)
    run("people", "add", "chen", "陈述", "--by", "aud", code=1)
    run("people", "appoint", "aud", "clerk", "--by", "aud", code=1)
    assert Person.objects.get().password == before


def test_keys_are_created_listed_and_revoked():
    agency = an_agency()
    told = run("api-keys", "create", agency.code, "办公系统", "--rate", "5")
    assert isinstance(admit(told["key"]), ApiKey)
    assert run("api-keys", "list")["api_keys"][0]["prefix"] == told["prefix"]
    run("api-keys", "revoke", told["prefix"])
    assert not isinstance(admit(told["key"]), ApiKey)
    assert run("api-keys", "revoke", "nonsense", code=1)["subject"] == "nonsense"
