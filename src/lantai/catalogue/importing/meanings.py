"""What cells mean: dates, terms and marks, each text understood once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.records.api import parse_classification, parse_disclosure, retention_term

DATE_KEPT = 1 << 16
_EPOCH = date(1899, 12, 30)


@lru_cache(DATE_KEPT)
def read_date(text: str) -> tuple[str | None, str | None, str] | None:
    """First day, last day (ISO) and certainty of a date as written; ``None`` when it is none."""
    if len(text) == 8 and text.isascii() and text.isdigit() and "00" not in (text[4:6], text[6:]):
        try:
            day = f"{text[:4]}-{text[4:6]}-{text[6:]}"
            date.fromisoformat(day)
        except ValueError:
            return None
        return day, day, "exact"
    try:
        found = parse_date(text)
    except Invalid:
        return None
    if found.certainty == "unknown":
        return None, None, "unknown"
    return found.start.isoformat(), found.end.isoformat(), str(found.certainty)


def serial_day(text: str) -> str:
    """The day a spreadsheet's number stands for, as eight digits; empty when it is no such number."""
    whole = text.partition(".")[0]
    if not re.fullmatch(r"\d{5}(\.\d+)?", text) or not 10_000 <= int(whole) <= 73_050:
        return ""
    return f"{_EPOCH + timedelta(days=int(whole)):%Y%m%d}"


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    @lru_cache(4096)
    def found(text: str) -> Any:
        try:
            return read(text)
        except Invalid:
            return None

    return found


term_code = _or_none(lambda text: retention_term(text).code)
classification_of = _or_none(parse_classification)
disclosure_of = _or_none(parse_disclosure)
