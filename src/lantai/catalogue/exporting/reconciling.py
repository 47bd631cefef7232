"""A dump of an older system against what stands here: counts by year, class and term, and every field.

The dump is read by the importer's own reader, so that any kind of file an import takes can be held
against what came of it. Codes are kept in a scratch database: memory does not grow with the dump.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from lantai.core.canonical import utc_text
from lantai.core.dates import parse_date
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.records.api import Fonds, Record, State, Volume, clean_text, normalise_code, retention_term

from ..importing.fields import find_headings, guess_columns, require_columns
from ..importing.likely import likely_table
from ..importing.reading import TableFacts, read_chunks

EXAMPLES = 50
"""Codes and differences named one by one; the counts are of all."""
COMPARED = ("title", "responsible", "document_number", "date_text", "year", "retention", "page_count")
OF_VOLUMES = ("title", "year", "retention", "date_text")
GONE = (State.DESTROYED, State.ISOLATED, State.COMBINED)
_CATEGORY = re.compile(r"^[^-·]+-([A-Z]{2})(?=[-·])")
_YEAR = re.compile(r"(?<![0-9])((?:1[5-9]|20)[0-9]{2})(?![0-9])")
_TOTALS = ("rows", "pages", "by_year", "by_category", "by_retention")


@dataclass(slots=True)
class Side:
    """What is counted on one side."""

    rows: int = 0
    pages: int = 0
    by_year: Counter[str] = field(default_factory=Counter)
    by_category: Counter[str] = field(default_factory=Counter)
    by_retention: Counter[str] = field(default_factory=Counter)

    def add(self, year: Any, category: str, retention: str, pages: int) -> None:
        """Counts one entry."""
        self.rows += 1
        self.pages += pages
        self.by_year[str(year or "")] += 1
        self.by_category[category] += 1
        self.by_retention[retention] += 1

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, keys in order."""
        tables = {name: dict(sorted(getattr(self, name).items())) for name in _TOTALS[2:]}
        return {"rows": self.rows, "pages": self.pages, **tables}


@dataclass(slots=True)
class Found:
    """What the comparison came to."""

    source: Side = field(default_factory=Side)
    here: Side = field(default_factory=Side)
    missing: int = 0
    extra: int = 0
    repeated: int = 0
    uncoded: int = 0
    incomplete: bool = False
    differs: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Any]] = field(
        default_factory=lambda: {"missing": [], "extra": [], "differences": []}
    )

    def name(self, kind: str, example: Any) -> None:
        """Keeps an example, while there are few."""
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(example)

    @property
    def agrees(self) -> bool:
        """Whether both sides are the same in every respect that is compared."""
        wrong = (self.missing, self.extra, self.repeated, self.uncoded, self.differs, self.incomplete)
        return not any(wrong)

    def note(self, facts: TableFacts) -> None:
        """Heeds what the dump says of itself: a table that lost rows would otherwise agree with its import."""
        self.incomplete = "count_differs" in facts.remarks


