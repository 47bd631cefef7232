"""Eras and the days a dated moment spans, in the calendar of its time."""

from __future__ import annotations

import calendar
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

from .adapters import lunar
from .errors import Invalid
from .language import gettext as _

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_LAST_YEAR = 9998


@dataclass(frozen=True, slots=True)
class Era:
    """A reign title or era, from ``data/eras.toml``.

    Attributes:
        name: as written, simplified characters.
        first: the Gregorian year in which its year 1 begins.
        years: how many years it counted.
        lunar: whether its months are lunar.
    """

    name: str
    first: int
    years: int
    lunar: bool

    def gregorian_year(self, number: int, text: str) -> int:
        """The Gregorian year in which year ``number`` begins; ``Invalid`` beyond the era."""
        if not 1 <= number <= self.years:
            raise Invalid(
                _("%(name)s只有%(years)s年。") % {"name": self.name, "years": self.years},
                subject=text,
                remedy=_("请核对年号与年数。"),
            )
        return self.first + number - 1

    def year_of_stem(self, stem: str, text: str) -> int:
        """The Gregorian year of the era's first year with a stem-branch name (庚子)."""
        index = sexagenary_index(stem)
        for year in range(self.first, self.first + self.years):
            if (year - 4) % 60 == index:
                return year
        raise Invalid(
            _("%(name)s年间没有%(stem)s年。") % {"name": self.name, "stem": stem},
            subject=text,
            remedy=_("请核对年号与干支。"),
        )


def _load() -> dict[str | None, Era]:
    table = tomllib.loads(files(__package__).joinpath("data/eras.toml").read_text(encoding="utf-8"))
    eras: dict[str | None, Era] = {}
    for row in table["era"]:
        era = Era(row["name"], row["first"], row["years"], row["calendar"] == "lunar")
        eras.update(dict.fromkeys((row["name"], *row.get("also", ())), era))
    return eras


ERAS = _load()
"""Every era by each of its names."""


def names_pattern() -> str:
    """A pattern that matches any era's name, the longest first."""
    return "|".join(re.escape(name) for name in sorted(filter(None, ERAS), key=len, reverse=True))


def sexagenary_index(stem: str) -> int:
    """The place of a stem-branch pair in the cycle of sixty; ``-1`` for a pair that never occurs."""
    ten, twelve = _STEMS.index(stem[0]), _BRANCHES.index(stem[1])
    return next((index for index in range(60) if (index % 10, index % 12) == (ten, twelve)), -1)


@dataclass(frozen=True, slots=True)
class Moment:
    """One date in parts, in the calendar it was written in.

    Attributes:
        era: the era it was counted in, if any.
        year: the Gregorian year in which the year begins.
        lunar: whether month and day are lunar.
        month: 1 to 12.
        leap: whether the leap month of that number is meant.
        day: 1 to 31.
        part: a part of the year or month in words (春, 上半年, 第一季度, 上旬, 年底).
    """

    era: Era | None
    year: int
    lunar: bool = False
    month: int | None = None
    leap: bool = False
    day: int | None = None
    part: str = ""

    def interval(self, text: str) -> tuple[date, date]:
        """First and last day; ``Invalid`` when there is no such day."""
        first, last = (lunar.FIRST_YEAR, lunar.LAST_YEAR) if self.lunar else (1, _LAST_YEAR)
        if not first <= self.year <= last:
            raise _no_such(_("%(year)s年不在可推算的范围") % {"year": self.year}, text)
        if self.month is not None:
            return self._within_month(self.month, text)
        if self.leap:
            raise _no_such(_("闰月没有月份"), text)
        return self._within_year(text)

    def _within_month(self, month: int, text: str) -> tuple[date, date]:
        if not 1 <= month <= 12:
            raise _no_such(_("没有“%(month)s月”") % {"month": month}, text)
        if self.leap and not self.lunar:
            raise _no_such(_("公历没有闰月"), text)
        days = self._days_in(month)
        if not days:
            raise _no_such(_("%(year)s年没有闰%(month)s月") % {"year": self.year, "month": month}, text)
        if self.day is not None and not 1 <= self.day <= days:
            raise _no_such(_("该月只有%(days)s日") % {"days": days}, text)
        if self.part and (self.day is not None or self.part[-1] not in "旬初底末"):
            raise _no_such(_("“%(part)s”不能接在这里") % {"part": self.part}, text)
        if self.day is not None:
            return self._on(month, self.day), self._on(month, self.day)
        begin, end = {"上": (1, 10), "中": (11, 20), "下": (21, days)}.get(self.part[:1], (1, days))
        return self._on(month, begin), self._on(month, end)

    def _within_year(self, text: str) -> tuple[date, date]:
        first, count = self._months_of_part(text)
        years, month = divmod(first + count - 1, 12)
        following = Moment(self.era, self.year + years, self.lunar)
        return self._on(first, 1), following._on(month + 1, 1) - timedelta(days=1)

    def _months_of_part(self, text: str) -> tuple[int, int]:
        """(first month, how many). Seasons begin with the year in lunar years, in March in solar ones."""
        part = self.part
        if not part or part[-1] in "初底末":
            if part.startswith("月"):
                raise _no_such(_("“%(part)s”之前没有月份") % {"part": part}, text)
            return 1, 12
        if part[0] in "春夏秋冬":
            return "春夏秋冬".index(part[0]) * 3 + (1 if self.lunar else 3), 3
        if part.endswith("半年"):
            return (1 if part[0] == "上" else 7), 6
        if part.endswith("季度"):
            return ("一二三四1234".index(part[-3]) % 4) * 3 + 1, 3
        raise _no_such(_("“%(part)s”之前没有月份") % {"part": part}, text)

    def _days_in(self, month: int) -> int:
        if self.lunar:
            return lunar.days_in_month(self.year, month, leap=self.leap)
        return calendar.monthrange(self.year, month)[1]

    def _on(self, month: int, day: int) -> date:
        if self.lunar:
            return lunar.to_gregorian(self.year, month, day, leap=self.leap)
        return date(self.year, month, day)


def _no_such(reason: str, text: str) -> Invalid:
    return Invalid(
        _("日期不存在：%(reason)s。") % {"reason": reason}, subject=text, remedy=_("请核对原件后改正。")
    )
