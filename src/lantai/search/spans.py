"""Words that name a stretch of time: years, dates in any calendar, eras, decades, periods."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from lantai.core.dates import Certainty, parse_date
from lantai.core.eras import ERAS, names_pattern
from lantai.core.errors import Invalid
from lantai.core.numerals import CAPITAL

from .text import fold

Span = tuple[date | None, date | None, bool]
"""First and last day, either open; and whether nothing but the time is asked for."""

_YEAR = re.compile(r"^(?:1[0-9]|20)\d\d年?$")
_BETWEEN = re.compile(r"^(?P<low>[^.…~～]*)(?:\.{2,}|…+|~|～)(?P<high>[^.…~～]*)$")
_YEARS = re.compile(r"^(?P<low>\d{4})年?[-–—至到](?P<high>\d{4})年?$")
_NUMERAL = "〇零元一二三四五六七八九十廿卅卌百0-9"
_ERA = re.compile(
    rf"^(?:大?清|大?明)?(?P<era>{names_pattern()})(?:(?P<whole>年间|时期|朝)|.*[{_NUMERAL}].*)$"
)
_DATED = re.compile(
    rf"^(?:[{_NUMERAL}]{{4}}年.{{0,12}}|\d{{4}}[-./]\d{{1,2}}(?:[-./]\d{{1,2}})?|\d{{8}}|.{{2,8}}年代)$"
)
_DECADE = re.compile(r"^(?P<tens>[一二三四五六七八九]十|[1-9]0)年代$")


@cache
def _periods() -> dict[str, tuple[date, date]]:
    text = files(__package__).joinpath("data/periods.toml").read_text(encoding="utf-8")
    return {
        name: (date(row["from"], 1, 1), date(row["to"], 12, 31))
        for row in tomllib.loads(text)["period"]
        for name in row["names"]
    }


def span_of(text: str, *, alone: bool = False, open_ends: bool = True) -> Span | None:
    """The time a word names; ``None`` where it names none.

    Args:
        text: the word.
        alone: whether nothing but a time can be meant (``年:``).
        open_ends: whether two dots make a range.
    """
    plain = fold(text.strip()).translate(CAPITAL)
    if open_ends and (found := _BETWEEN.match(text.strip()) or _YEARS.match(plain)):
        return _between(*(fold(found[end].strip()).translate(CAPITAL) for end in ("low", "high")))
    days = _days(plain, alone=alone)
    return (*days, alone) if days else None


def _between(low: str, high: str) -> Span | None:
    first, last = (_days(end, alone=True) if end else None for end in (low, high))
    if (low and not first) or (high and not last) or not (low or high):
        return None
    since, until = first[0] if first else None, last[1] if last else None
    if since and until and since > until and first and last:
        since, until = last[0], first[1]
    return since, until, True


def _days(text: str, *, alone: bool) -> tuple[date, date] | None:
    """The days one date, era or period spans."""
    if _YEAR.match(text):
        year = int(text[:4])
        return date(year, 1, 1), date(year, 12, 31)
    if text in _periods():
        return _periods()[text]
    era = _ERA.match(text)
    if era and era["whole"]:
        known = ERAS[era["era"]]
        last = min(known.first + known.years - 1, 1949 if known.name == "民国" else 9998)
        return date(known.first, 1, 1), date(last, 12, 31)
    if decade := _DECADE.match(text):
        text = f"二十世纪{decade['tens']}年代"
    if not (alone or era or decade or _DATED.match(text)):
        return None
    try:
        dated = parse_date(text)
    except Invalid:
        return None
    return None if dated.certainty is Certainty.UNKNOWN else (dated.start, dated.end)
