"""Chinese packages come first: what a person meets first speaks of no foreign container."""

import re

import pytest
from django.urls import reverse

from lantai.institutions.tests.factories import a_person_as

pytestmark = pytest.mark.django_db
FOREIGN = re.compile(r"E-?ARK|CSIP|METS|WACZ|WARC|BagIt", re.IGNORECASE)
DESKS = ("clerk", "record_archivist", "receiving_archivist", "preservation_archivist", "supervisor")


def words(response):
    assert response.status_code == 200
    return re.sub(r"<[^>]*>", " ", response.content.decode())


@pytest.mark.requirement("S19")
@pytest.mark.parametrize("role", DESKS)
def test_no_desk_begins_with_a_foreign_container(client, role):
    client.force_login(a_person_as(role), backend="django.contrib.auth.backends.ModelBackend")
    assert not FOREIGN.findall(words(client.get(reverse("faces:desk"))))


@pytest.mark.requirement("S19")
def test_the_portal_and_the_first_page_of_submitting_name_none(client):
    assert not FOREIGN.findall(words(client.get(reverse("faces:home"))))
    client.force_login(a_person_as("clerk"), backend="django.contrib.auth.backends.ModelBackend")
    assert not FOREIGN.findall(words(client.get(reverse("capture:submit"))))
    assert FOREIGN.findall(words(client.get(reverse("capture:web")))), "one step further they are told"
