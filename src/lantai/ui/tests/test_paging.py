from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.core.errors import Invalid
from lantai.ui.api import keyset_page

pytestmark = pytest.mark.django_db


def get(query: str = ""):
    return RequestFactory().get("/list" + query)


def fill(rows) -> None:
    ContentType.objects.all().delete()
    ContentType.objects.bulk_create(
        ContentType(app_label=label, model=f"m{number:03}") for number, label in enumerate(rows)
    )


def walk(queryset, order, size, back=False):
    """All pages from the first to the last, then (if asked) back to the first."""
    page, pages = keyset_page(queryset, get(), order, size), []
    pages.append(page)
    while page.next:
        page = keyset_page(queryset, get(page.next_url), order, size)
        pages.append(page)
    if not back:
        return pages
    pages = [page]
    while page.previous:
        page = keyset_page(queryset, get(page.previous_url), order, size)
        pages.append(page)
    return pages


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    labels=st.lists(st.sampled_from(["a", "b", "档"]), max_size=25),
    size=st.integers(1, 7),
    order=st.sampled_from([("app_label",), ("-app_label", "model"), ("app_label", "-id"), ("-id",)]),
)
def test_every_row_appears_once_and_in_order_both_ways(db, labels, size, order):
    fill(labels)
    names = [*order] if {"id", "-id"} & set(order) else [*order, "id"]
    expected = [row.pk for row in ContentType.objects.order_by(*names)]
    forth = [row.pk for page in walk(ContentType.objects.all(), order, size) for row in page]
    back = [
        row.pk for page in reversed(walk(ContentType.objects.all(), order, size, back=True)) for row in page
    ]
    assert forth == expected
    assert back == expected


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    labels=st.lists(st.sampled_from(["a", "b", "c"]), max_size=20),
    size=st.integers(1, 6),
    order=st.sampled_from([("id",), ("-id",)]),
)
def test_several_lists_are_walked_as_one_and_what_is_in_two_comes_once(db, labels, size, order):
    fill(labels)
    lists = [ContentType.objects.filter(app_label__in=some) for some in (["a", "b"], ["b", "c"])]
    expected = [row.pk for row in ContentType.objects.order_by(*order)]
    assert [row.pk for page in walk(lists, order, size) for row in page] == expected
    back = [row.pk for page in reversed(walk(lists, order, size, back=True)) for row in page]
    assert back == expected


def test_rows_added_before_the_cursor_do_not_shift_the_next_page():
    fill(["a"] * 6)
    first = keyset_page(ContentType.objects.all(), get(), ("model",), 3)
    ContentType.objects.create(app_label="a", model="aaa")
    second = keyset_page(ContentType.objects.all(), get(first.next_url), ("model",), 3)
    assert [row.model for row in second] == ["m003", "m004", "m005"]


def test_links_keep_the_other_parameters():
    fill(["a"] * 3)
    page = keyset_page(ContentType.objects.all(), get("?q=%E6%A1%A3&year=1958&year=1959"), ("model",), 2)
    assert page.next_url.startswith("?q=%E6%A1%A3&year=1958&year=1959&at=")


def test_an_altered_cursor_is_refused_in_words():
    fill(["a"] * 3)
    page = keyset_page(ContentType.objects.all(), get(), ("model",), 2)
    with pytest.raises(Invalid, match="失效"):
        keyset_page(ContentType.objects.all(), get(page.next_url[:-2] + "xx"), ("model",), 2)


def test_a_cursor_of_another_order_is_refused():
    fill(["a"] * 3)
    page = keyset_page(ContentType.objects.all(), get(), ("model",), 2)
    with pytest.raises(Invalid):
        keyset_page(ContentType.objects.all(), get(page.next_url), ("-model",), 2)


def test_a_cursor_beyond_the_last_row_shows_the_first_page():
    fill(["a"] * 3)
    page = keyset_page(ContentType.objects.all(), get(), ("model",), 2)
    ContentType.objects.filter(model__gt="m001").delete()
    assert [
        row.model for row in keyset_page(ContentType.objects.all(), get(page.next_url), ("model",), 2)
    ] == [
        "m000",
        "m001",
    ]


def test_a_nullable_column_is_refused():
    from django.contrib.auth import get_user_model

    with pytest.raises(ValueError, match="null"):
        keyset_page(get_user_model().objects.all(), get(), ("last_login",), 2)


def test_times_keep_their_microseconds_in_the_cursor():
    now = timezone.now()
    for number in range(5):
        Session.objects.create(session_key=f"s{number}", session_data="", expire_date=now)
    keys = [row.pk for page in walk(Session.objects.all(), ("-expire_date",), 2) for row in page]
    assert keys == [f"s{number}" for number in range(5)]
