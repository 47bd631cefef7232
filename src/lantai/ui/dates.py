"""Days and historical dates in the words of the reader's language."""

from __future__ import annotations

import calendar
from datetime import date
from functools import lru_cache

from django.utils.translation import get_language

from lantai.core.dates import Certainty, parse_date
from lantai.core.errors import Invalid


def day_in_words(day: date) -> str:
    """A day as people write it: 2026年6月2日; in English 2 June 2026."""
    return _point(day, "day")


def date_in_words(written: str) -> str:
    """A date of a description as people read it: 19560601 is 1956年6月1日, 195606 is 1956年6月.

    What was inferred keeps its brackets (DA/T 18-2022). A date written in words, such as
    民国三十八年五月, is shown as it was written, and so is one that cannot be read.
    """
    return _read(written, get_language())


@lru_cache(8192)
def _read(written: str, _language: str | None) -> str:
    """The same days come again and again: on one page of results, and on the next."""
    if any("\u4e00" <= character <= "\u9fff" for character in written):
        return written
    try:
        read = parse_date(written)
    except Invalid:
        return written
    if read.certainty is Certainty.UNKNOWN:
        return written
    words = _span(read.start, read.end)
    return f"[{words}]" if read.certainty is Certainty.INFERRED else words


def _span(start: date, end: date) -> str:
    """An interval by its ends, as exactly as they are known."""
    unit = "day"
    if start.day == 1 and end.day == calendar.monthrange(end.year, end.month)[1]:
        unit = "year" if (start.month, end.month) == (1, 12) else "month"
    first, last = _point(start, unit), _point(end, unit)
    if first == last:
        return first
    return f"{first}–{last}" if get_language() == "en" else f"{first}至{last}"


def _point(day: date, unit: str) -> str:
    year = str(day.year)
    if get_language() == "en":
        month = f"{day:%B} {year}"
        return {"year": year, "month": month, "day": f"{day.day} {month}"}[unit]
    month = f"{year}年{day.month}月"
    return {"year": f"{year}年", "month": month, "day": f"{month}{day.day}日"}[unit]
