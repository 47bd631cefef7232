"""Dates as Chinese archives write them, as ISO intervals with their certainty.

Read: 1958-03-05, 1958.3, 19580305, 1958年3月5日, 一九五八年十一月, 民国三十八年, 民国38.5.3,
光绪廿六年三月初五 and 宣统三年闰六月 (lunar, by the calendar of the time), 光绪庚子年, 一九五八年春,
上旬, 第一季度; ``[19450815]``, 约1950年 and 1950年? (inferred); ranges with 至, —, ~, .. or -.
Also DA/T 18's eight digits with 00 for an unknown month or day. What cannot be a date is
``Invalid``, with the remedy.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .eras import ERAS, Moment, names_pattern, sexagenary_index
from .errors import Invalid
from .language import gettext as _
from .numerals import CAPITAL, read_numeral

LONGEST = 200
"""Texts longer than this, in characters, are refused unread."""


class Certainty(StrEnum):
    """How exactly an interval is known."""

    EXACT = "exact"
    MONTH = "month"
    YEAR = "year"
    INFERRED = "inferred"
    RANGE = "range"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HistoricalDate:
    """A date as written, and the days it may mean.

    Attributes:
        text: as written.
        start: first day, proleptic Gregorian as in ISO 8601; ``date.min`` when unknown.
        end: last day, never before ``start``; ``date.max`` when unknown.
        certainty: see :class:`Certainty`.
    """

    text: str
    start: date
    end: date
    certainty: Certainty

    def describe(self) -> str:
        """The interval in Gregorian words: 1949年5月3日, 1949年5月, 约1950年, 1955年1月1日至1965年3月2日."""
        if self.certainty is Certainty.UNKNOWN:
            return "日期不详"
        about = "约" if self.certainty is Certainty.INFERRED else ""
        return about + _describe(self.start, self.end)


def parse_date(text: str) -> HistoricalDate:
    """Reads a date; an empty text or 不详 gives an unknown one.

    Raises:
        Invalid: it is no date, or one that never was.
    """
    if len(text) > LONGEST:
        raise Invalid(
            _("日期文字过长。"),
            subject=text[:20] + "…",
            remedy=_("请缩短到 %(longest)s 字以内。") % {"longest": LONGEST},
        )
    plain = _normalise(text)
    if plain in _UNKNOWN:
        return HistoricalDate(text, date.min, date.max, Certainty.UNKNOWN)
    start, end, certainty = _read(plain, text)
    if start > end:
        raise Invalid(_("起止日期先后颠倒。"), subject=text, remedy=_("请把较早的日期写在前面。"))
    return HistoricalDate(text, start, end, certainty)


_Interval = tuple[date, date, Certainty]

_UNKNOWN = {"", "不详", "未知", "无日期", "日期不详", "时间不详", "年代不详", "年月不详", "待考", "00000000"}
_SIMPLER = str.maketrans(
    "國閏臘曆農陰豐緒統順慶隸萬曆禎寶啟啓○Ｏ零〔〕【】〖〗—–―－~～〜年號歷華樂",
    "国闰腊历农阴丰绪统顺庆隶万历祯宝启启〇〇〇[][][]~~~-~~~年号历华乐",
)
_STRONG = re.compile(r"~+|\.{2,}|--+|至|到")
_TIME_OF_DAY = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")

_NUMBER = r"[元〇一二三四五六七八九十廿卅卌百\d]{1,5}"
_MONTH = r"正|冬|腊|[〇一二三四五六七八九十]{1,3}|\d{1,2}"
_DAY = r"初[一二三四五六七八九十]|[〇一二三四五六七八九十廿卅]{1,3}|\d{1,2}"
_PART = r"春|夏|秋|冬|[春夏秋冬]季|[上下]半年|第?[一二三四1234]季度|[上中下]旬|年?[初底末]|月[初底]"
_LUNAR = r"(?:农历|阴历|旧历|夏历)"

_WORDS = re.compile(
    rf"(?:公元|西元)?(?P<calendar>{_LUNAR})?"
    rf"(?:(?:大?清代?|大?明代?)?(?P<era>{names_pattern()}))?"
    rf"(?:(?P<year>{_NUMBER})|(?P<stem>[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]))年?"
    r"(?:\((?P<check>[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥])年?\)年?)?"
    rf"(?P<calendar2>{_LUNAR})?"
    rf"(?:(?P<leap>闰)?(?P<month>{_MONTH})月份?(?:(?P<day>{_DAY})[日号]?)?)?"
    rf"(?P<part>{_PART})?",
    re.ASCII,
)
_NUMBERS = re.compile(
    rf"(?:(?P<era>{names_pattern()})(?P<era_year>\d{{1,3}})|(?P<year>\d{{4}}))"
    r"(?P<sign>[-./])(?P<month>\d{1,2})(?:(?P=sign)(?P<day>\d{1,2}))?",
    re.ASCII,
)
_DIGITS = re.compile(r"(?P<year>\d{4})(?:(?P<month>\d{2})(?P<day>\d{2})?)?", re.ASCII)
_CONTINUED = re.compile(
    rf"(?:(?P<year>{_NUMBER})年)?(?:(?P<leap>闰)?(?P<month>{_MONTH})月)?(?:(?P<day>{_DAY})[日号]?)?",
    re.ASCII,
)
_DECADE = re.compile(
    r"(?:(?P<year>[12]\d\d0)|(?:20|二十)世纪(?P<tens>[一二三四五六七八九]十|[1-9]0))年代", re.ASCII
)
_ABOUT = re.compile(r"(?:约|大约)(?P<before>.+)|(?P<after>.+?)(?:\?|\(\?\)|左右|前后)")


def _normalise(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).strip()
    folded = _TIME_OF_DAY.sub("", folded)
    return "".join(folded.split()).translate(_SIMPLER).translate(CAPITAL).rstrip("。;,")


def _read(plain: str, text: str) -> _Interval:
    """A single date or a range."""
    if plain.startswith("[") and plain.endswith("]") and plain.count("[") == 1:
        start, end, _certainty = _read(plain[1:-1].rstrip("?"), text)
        return start, end, Certainty.INFERRED
    ends = _STRONG.split(plain)
    if len(ends) == 2 and all(ends):
        return _read_range(ends[0], ends[1], text)
    if len(ends) > 1:
        raise _unreadable(text)
    single = _read_single(plain, text)
    if single is not None:
        return single
    for sign in "-/":
        for left, right in _splits(plain, sign):
            if _read_single(left, text) and _read_single(right, text):
                return _read_range(left, right, text)
    raise _unreadable(text)


def _splits(plain: str, sign: str) -> list[tuple[str, str]]:
    """Ways to cut a text in two at a sign that may also stand within a date, middle first."""
    cuts = [at for at, found in enumerate(plain) if found == sign][:8]
    cuts.sort(key=lambda at: abs(2 * at - len(plain)))
    return [(plain[:at], plain[at + 1 :]) for at in cuts]


def _read_single(plain: str, text: str) -> _Interval | None:
    if plain.startswith("[") and plain.endswith("]"):
        found = _read_single(plain[1:-1].rstrip("?"), text)
        return (found[0], found[1], Certainty.INFERRED) if found else None
    about = _ABOUT.fullmatch(plain)
    if about:
        found = _read_single(about["before"] or about["after"], text)
        return (found[0], found[1], Certainty.INFERRED) if found else None
    decade = _DECADE.fullmatch(plain)
    if decade:
        year = int(decade["year"] or 1900 + (read_numeral(decade["tens"]) or 0))
        return date(year, 1, 1), date(year + 9, 12, 31), Certainty.RANGE
    moment = _read_moment(plain, text)
    if moment is None:
        return None
    start, end = moment.interval(text)
    return start, end, _certainty_of(moment)


def _read_range(left: str, right: str, text: str) -> _Interval:
    first = _read_single(left, text)
    if first is None:
        raise _unreadable(text)
    last = _read_continued(left, right, text) or _read_single(right, text)
    if last is None:
        raise _unreadable(text)
    inferred = Certainty.INFERRED in (first[2], last[2])
    return first[0], last[1], Certainty.INFERRED if inferred else Certainty.RANGE


def _read_continued(left: str, right: str, text: str) -> _Interval | None:
    """The second end of a range that leaves out what the first end has said (…3月5日至8日)."""
    began, match = _read_moment(left, text), _CONTINUED.fullmatch(right)
    if began is None or match is None or not right:
        return None
    year = read_numeral(match["year"]) if match["year"] else None
    if match["year"] and (began.era is None or year is None or len(match["year"]) > 3):
        return None
    if match["day"] and not match["month"] and (match["year"] or began.month is None):
        return None
    if not match["year"] and not match["month"] and not right.endswith(("日", "号")) and not match["day"]:
        return None
    moment = Moment(
        era=began.era,
        year=began.era.gregorian_year(year, text) if year is not None and began.era else began.year,
        lunar=began.lunar,
        month=_month(match["month"], text) if match["month"] else None if match["year"] else began.month,
        leap=bool(match["leap"]) if match["month"] else began.leap,
        day=_day(match["day"], text) if match["day"] else None,
    )
    start, end = moment.interval(text)
    return start, end, Certainty.RANGE


def _read_moment(plain: str, text: str) -> Moment | None:
    """The parts of one date; ``None`` when the text has not the form of one."""
    match = _DIGITS.fullmatch(plain)
    if match:
        month, day = int(match["month"] or 0) or None, int(match["day"] or 0) or None
        if day and not month:
            raise _no_such(_("有日而没有月"), text)
        return Moment(None, int(match["year"]), month=month, day=day)
    match = _NUMBERS.fullmatch(plain)
    if match:
        era = ERAS.get(match["era"])
        year = era.gregorian_year(int(match["era_year"]), text) if era else int(match["year"])
        month, day = int(match["month"]), int(match["day"]) if match["day"] else None
        return Moment(era, year, lunar=bool(era and era.lunar), month=month, day=day)
    match = _WORDS.fullmatch(plain)
    return _moment_of_words(match, text) if match else None


def _moment_of_words(match: re.Match[str], text: str) -> Moment | None:
    era = ERAS.get(match["era"])
    if match["stem"]:
        if era is None:
            raise Invalid(
                _("只有干支，无法确定是哪一个甲子。"),
                subject=text,
                remedy=_("请补上年号或公元年，如“光绪庚子年”。"),
            )
        year = era.year_of_stem(match["stem"], text)
    else:
        number = read_numeral(match["year"])
        if number is None:
            return None
        if era is None and (number < 1000 or len(match["year"]) != 4):
            raise Invalid(
                _("年份须写全四位。"),
                subject=text,
                remedy=_("请写作“1958年”或“民国三十八年”，两位年份有歧义。"),
            )
        year = era.gregorian_year(number, text) if era else number
    if match["check"] and sexagenary_index(match["check"]) != (year - 4) % 60:
        raise Invalid(_("年份与所注干支不符。"), subject=text, remedy=_("请核对原件，改正其一。"))
    return Moment(
        era,
        year,
        lunar=bool(match["calendar"] or match["calendar2"] or (era and era.lunar)),
        month=_month(match["month"], text) if match["month"] else None,
        leap=bool(match["leap"]),
        day=_day(match["day"], text) if match["day"] else None,
        part=match["part"] or "",
    )


def _month(written: str, text: str) -> int:
    number = {"正": 1, "冬": 11, "腊": 12}.get(written) or read_numeral(written)
    if number is None or not 1 <= number <= 12:
        raise _no_such(_("没有“%(written)s月”") % {"written": written}, text)
    return number


def _day(written: str, text: str) -> int:
    number = read_numeral(written.removeprefix("初"))
    if number is None or not 1 <= number <= 31:
        raise _no_such(_("没有“%(written)s日”") % {"written": written}, text)
    return number


def _certainty_of(moment: Moment) -> Certainty:
    if moment.part:
        return Certainty.INFERRED if moment.part[-1] in "初底末" else Certainty.RANGE
    if moment.day:
        return Certainty.EXACT
    return Certainty.MONTH if moment.month else Certainty.YEAR


def _describe(start: date, end: date) -> str:
    if start == end:
        return f"{start.year:04d}年{start.month}月{start.day}日"
    if start.day == 1 and (end.year, end.month) == (start.year, start.month):
        if end.day == calendar.monthrange(end.year, end.month)[1]:
            return f"{start.year:04d}年{start.month}月"
    elif (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        years = f"{start.year:04d}年"
        return years if start.year == end.year else f"{years}至{end.year:04d}年"
    return f"{_describe(start, start)}至{_describe(end, end)}"


def _no_such(reason: str, text: str) -> Invalid:
    return Invalid(
        _("日期不存在：%(reason)s。") % {"reason": reason}, subject=text, remedy=_("请核对原件后改正。")
    )


def _unreadable(text: str) -> Invalid:
    return Invalid(
        _("日期无法识别。"),
        subject=text,
        remedy=_(
            "请写作“1958-03-05”“1958年3月”“民国三十八年五月”或“光绪廿六年三月初五”；推测的日期加方括号。"
        ),
    )
