"""Edges of every page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lantai.institutions.tests.factories import a_person_as

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/search?q=%00", "/search?q=a&fonds=x%00", "/static/%00"])
def test_a_nul_in_an_address_is_a_bad_request_and_never_reaches_the_database(client, address):
    assert client.get(address).status_code in {400, 404}
    assert client.get("/search?q=围垦").status_code == 200


def test_a_nul_typed_into_the_search_is_refused_before_the_search(client):
    assert client.get("/search", {"q": "围\0垦"}).status_code == 400


def test_a_value_that_no_database_keeps_is_refused_in_words_and_no_server_error(client):
    client.force_login(a_person_as("preservation_archivist"), "django.contrib.auth.backends.ModelBackend")
    sent = {"fonds": "全宗\0", "file": SimpleUploadedFile("目录.csv", b"a"), "known": "refuse"}
    answer = client.post("/api/v1/catalogue/imports", sent)
    assert 400 <= answer.status_code < 500
    assert answer.json()["message"]
