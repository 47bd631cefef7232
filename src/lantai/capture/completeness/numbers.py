"""Document numbers (发文字号) as they are compared, and their place in a series.

机关代字〔年份〕顺序号 (GB/T 9704-2012 7.2.5). Offices write the brackets and digits in many ways.
"""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = str.maketrans("[【［(（《<{", "〔" * 8) | str.maketrans("]】］)）》>}", "〕" * 8)
_SERIES = re.compile(r"^(?P<series>\D.*?〔(?P<year>(?:19|20)\d{2})〕)第?0*(?P<serial>[1-9]\d{0,5})号?$")
_LONGEST = 100


def fold_number(text: str) -> str:
    """A number without what does not tell two numbers apart: width, brackets, spaces, leading zeros, 第, 号."""
    spaceless = "".join(unicodedata.normalize("NFKC", text).split())
    plain = unicodedata.normalize("NFKC", spaceless).translate(_BRACKETS)
    found = _SERIES.match(plain)
    return (f"{found['series']}{found['serial']}号" if found else plain)[:_LONGEST]


def series_of(folded: str) -> tuple[str, int, int] | None:
    """Series, year and serial number of a folded number; ``None`` where it has none."""
    found = _SERIES.match(folded)
    return (found["series"], int(found["year"]), int(found["serial"])) if found else None


def missing_serials(known: set[int], least_known: int, least_share: float) -> list[int]:
    """The numbers a series lacks, from 1 to its greatest; none where too little of it is known."""
    if len(known) < least_known or len(known) < max(known) * least_share:
        return []
    return sorted(set(range(1, max(known) + 1)) - known)
