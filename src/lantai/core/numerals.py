"""Numbers as Chinese documents write them: 一九五八, 三十八, 廿六, 元, １９５８."""

from __future__ import annotations

_DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "廿": 20, "卅": 30, "卌": 40}


CAPITAL = str.maketrans("壹贰貳弍叁叄參参肆伍陆陸柒捌玖拾佰", "一二二二三三三三四五六六七八九十百")
"""Numerals as bonds and contracts write them (叁拾柒) to the plain ones; only for what is a number."""


def read_count(text: str, digits: int = 9) -> int | None:
    """A whole number in plain ASCII digits, as an address or a header carries it; else ``None``.

    ``str.isdigit`` is true of "²", which ``int`` refuses, and ``int`` refuses thousands of digits.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def read_numeral(text: str) -> int | None:
    """The number a numeral stands for, 0 to 9999; ``None`` when it is no numeral.

    Args:
        text: Arabic digits, Chinese digits by position (一九五八), or Chinese numerals with tens and
            hundreds (三十八, 廿六, 一百零三); 元 is 1. Full-width digits are expected normalised.
    """
    if text == "元":
        return 1
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 4 else None
    if all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text)) if 0 < len(text) <= 4 else None
    return _read_counted(text)


def _read_counted(text: str) -> int | None:
    hundreds, _hundred, rest = text.rpartition("百")
    total = 0
    if _hundred:
        if hundreds not in _DIGITS or _DIGITS[hundreds] == 0:
            return None
        total = _DIGITS[hundreds] * 100
        if len(rest) == 2 and rest[0] in "〇零":
            rest = rest[1:]
    below = _read_below_hundred(rest) if rest else 0
    return None if below is None else total + below


def _read_below_hundred(text: str) -> int | None:
    for sign, value in _TENS.items():
        tens, found, ones = text.partition(sign)
        if not found:
            continue
        if tens and (sign != "十" or (_DIGITS.get(tens, 0) < 2 and tens != "一")):
            return None
        if ones and (ones not in _DIGITS or _DIGITS[ones] == 0):
            return None
        return value * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)
    return _DIGITS.get(text)
