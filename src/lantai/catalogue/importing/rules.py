"""The rules each row is held to by itself. What rows say of each other is in :mod:`.crossing`.

Runs in several processes over chunks, so nothing here reads the database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lantai.records.api import (
    clean_text,
    is_classified,
    normalise_code,
    tables_at_rest,
)

from .fields import fields
from .lines import to_line
from .meanings import classification_of, disclosure_of, read_date, serial_day, term_code
from .problems import Problem
from .rows import Book, Checked, Ready, Seen
from .schemes import SchemeFacts, nearest
from .sources import MERGED

LIMITS = {
    "reference_code": 120,
    "title": 2000,
    "responsible": 300,
    "document_number": 100,
    "date_text": 60,
    "date_from": 28,
    "date_until": 28,
    "unit_code": 40,
    "secrecy_period": 20,
}
"""Most characters by field."""
LONGEST = 32_767
"""Characters of any other cell: what spreadsheet programs hold."""
_ERROR = re.compile(r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)|Err:\d{3}")
_PAGES = re.compile(r"(\d{1,6})(?:页|张)?")
_RANGE = re.compile(r"(\d{1,6})(?:\s*[-—–~～至]+\s*(\d{1,6}))?")
_NUMBERED = ("item", "page", "volume", "group")
_VOLUME_WORDS = frozenset({"案卷", "案卷级", "卷", "volume"})


def check_rows(book: Book, rows: Sequence[Sequence[str]], first_row: int) -> Checked:
    """Holds rows to the rules.

    Args:
        book: what they are read by.
        rows: cells as they were read.
        first_row: number of the first, from 1, as the spreadsheet shows it.
    """
    checked = Checked()
    reader = _Reader(book, checked)
    with tables_at_rest():
        for number, cells in enumerate(rows, first_row):
            if any(cells):
                reader.take(number, cells)
                checked.rows += 1
            else:
                checked.blank += 1
    return checked


class _Reader:
    """Reads rows one after another; the scheme of the last is tried first for the next."""

    def __init__(self, book: Book, checked: Checked) -> None:
        self.book = book
        self.checked = checked
        self.places = {key: place for place, key in enumerate(book.columns) if key}
        self.kept = [(key, code) for key in self.places if (code := fields()[key].code)]
        self.limits = {key: LIMITS.get(key, LONGEST) for key in self.places}
        self.width = len(book.columns)
        self.schemes = list(book.schemes)
        self.row = 0
        self.stopped = False

    def tell(self, kind: str, name: str = "", **details: Any) -> None:
        """Notes a problem of this row."""
        problem = Problem(self.row, kind, name, details)
        self.checked.problems.append(problem)
        self.stopped = self.stopped or problem.stops

    def take(self, number: int, cells: Sequence[str]) -> None:
        """One row."""
        self.row, self.stopped = number, False
        row, joined = self._cells(cells)
        flags = self._look_at_characters(row, joined)
        found = self._placed(row)
        title = row.get("title", "")
        if not title:
            self.tell("title_missing", "title")
        for name, text in row.items():
            if len(text) > self.limits[name]:
                self.tell("too_long", name, length=len(text), most=self.limits[name])
        written, start, end, certainty = self._dated(row, found.year)
        pages = self._paged(row)
        classification, period = self._classified(row)
        disclosure = self._disclosed(row)
        self.checked.seen.append(Seen(number, found.code, found.above, pages, found.is_volume, found.parent))
        if self.stopped or found.scheme is None:
            return
        metadata = {code: row[key] for key, code in self.kept if row.get(key)}
        self.checked.ready.append(
            Ready(
                number, found.is_volume, found.above, found.scheme.id_hex, found.code, found.number, found.year or 0,
                found.retention, found.unit, title, row.get("responsible", ""), row.get("document_number", ""),
                written, start, end, certainty,
                "volume" if found.scheme.is_volume else "item", classification,
                row.get("secrecy_period", "") or period, disclosure, pages,
                to_line(metadata).decode() if metadata else "{}",
                to_line(flags).decode() if flags else "[]",
            )
        )  # fmt: skip

    def _cells(self, cells: Sequence[str]) -> tuple[dict[str, str], str]:
        """The cells by field, without spaces around them; and all that stood in them."""
        if len(cells) > self.width and any(cells[self.width :]):
            self.tell("row_short", count=len(cells) - self.width)
        row = {key: cells[place].strip() for key, place in self.places.items() if place < len(cells)}
        joined = "\n".join(row.values())
        if "#" in joined or MERGED in joined or "Err:" in joined:
            for key, text in row.items():
                if text == MERGED:
                    self.tell("merged_cell", key)
                    row[key] = ""
                elif _ERROR.fullmatch(text):
                    self.tell("formula_error", key, text=text)
                    row[key] = ""
        return row, joined

    def _look_at_characters(self, row: dict[str, str], joined: str) -> list[str]:
        """Cleans what databases and XML cannot hold; what is left to doubt becomes a flag."""
        cleaned, remarks = clean_text(joined)
        if cleaned == joined and not remarks:
            return []
        flags = []
        for key, text in row.items():
            row[key], remarks = clean_text(text)
            flags += [f"{key}:{remark}" for remark in remarks]
            if remarks:
                self.tell("characters", key, told="、".join(remarks[:5]))
        return flags

    # ---- where it belongs

    def _placed(self, row: Mapping[str, str]) -> _Placed:
        code = normalise_code(row.get("reference_code", ""))
        parent = normalise_code(row.get("volume_code", ""))
        year = self._year(row)
        category = row.get("category", "") or self.book.category
        if not code:
            self.tell("code_missing", "reference_code")
            return _Placed(year=year, parent=parent)
        if len(code) > LIMITS["reference_code"]:  # told with the other long cells
            return _Placed(year=year)
        wants_volume = row.get("level", "").casefold() in _VOLUME_WORDS
        for place, scheme in enumerate(self.schemes):
            if wants_volume and scheme.by_volume:
                match, is_volume = _match(scheme.volume_pattern, code), True
            else:
                match, is_volume = scheme.pattern.fullmatch(code), False
                if match is None and not wants_volume and scheme.by_volume and not row.get("level"):
                    match, is_volume = _match(scheme.volume_pattern, code), True
            if match is None:
                continue
            parts = match.groupdict()
            told = int(parts["year"]) if parts.get("year") else None
            filed = told or year
            if filed is None or not scheme.covers(filed):
                continue
            if place:
                self.schemes.insert(0, self.schemes.pop(place))
            return self._agreed(row, scheme, parts, code, parent, (filed, year), is_volume=is_volume)
        self._complain(code, category, year)
        return _Placed(code=code, year=year, parent=parent)

    def _agreed(
        self, row: Mapping[str, str], scheme: SchemeFacts, parts: Mapping[str, str], code: str, parent: str,
        years: tuple[int, int | None], *, is_volume: bool,
    ) -> _Placed:  # fmt: skip
        """Holds what the cells say against what the code says."""
        filed, cell = years
        if cell and cell != filed:
            self.tell("year_differs", "year", cell=cell, code=filed)
        retention = self._retention(row, parts)
        number = int(parts.get("volume") or parts.get("group") or 0) if is_volume else int(_last(parts))
        told = row.get("volume_number" if is_volume else "item_number", "")
        if told and not (told.isdecimal() and len(told) < 10):
            self.tell("number_form", "volume_number" if is_volume else "item_number", text=told[:20])
        elif told and int(told) != number:
            self.tell(
                "item_differs", "volume_number" if is_volume else "item_number", cell=int(told), code=number
            )
        if not 1 <= number < 10**9:
            self.tell(
                "code_form", "reference_code", said=scheme.complaint(code), example=scheme.example(filed)
            )
        above = "" if is_volume else parts.get("above", "") or parent
        if parent and above and parent != above and not is_volume:
            self.tell("parent_differs", "volume_code", cell=parent, code=above)
        unit = parts.get("unit") or row.get("unit_code", "")
        return _Placed(scheme, code, above, number, filed, retention, unit, is_volume, parent)

    def _year(self, row: Mapping[str, str]) -> int | None:
        text = row.get("year", "").removesuffix("年")
        if not text:
            return None
        if len(text) == 4 and text.isdecimal() and 1500 <= int(text) <= 2100:
            return int(text)
        self.tell("year_form", "year", text=text[:20])
        return None

    def _retention(self, row: Mapping[str, str], parts: Mapping[str, str]) -> str:
        cell, coded = row.get("retention", ""), parts.get("retention", "")
        term = term_code(cell) if cell else ""
        if term is None:
            self.tell("retention_form", "retention", text=cell[:20])
        if not coded:
            return term or ""
        meant = term_code(coded)
        if meant is None:
            self.tell("retention_form", "reference_code", text=coded)
        elif meant != coded:
            self.tell("retention_in_code", "reference_code", text=coded, code=meant)
        elif term and term != coded:
            self.tell("retention_differs", "retention", cell=cell, code=coded)
        return coded

    def _complain(self, code: str, category: str, year: int | None) -> None:
        """Says what is wrong with a code that no scheme makes."""
        fonds = re.split(r"[-·]", code)[0]
        if fonds != self.book.fonds and re.fullmatch(r"[A-Z]?\d{1,4}", fonds):
            self.tell("code_other_fonds", "reference_code", found=fonds, wanted=self.book.fonds)
            return
        named = re.match(r"[^-·]+-([A-Z]{2})(?=[-·])", code)
        dated = re.search(r"(?<![0-9])((?:1[89]|20)[0-9]{2})(?![0-9])", code)
        category = named[1] if named else category
        year = int(dated[1]) if dated else year
        scheme = nearest(self.book.schemes, category, year)
        if scheme is None or (year and not scheme.covers(year)):
            self.tell("scheme_unknown", "reference_code", category=category or "—", year=year or "—")
        elif not dated and year is None and scheme.pattern.fullmatch(code):
            self.tell("year_missing", "year")
        else:
            said, example = scheme.complaint(code), scheme.example(year)
            self.tell("code_form", "reference_code", said=said, example=example)

    # ---- what it says

    def _dated(self, row: Mapping[str, str], year: int | None) -> tuple[str, str | None, str | None, str]:
        written = row.get("date_text", "")
        if not written and (row.get("date_from") or row.get("date_until")):
            written = "至".join(
                text for text in (row.get("date_from", ""), row.get("date_until", "")) if text
            )
        if not written:
            return "", None, None, "unknown"
        found = read_date(written)
        if found is None:
            if day := serial_day(written):
                self.tell("date_serial", "date_text", text=written, day=day)
            else:
                self.tell("date_form", "date_text", text=written[:40])
            return written, None, None, "unknown"
        start, end, certainty = found
        if year and start and int(start[:4]) > year:
            self.tell("date_after_year", "date_text", date=written[:20], year=year)
        return written, start, end, certainty

    def _paged(self, row: Mapping[str, str]) -> int:
        text, span = row.get("page_count", ""), row.get("page_range", "")
        match = _PAGES.fullmatch(text) if text else None
        if text and match is None:
            self.tell("pages_form", "page_count", text=text[:20])
        pages = int(match[1]) if match else 0
        if not span:
            return pages
        if (places := _RANGE.fullmatch(span)) is None or int(places[2] or places[1]) < int(places[1]):
            self.tell("page_range_form", "page_range", text=span[:20])
            return pages
        counted = int(places[2]) - int(places[1]) + 1 if places[2] else pages or 1
        if pages and counted != pages:
            self.tell("pages_differ", "page_count", range=span, counted=counted, cell=pages)
        return pages or counted

    def _classified(self, row: Mapping[str, str]) -> tuple[str, str]:
        text = row.get("classification", "")
        if not text:
            return "", ""
        found = classification_of(text)
        if found is None:
            self.tell("classification_form", "classification", text=text[:20])
            return "", ""
        if is_classified(found[0]):
            self.tell("classified", "classification")
        level, period = found
        if len(period) > LIMITS["secrecy_period"]:
            self.tell("too_long", "secrecy_period", length=len(period), most=LIMITS["secrecy_period"])
        return level, period

    def _disclosed(self, row: Mapping[str, str]) -> str:
        text = row.get("disclosure", "")
        found = disclosure_of(text) if text else ""
        if found is None:
            self.tell("disclosure_form", "disclosure", text=text[:20])
        return found or ""


class _Placed(NamedTuple):
    """Where a row belongs, as far as it could be told."""

    scheme: SchemeFacts | None = None
    code: str = ""
    above: str = ""
    number: int | None = None
    year: int | None = None
    retention: str = ""
    unit: str = ""
    is_volume: bool = False
    parent: str = ""


def _match(pattern: re.Pattern[str] | None, code: str) -> re.Match[str] | None:
    return pattern.fullmatch(code) if pattern else None


def _last(parts: Mapping[str, str]) -> str:
    for name in _NUMBERED:
        if found := parts.get(name):
            return found
    return "0"
