"""The Chinese lunisolar calendar (GB/T 33661-2017), by sxtwl."""

from __future__ import annotations

from datetime import date

import sxtwl

FIRST_YEAR, LAST_YEAR = 1300, 2200
_ORDINAL_OF_JULIAN_DAY = 1_721_425


def days_in_month(year: int, month: int, *, leap: bool = False) -> int:
    """How many days a lunar month has: 29 or 30; 0 when the year has no such leap month."""
    if leap and leap_month(year) != month:
        return 0
    return int(sxtwl.getLunarMonthNum(year, month, leap))


def leap_month(year: int) -> int:
    """Which month is followed by its leap twin; 0 when none is."""
    return int(sxtwl.getRunMonth(year))


def to_gregorian(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """The day in the (proleptic) Gregorian calendar; the lunar day must exist.

    Args:
        year: the Gregorian year in which the lunar year begins, ``FIRST_YEAR`` to ``LAST_YEAR``.
        month: 1 to 12.
        day: 1 to 30.
        leap: whether the leap month of that number is meant.
    """
    found = sxtwl.fromLunar(year, month, day, leap)
    noon = sxtwl.Time(found.getSolarYear(), found.getSolarMonth(), found.getSolarDay(), 12, 0, 0)
    return date.fromordinal(round(sxtwl.toJD(noon)) - _ORDINAL_OF_JULIAN_DAY)
