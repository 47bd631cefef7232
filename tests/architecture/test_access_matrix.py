"""Every page and API operation, asked for in every role through the real front door.

The answers are held against ``config/access.toml``: what nobody declared, what is declared but does
not exist, and what lets in more or fewer people than declared, each fails with its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse

from lantai.core.actors import ANONYMOUS
from lantai.institutions.declaration import Declaration, declaration, permits
from lantai.institutions.operations import operations
from lantai.institutions.roles import roles
from lantai.institutions.selectors import person_actor
from lantai.institutions.tests.factories import a_person, a_person_as
from lantai.ui.navigation import links

MADE_UP = {"uuid": "019a0000-0000-7000-8000-000000000000", "int": "7"}
ROLES = ["anonymous", *roles()]
in_every_role = pytest.mark.parametrize("role", ROLES)


def pages() -> dict[str, str]:
    """Every page's name with a made-up address."""
    return dict(_walk(get_resolver().url_patterns, "/", (), in_api=False))


def _walk(
    patterns: Iterable, prefix: str, names: tuple[str, ...], *, in_api: bool
) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        address = prefix + _made_up(pattern)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            is_api = in_api or pattern.app_name == "ninja"
            yield from _walk(pattern.url_patterns, address, inner, in_api=is_api)
        elif not in_api:
            yield ":".join((*names, pattern.name or f"(no name) {address}")), address
        elif "/" + _template(resolve(address).route) not in {path for _method, path in operations()}:
            yield f"api:{pattern.name}", address


def _made_up(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern).lstrip("^").rstrip("$")
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: MADE_UP.get(found[1], "x"), text)


def _template(route: str) -> str:
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", route)


def _filled(path: str) -> str:
    """An operation's address with whatever made-up id the resolver takes."""
    for example in (*MADE_UP.values(), "x"):
        candidate = re.sub(r"\{[^}]+\}", example, path)
        try:
            resolve(candidate)
        except Resolver404:
            continue
        return candidate
    raise AssertionError(f"no made-up id fits {path}")


def _beyond(found: Iterable[str], declared: Iterable[str]) -> list[str]:
    return sorted(set(found) - set(declared))


def _visitor(role: str):
    """A real client logged in with the role, and the actor it must be taken for."""
    client = Client(raise_request_exception=False)
    if role == "anonymous":
        return client, ANONYMOUS
    person = a_person() if role == "public" else a_person_as(role)
    client.force_login(person)
    return client, person_actor(person)


def _is_refused(answer) -> bool:
    to_login = f"{reverse('institutions:login')}?next="
    sent_there = answer.status_code == 302 and answer["Location"].startswith(to_login)
    return sent_there or answer.status_code in {401, 403}


def _differs(name: str, words: frozenset[str], actor, answer) -> str:
    """What is wrong with an answer: open where it was declared shut, shut where open, or broken."""
    refused, open_to_actor = _is_refused(answer), permits(words, actor)
    if refused != open_to_actor and answer.status_code != 500:
        return ""
    told = "broken" if answer.status_code == 500 else "refused" if refused else "open"
    return f"{name} is {told} ({answer.status_code}), declared {sorted(words)}"


def test_every_page_is_declared():
    assert _beyond(pages(), declaration().pages) == [], "declare these under [pages] in config/access.toml"


def test_every_declared_page_exists():
    assert _beyond(declaration().pages, pages()) == [], "no such page: remove from config/access.toml"


def test_every_operation_is_declared():
    found = operations().values()
    assert _beyond(found, declaration().operations) == [], (
        "declare these under [operations] in config/access.toml"
    )


def test_every_declared_operation_exists():
    found = operations().values()
    assert _beyond(declaration().operations, found) == [], "no such operation: remove from config/access.toml"


def test_the_guard_finds_every_operation_by_its_address():
    for _method, path in operations():
        assert "/" + _template(resolve(_filled(path)).route) == path


@pytest.mark.django_db
@in_every_role
def test_every_page_opens_for_the_declared_roles_alone(role):
    client, actor = _visitor(role)
    declared = declaration().pages
    wrong = [
        _differs(name, declared.get(name, frozenset()), actor, client.get(address))
        for name, address in sorted(pages().items())
    ]
    assert [line for line in wrong if line] == []


@pytest.mark.django_db
@in_every_role
def test_every_operation_answers_the_declared_roles_alone(role):
    client, actor = _visitor(role)
    declared = declaration().operations
    wrong = [
        _differs(
            name, declared.get(name, frozenset()), actor, client.generic(method, _filled(path), "{}", _JSON)
        )
        for (method, path), name in sorted(operations().items())
    ]
    assert [line for line in wrong if line] == []


_JSON = "application/json"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["anonymous", "record_archivist", "system_officer"])
def test_what_nobody_declared_is_refused_to_everybody(role):
    client, _actor = _visitor(role)
    with patch("lantai.institutions.middleware.declaration", return_value=Declaration({}, {}, {})):
        for name, address in pages().items():
            assert client.get(address).status_code in {401, 403}, name
        for method, path in operations():
            assert client.generic(method, _filled(path), "{}", _JSON).status_code in {401, 403}, path


def test_a_name_missing_on_either_side_is_told():
    declared = {name: frozenset({"anyone"}) for name in pages()}
    removed = declared.popitem()[0]
    assert _beyond(pages(), declared) == [removed]
    assert _beyond({**declared, "ghost:page": frozenset()}, pages()) == ["ghost:page"]


@pytest.mark.django_db
def test_a_session_writes_by_the_api_only_with_the_pages_token():
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_person_as("record_archivist"))
    for method, path in operations():
        answer = client.generic(method, _filled(path), "{}", _JSON)
        assert ("防伪" in answer.content.decode(errors="replace")) == (
            method not in {"GET", "HEAD", "OPTIONS"}
        ), path


@pytest.mark.django_db
@in_every_role
def test_nothing_in_a_header_leads_to_a_refusal(role):
    client, actor = _visitor(role)
    faces = ("portal",) if role in {"anonymous", "public"} else ("portal", "desk")
    led_to = [link.url for face in faces for link in links(face, actor, "/")]
    assert led_to
    assert [url for url in led_to if _is_refused(client.get(url))] == []


def _told_by(answer) -> tuple[int, str | None, str | None]:
    return answer.status_code, answer.headers.get("Location"), answer.headers.get("Content-Type")


def _differing_heads(client, addresses: Iterable[tuple[str, str]]) -> list[str]:
    told = (
        (name, _told_by(client.head(address)), _told_by(client.get(address))) for name, address in addresses
    )
    return [f"{name}: HEAD {asked}, GET {got}" for name, asked, got in told if asked != got]


@pytest.mark.django_db
def test_head_answers_as_get_does_without_the_body():
    """Each page to the first who may open it, and to the first who may not."""
    opened, refused, wrong = pages(), pages(), []
    for role in ROLES:
        client, actor = _visitor(role)
        asked = []
        for name, words in declaration().pages.items():
            left = opened if permits(words, actor) else refused
            if name in left:
                asked.append((name, left.pop(name)))
        wrong += _differing_heads(client, asked)
    assert wrong == []
    assert opened == {}
    assert refused.keys() == {name for name, words in declaration().pages.items() if "anyone" in words}
