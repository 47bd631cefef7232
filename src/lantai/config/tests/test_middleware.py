"""Edges of every page."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/search?q=%00", "/search?q=a&fonds=x%00", "/static/%00"])
def test_a_nul_in_an_address_is_a_bad_request_and_never_reaches_the_database(client, address):
    assert client.get(address).status_code in {400, 404}
    assert client.get("/search?q=围垦").status_code == 200


def test_a_nul_typed_into_the_search_is_refused_before_the_search(client):
    assert client.get("/search", {"q": "围\0垦"}).status_code == 400
