"""Who asks for a paper of their own is told where it is to be had, found or not."""

import pytest

from lantai.access.matters import matter_of, matters
from lantai.search.api import parse

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("Z49")
@pytest.mark.parametrize("query", ["1978年结婚证", "結婚證", "王秀英 婚姻登记"])
def test_who_asks_for_a_marriage_is_told_where_the_paper_is(client, query):
    page = client.get("/search", {"q": query}).content.decode()
    assert "当年登记地" in page
    assert "身份证件" in page


def test_who_asks_for_anything_else_is_told_nothing_of_it(client):
    assert "当年登记地" not in client.get("/search", {"q": "围垦工程"}).content.decode()


def test_every_door_is_a_question_that_can_be_asked():
    assert all(parse(matter.query).groups and matter_of(matter.query) for matter in matters())
