from __future__ import annotations

import datetime

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from lantai.core.actors import Actor
from lantai.ui.charts import Bar, BarChart
from lantai.ui.navigation import beside, links, register_navigation
from lantai.ui.preferences import Preferences


def say(source: str, **context) -> str:
    return Template("{% load lantai_ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (51_200, "50.0 KB"),
        (300 * 2**20, "300 MB"),
        (2**40, "1.0 TB"),
    ],
)
def test_sizes_in_the_largest_fitting_unit(size, words):
    assert say("{{ size|bytes_size }}", size=size) == words


def test_days_are_written_the_chinese_way():
    assert say("{{ day|chinese_date }}", day=datetime.date(2026, 6, 2)) == "2026年6月2日"
    assert say("{{ day|chinese_date }}", day=None) == ""


def test_recent_moments_are_told_in_words():
    now = timezone.now()
    assert say("{{ at|since }}", at=now) == "刚刚"
    assert "分钟前" in say("{{ at|since }}", at=now - datetime.timedelta(minutes=5))


def test_a_share_is_never_rounded_up_to_the_whole():
    assert say("{{ 99999|percent:100000 }}") == "99.9 %"
    assert say("{{ 5|percent:5 }}") == "100.0 %"
    assert say("{{ 0|percent:0 }}") == "—"


def test_a_state_is_a_word_and_a_shape():
    assert say('{% state "postponed" %}') == '<span class="state wait">延期开放</span>'


def test_an_unknown_state_is_shown_and_escaped():
    assert say("{% state key %}", key="<b>") == '<span class="state none">&lt;b&gt;</span>'


def test_missing_values_are_said():
    assert "未记载" in say("{{ value|or_blank }}", value="")


def test_a_changed_filter_drops_the_paging_cursor():
    request = RequestFactory().get("/search?q=a&at=xyz&year=1958")
    assert say("{% with_query year='' fonds='J001' %}", request=request) == "?q=a&amp;fonds=J001"


def test_bars_keep_their_proportions_and_small_ones_stay_visible():
    drawn = BarChart("各年件数", [Bar("1958", 1000), Bar("1959", 500), Bar("1960", 1), Bar("1961", 0)]).drawn
    assert [bar.height for bar in drawn] == [64.0, 32.0, 1.0, 0.0]
    assert all(bar.y + bar.height == 64.0 for bar in drawn)


def test_navigation_shows_what_a_role_may_open_and_what_exists():
    register_navigation("desk", "样张", "ui:style", 990, ["reviewer"])
    register_navigation("desk", "没有的页", "ui:missing", 991)
    reviewer = Actor("1", "甲", frozenset({"reviewer"}))
    shown = {link.label: link.current for link in links("desk", reviewer, "/desk/style/")}
    assert shown["样张"] is True
    assert "没有的页" not in shown
    clerk = Actor("2", "乙", frozenset({"clerk"}))
    assert "样张" not in {link.label for link in links("desk", clerk, "/")}


def test_pages_of_one_group_are_one_link_and_tabs_for_those_who_may_open_them():
    register_navigation("desk", "甲页", "ui:style", 992, ["reviewer", "clerk"], "一组")
    register_navigation("desk", "乙页", "faces:desk", 993, ["reviewer"], "一组")
    reviewer, clerk = (Actor("1", "甲", frozenset({role})) for role in ("reviewer", "clerk"))
    grouped = [
        link for link in links("desk", reviewer, "/desk/style/") if link.label in {"一组", "甲页", "乙页"}
    ]
    assert [(link.label, link.url, link.current) for link in grouped] == [("一组", "/desk/style/", True)]
    assert beside("desk", reviewer, "/desk/style/") == (
        "一组",
        [("甲页", "/desk/style/", True), ("乙页", "/desk/", False)],
    )
    assert beside("desk", reviewer, "/desk/style/below/") is None
    assert beside("desk", clerk, "/desk/style/") is None
    assert "甲页" in {link.label for link in links("desk", clerk, "/")}


def test_unknown_preferences_count_as_none():
    request = RequestFactory().get("/")
    request.COOKIES |= {"lantai_theme": "pink", "lantai_type": "large"}
    assert Preferences.of(request) == Preferences("auto", "large")
    assert Preferences("dark").dark_media == "all"


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_told_in_our_words(client):
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "没有这一页。" in answer.content.decode()


@pytest.mark.django_db
def test_a_stale_form_says_that_nothing_was_sent():
    answer = Client(enforce_csrf_checks=True).post("/preferences/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "您填的内容没有提交" in answer.content.decode()


def test_the_failure_page_stands_without_any_context():
    page = render_to_string("500.html")
    assert "错在我们" in page
    assert 'media="(prefers-color-scheme: dark)"' in page


@pytest.mark.django_db
def test_preferences_return_to_the_page_and_nowhere_else(client):
    answer = client.post("/preferences/", {"type": "large", "next": "/search?q=a"})
    assert (answer["Location"], answer.cookies["lantai_type"].value) == ("/search?q=a", "large")
    assert (
        client.post("/preferences/", {"theme": "dark", "next": "https://elsewhere.example/"})["Location"]
        == "/"
    )