def reconcile(
    *, file: Path, fonds: Fonds, table: str = "", charset: str = "", columns: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Holds every row of a dump against the entry of its code; nothing is changed.

    Args:
        file: the dump, of any kind an import takes.
        fonds: what it was imported into.
        table: sheet or table; empty means the first that has codes and titles.
        charset: of text; empty means detect.
        columns: field by heading, where the guess is not right; an empty field leaves a column out.

    Returns:
        The report, JSON-ready: ``agrees``, counts of both sides, what is missing, extra, repeated or
        different.

    Raises:
        Invalid: the dump cannot be read, or no column is its codes or titles.
    """
    seen = likely_table(file, file.name, table, charset)
    place = find_headings(seen.rows)
    headings = [heading.strip() for heading in seen.rows[place]]
    said = dict(columns or {})
    keys = [
        said.get(heading, guess) for heading, guess in zip(headings, guess_columns(headings), strict=True)
    ]
    require_columns(keys)
    found = Found()
    with closing(sqlite3.connect("", isolation_level=None)) as codes:  # a scratch file of SQLite's own
        codes.execute("CREATE TABLE codes (code TEXT PRIMARY KEY) WITHOUT ROWID")
        skipped = place + 1
        facts = seen.facts
        for line, _count in read_chunks(file, file.name, facts.table, facts.charset, told=found.note):
            rows = json.loads(line)
            _compare(rows[skipped:], keys, fonds, codes, found)
            skipped = max(skipped - len(rows), 0)
        _count_here(fonds, codes, found)
    return _report(file, fonds, seen.facts.table, dict(zip(headings, keys, strict=True)), found)


def _compare(
    rows: Sequence[Sequence[str]], keys: Sequence[str], fonds: Fonds, codes: sqlite3.Connection, found: Found
) -> None:
    """One piece of the dump against what stands here under the same codes."""
    entries: dict[str, dict[str, str]] = {}
    codes.execute("BEGIN")
    for cells in rows:
        if not any(cells):
            continue
        row = {key: clean_text(cell.strip())[0] for key, cell in zip(keys, cells, strict=False) if key}
        row["reference_code"] = code = normalise_code(row.get("reference_code", ""))
        found.source.add(_year(row), _category(row), _term(row), _number(row.get("page_count", "")))
        if not code:
            found.uncoded += 1
        elif not codes.execute("INSERT OR IGNORE INTO codes VALUES (?)", (code,)).rowcount:
            found.repeated += 1
        else:
            entries[code] = row
    codes.execute("COMMIT")
    standing = _standing(fonds, list(entries))
    for code, row in entries.items():
        if code not in standing:
            found.missing += 1
            found.name("missing", code)
            continue
        for name, mine in standing[code].items():
            if name in row and not _same(name, row, mine):
                found.differs[name] += 1
                found.name(
                    "differences", {"code": code, "field": name, "source": row[name], "here": str(mine or "")}
                )


def _standing(fonds: Fonds, codes: list[str]) -> dict[str, dict[str, Any]]:
    """Records and volumes here, by code."""
    found: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(codes), 500):
        piece = codes[begin : begin + 500]
        records = Record.objects.filter(archive=fonds.archive_id, fonds=fonds, reference_code__in=piece)
        for code, *told in records.exclude(state__in=GONE).values_list("reference_code", *COMPARED):
            found[code] = dict(zip(COMPARED, told, strict=True))
        volumes = Volume.objects.filter(archive=fonds.archive_id, fonds=fonds, reference_code__in=piece)
        for code, *told in volumes.values_list("reference_code", *OF_VOLUMES):
            found.setdefault(code, dict(zip(OF_VOLUMES, told, strict=True)))
    return found


def _count_here(fonds: Fonds, codes: sqlite3.Connection, found: Found) -> None:
    """What stands here, and which of it the dump does not tell of."""
    for code, year, category, retention, pages in _rows_here(fonds):
        found.here.add(year, category or "", retention, pages or 0)
        if not codes.execute("SELECT 1 FROM codes WHERE code = ?", (code,)).fetchone():
            found.extra += 1
            found.name("extra", code)


def _rows_here(fonds: Fonds) -> Iterator[tuple[Any, ...]]:
    names = ("reference_code", "year", "scheme__category", "retention")
    volumes = Volume.objects.filter(fonds=fonds).values_list(*names)
    for row in volumes.iterator(chunk_size=5_000):
        yield (*row, 0)
    records = Record.objects.filter(fonds=fonds).exclude(state__in=GONE)
    yield from records.values_list(*names, "page_count").iterator(chunk_size=5_000)


def _same(name: str, row: Mapping[str, str], mine: Any) -> bool:
    text = row[name]
    if name == "page_count":
        return _number(text) == (mine or 0)
    if name == "year":
        return str(_year(row) or "") == str(mine or "")
    if name == "retention":
        return not text or _term(row) == mine
    return bool(text == (mine or "")) or (name == "date_text" and _day(text) == _day(mine or ""))


def _day(text: str) -> Any:
    try:
        found = parse_date(text)
    except Invalid:
        return text
    return found.start, found.end


def _year(row: Mapping[str, str]) -> int | None:
    text = row.get("year", "").removesuffix("年")
    if text.isascii() and text.isdigit():
        return int(text)
    coded = _YEAR.search(row.get("reference_code", ""))
    return int(coded[1]) if coded else None


def _category(row: Mapping[str, str]) -> str:
    coded = _CATEGORY.match(row.get("reference_code", ""))
    return coded[1] if coded else row.get("category", "")


def _term(row: Mapping[str, str]) -> str:
    text = row.get("retention", "")
    if not text:
        coded = re.search(r"(?<![A-Z])(Y|D\d{2})(?![A-Z0-9])", row.get("reference_code", ""))
        return coded[1] if coded else ""
    try:
        return retention_term(text).code
    except Invalid:
        return text


def _number(text: str) -> int:
    match = re.match(r"\d{1,7}", text)
    return int(match[0]) if match else 0


def _report(file: Path, fonds: Fonds, table: str, columns: dict[str, str], found: Found) -> dict[str, Any]:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    source, here = found.source.as_dict(), found.here.as_dict()
    unequal = [name for name in _TOTALS if source[name] != here[name]]
    return {
        "agrees": found.agrees and not unequal,
        "fonds": fonds.code,
        "archive": fonds.archive.code,
        "file": file.name,
        "sha256": sha256,
        "table": table,
        "columns": columns,
        "source": source,
        "here": here,
        "unequal": unequal,
        "missing": found.missing,
        "extra": found.extra,
        "repeated": found.repeated,
        "uncoded": found.uncoded,
        "incomplete": found.incomplete,
        "differs": dict(found.differs),
        "examples": found.examples,
        "compared_at": utc_text(timezone.now()),
    }


def remark(report: Mapping[str, Any]) -> str:
    """The outcome in a sentence."""
    if report.get("incomplete"):
        return _("源文件自记的条数与实有的 %(n)s 条不符，可能不完整，请重新导出。") % {
            "n": report["source"]["rows"]
        }
    if report["agrees"]:
        return _("源系统 %(n)s 条与本系统逐条一致。") % {"n": report["source"]["rows"]}
    return _("源系统 %(source)s 条，本系统 %(here)s 条；缺 %(missing)s 条，多 %(extra)s 条，值不一致 %(differs)s 处。") % {
        "source": report["source"]["rows"], "here": report["here"]["rows"], "missing": report["missing"],
        "extra": report["extra"], "differs": sum(report["differs"].values()),
    }  # fmt: skip
