from datetime import date

import pytest
from django.template import Context, Template
from django.utils import translation

from lantai.ui.dates import date_in_words, day_in_words

READ = [
    ("19560601", "1956年6月1日", "1 June 1956"),
    ("1956-06-01", "1956年6月1日", "1 June 1956"),
    ("1956.6", "1956年6月", "June 1956"),
    ("19560600", "1956年6月", "June 1956"),
    ("1956", "1956年", "1956"),
    ("[19560601]", "[1956年6月1日]", "[1 June 1956]"),
    ("[1956]", "[1956年]", "[1956]"),
    ("1956?", "[1956年]", "[1956]"),
    ("1955-1965", "1955年至1965年", "1955–1965"),
    ("1955.1~1955.3", "1955年1月至1955年3月", "January 1955–March 1955"),
]


@pytest.mark.parametrize(("written", "chinese", "english"), READ)
def test_a_date_in_digits_is_shown_as_people_read_it(written, chinese, english):
    assert date_in_words(written) == chinese
    with translation.override("en"):
        assert date_in_words(written) == english


@pytest.mark.parametrize(
    "written", ["", "民国三十八年五月", "一九五八年春", "约1950年", "不详", "n.d.", "19561399"]
)
def test_words_and_what_cannot_be_read_are_shown_as_written(written):
    assert date_in_words(written) == written


def test_a_day_of_the_calendar_is_shown_alike():
    assert day_in_words(date(2026, 6, 2)) == "2026年6月2日"
    page = Template("{% load lantai_ui %}{{ day|chinese_date }} {{ written|date_in_words }}")
    assert (
        page.render(Context({"day": date(2026, 6, 2), "written": "20260602"})) == "2026年6月2日 2026年6月2日"
    )
