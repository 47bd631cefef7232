"""Dates of messages with their zone (RFC 5322 3.3), also as old and foreign programs write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_tz

_ISO = re.compile(
    r"\s*(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})日?[T ,]*(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


def parse_date(text: str) -> datetime | None:
    """The moment a ``Date`` field names, with its zone; ``None`` where it names none.

    A zone that is missing or meaningless (``-0000``) counts as UTC.
    """
    text = re.sub(r"\([^()]*\)?", " ", text[:200]).strip()
    parsed = _parsed(text)
    if parsed is None:
        return _from_iso(text)
    *fields, offset_s = (*parsed[:6], parsed[9] or 0)
    return _moment(fields, offset_s)


def _parsed(text: str) -> tuple[int, ...] | None:
    try:
        return parsedate_tz(text)  # type: ignore[return-value]  # the zone may be None
    except (IndexError, ValueError, TypeError):
        return None


def _from_iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    *numbers, zone = match.groups()
    return _moment([int(number or 0) for number in numbers], _offset_s(zone))


def _offset_s(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _moment(fields: list[int], offset_s: int) -> datetime | None:
    year, month, day, hour, minute, second = fields
    try:
        zone = timezone(timedelta(seconds=offset_s))
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)
    except (ValueError, OverflowError):
        return None
