"""Addresses and forms that nobody's browser sends: answered in words, never with a fault, never with more than is due."""

from uuid import uuid4

import pytest
from django.urls import URLPattern

from lantai.appraisal import urls as appraisal_urls
from lantai.appraisal.models import Disposal, DisposalItem
from lantai.institutions.tests.factories import a_person
from lantai.records.tests.factories import archive
from lantai.vault import urls as vault_urls

from .test_disposal import held, proposed

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
NAMES = (
    "records", "record", "every", "title", "reason", "agrees", "text", "retention", "note", "number", "fonds",
    "medium", "series", "share", "place", "site", "holder", "witness", "words", "category", "copies", "sites",
    "family", "converter", "period_days", "rate_mib_s", "starts_at", "village", "files", "key", "store",
)  # fmt: skip
ODD = ("\x00", "1e999", "9" * 400, "../../etc/passwd", "永久", "00000000-0000-7000-8000-000000000000")
PATTERNS: list[URLPattern] = [*appraisal_urls.urlpatterns, *vault_urls.urlpatterns]


def logged_in(client, *roles, organisation=None):
    found = a_person(roles[0], organisation=organisation or archive())
    client.force_login(found, backend=BACKEND)
    return client


def addresses(known):
    """Every address of both contexts, with an id."""
    for pattern in PATTERNS:
        address = str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            kind = "uuid" if "UUID" in type(converter).__name__ else "str"
            address = address.replace(f"<{kind}:{name}>", str(known))
        yield f"/{address}"


def faults_of(answers):
    return [answer.request["PATH_INFO"] for answer in answers if answer.status_code >= 500]


@pytest.mark.parametrize("odd", ODD)
def test_no_form_and_no_parameter_makes_a_page_fail(client, odd):
    disposal = proposed([held()])
    logged_in(client, "preservation_archivist")
    given = dict.fromkeys(NAMES, odd)
    for address in (*addresses(disposal.id), *addresses(uuid4())):
        asked = client.get(address, {**given, "after": odd, "before": odd, "rule": odd})
        assert faults_of([asked, client.post(address, given)]) == []
    disposal.refresh_from_db()
    assert disposal.state == "open"


def test_no_empty_form_makes_a_page_fail(client):
    disposal = proposed([held()])
    logged_in(client, "preservation_archivist")
    for address in (*addresses(disposal.id), *addresses(uuid4())):
        assert faults_of([client.post(address, {})]) == []
    disposal.refresh_from_db()
    assert disposal.state == "open"


def test_another_houses_appraisal_and_the_vault_are_closed_to_an_agency(client):
    row = held("别处的件")
    disposal = proposed([row])
    client.force_login(a_person("record_archivist", organisation=row.agency), backend=BACKEND)
    mine = {f"/desk/appraisal/{page}" for page in ("", "disposals/", "propose/", "purge/")} | {
        "/desk/villages/"
    }
    for address in (*addresses(disposal.id), *addresses(uuid4())):
        for answer in (client.get(address), client.post(address, {"record": row.id, "records": [row.id]})):
            assert answer.status_code in {403, 404, 405} or address in mine, address
            assert row.title not in answer.content.decode(), address
    disposal.refresh_from_db()
    assert (disposal.state, Disposal.objects.count()) == ("open", 1)


def test_a_list_that_changed_meanwhile_is_not_widened(client):
    """Somebody else proposed all of the ten-year ones: the thirty-year ones nobody looked at stay."""
    logged_in(client, "preservation_archivist")
    rows, others = [held(f"请示{number}") for number in range(2)], held(year=1950, retention="D30")
    proposed(rows)
    wanted = {"every": "1", "retention": "D10", "title": "第二批", "reason": "期满"}
    assert client.post("/desk/appraisal/propose/", wanted).status_code == 422
    assert not DisposalItem.objects.filter(record=others).exists()
