"""Pages of answers that others get again: the same page, only for strangers, only while it would come out the same."""

import re

import pytest
from django.test import Client

from lantai.access import remembering
from lantai.core.settings import home
from lantai.institutions.tests.factories import a_person
from lantai.records.api import Fonds, Record
from lantai.records.tests.factories import archive
from lantai.search.api import index_records

from .factories import held

pytestmark = pytest.mark.django_db
ASKED = "/search?q=%E5%9B%B4%E5%9E%A6"
_TOKEN = re.compile(r'name="csrf-token" content="(\w{64})"')


@pytest.fixture
def record():
    record = held(title="围垦工程的通知")
    index_records([record.id])
    return record


def page(client=None, address=ASKED, **headers):
    return (client or Client()).get(address, **headers).content.decode()


def without_token(drawn):
    return drawn.replace(_TOKEN.search(drawn)[1], "")


def test_a_page_is_drawn_once_and_bears_each_readers_own_token(record, django_assert_max_num_queries):
    first = page()
    with django_assert_max_num_queries(3):
        again = page()
    assert str(record.id) in again
    assert without_token(again) == without_token(first)
    assert _TOKEN.search(again)[1] != _TOKEN.search(first)[1]


def test_the_token_of_a_page_that_was_kept_is_accepted(record):
    page()
    reader = Client(enforce_csrf_checks=True)
    token = _TOKEN.search(page(reader))[1]
    changed = reader.post("/preferences/", {"theme": "dark", "next": "/", "csrfmiddlewaretoken": token})
    assert changed.status_code == 302
    assert 'data-theme="dark"' in page(reader)


def test_what_was_written_or_shut_off_meanwhile_shows_at_once(record):
    assert "查到 <strong>1</strong> 件" in page()
    other = held(title="围垦二期的通知")
    index_records([other.id])
    assert str(other.id) in page()
    Record.objects.filter(id=other.id).update(state="isolated")
    assert str(other.id) not in page()


def test_another_language_theme_or_question_is_another_page(record):
    page()
    assert '<html lang="en"' in page(headers={"accept-language": "en"})
    dark = Client()
    dark.cookies["lantai_theme"] = "dark"
    assert 'data-theme="dark"' in page(dark)
    assert "没有查到" in page(address="/search?q=%E6%B0%B4%E5%BA%93")
    assert 'data-theme="auto"' in page()


def test_who_is_known_gets_a_page_of_their_own_and_leaves_none(record):
    archivist = Client()
    archivist.force_login(
        a_person("preservation_archivist", organisation=archive()),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    assert "工作人员登录" not in page(archivist)
    assert "工作人员登录" in page()
    assert "工作人员登录" not in page(archivist)


def test_a_page_is_kept_for_so_long(record, monkeypatch):
    page()
    Fonds.objects.update(name="改名后的全宗")
    assert "改名后的全宗" not in page()
    monkeypatch.setattr(remembering, "KEPT_S", 0.0)
    page(address=f"{ASKED}&page=0")
    Fonds.objects.update(name="又改名的全宗")
    assert "又改名的全宗" in page(address=f"{ASKED}&page=0")


def test_what_is_too_old_lies_in_memory_no_longer_than_the_next_question(record, monkeypatch):
    remembering._pages.clear()
    monkeypatch.setattr(remembering, "KEPT_S", 0.0)
    page()
    monkeypatch.undo()
    page(address="/search?q=%E6%B0%B4%E5%BA%93")
    assert [kept.record_ids for kept in remembering._pages.values()] == [()]


def test_so_many_pages_are_kept_and_none_of_them_large(record, monkeypatch):
    monkeypatch.setattr(remembering, "MOST_PAGES", 3)
    remembering._pages.clear()
    for number in range(5):
        page(address=f"{ASKED}&page={number}")
    assert [key[0].rpartition("=")[2] for key in remembering._pages] == ["2", "3", "4"]
    monkeypatch.setattr(remembering, "LARGEST_BYTES", 1_000)
    remembering._pages.clear()
    page()
    assert not remembering._pages


def test_the_page_without_a_question_opens_whatever_the_index_does():
    broken = home() / "index" / "000001"
    broken.mkdir(parents=True)
    (broken / "meta.json").write_text("{")
    assert Client().get("/search").status_code == 200
    assert Client().get(ASKED).status_code == 503
