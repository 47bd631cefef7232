"""What a web archive holds and what is wrong with it, ready to be sent between processes (DA/T 80)."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..mail.letters import decode_letters
from .checking import check_warc
from .faults import Fault
from .http import Payload
from .records import WarcRecord

MAX_CAPTURES = 20_000
MAX_FAULTS = 500
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_TITLE = re.compile(rb"<title[^>]{0,200}>(.{0,2000}?)</title", re.IGNORECASE | re.DOTALL)
META_CHARSET = re.compile(rb"""<meta[^>]{1,200}charset\s*=\s*["']?([A-Za-z0-9._:-]{2,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Capture:
    """A page in an archive: address, ISO date of capture, title, and where its record begins."""

    uri: str
    captured_at: str
    title: str
    offset: int


@dataclass(frozen=True, slots=True)
class WarcFacts:
    """An archive as a whole.

    Attributes:
        records: number of records read.
        captures: its pages in order, at most :data:`MAX_CAPTURES`.
        page_count: number of its pages.
        software: what wrote it, as its warcinfo says.
        first_at: earliest date of capture; ``last_at`` the latest.
        faults: the first :data:`MAX_FAULTS`; fatal ones are never left out for lesser ones.
        problem: why it could not be looked at.
    """

    records: int = 0
    captures: tuple[Capture, ...] = ()
    page_count: int = 0
    software: str = ""
    first_at: str = ""
    last_at: str = ""
    faults: tuple[Fault, ...] = ()
    problem: str = ""


def warc_facts(path: Path) -> dict[str, Any]:
    """The facts of an archive as JSON; only children of the pool call this."""
    return asdict(_Survey().read(path))


def facts_from(answer: Mapping[str, Any]) -> WarcFacts:
    """The facts as a child of the pool answered them."""
    if problem := answer.get("crash") or answer.get("error"):
        return WarcFacts(problem=str(problem))
    values = dict(answer)
    values["captures"] = tuple(Capture(**found) for found in values["captures"])
    values["faults"] = tuple(Fault(**found) for found in values["faults"])
    return WarcFacts(**values)


class _Survey:
    """Collects while the records pass by."""

    def __init__(self) -> None:
        self.captures: list[Capture] = []
        self.fatal: list[Fault] = []
        self.lesser: list[Fault] = []
        self.records = self.pages = 0
        self.software = ""
        self.dates: list[str] = []

    def read(self, path: Path) -> WarcFacts:
        before: WarcRecord | None = None
        for record, payload in check_warc(path):
            self._take_faults(before)
            self.records += bool(record.version)
            self._take(record, payload)
            before = record
        self._take_faults(before)
        faults = [*self.fatal, *self.lesser][:MAX_FAULTS]
        first, last = (min(self.dates), max(self.dates)) if self.dates else ("", "")
        return WarcFacts(
            self.records, tuple(self.captures), self.pages, self.software, first, last,
            tuple(sorted(faults, key=lambda fault: fault.offset)),
        )  # fmt: skip

    def _take_faults(self, record: WarcRecord | None) -> None:
        for fault in record.faults if record else ():
            kept = self.fatal if fault.is_fatal else self.lesser
            if len(kept) < MAX_FAULTS:
                kept.append(fault)

    def _take(self, record: WarcRecord, payload: Payload) -> None:
        if record.type == "warcinfo" and not self.software:
            found = re.search(rb"(?m)^software:[ \t]*([^\r\n]{1,200})", payload.beginning)
            self.software = found.group(1).decode("utf-8", "replace") if found else ""
        date = iso_date(record.fields.get("warc-date", ""))
        if date and record.type in {"response", "resource", "revisit"}:
            self.dates = [min([*self.dates, date]), max([*self.dates, date])]
        if _is_page(record, payload):
            self.pages += 1
            if len(self.captures) < MAX_CAPTURES:
                self.captures.append(Capture(record.uri, date, _title(payload), record.offset))


def _is_page(record: WarcRecord, payload: Payload) -> bool:
    """A page that somebody could have seen, not what it embeds."""
    shown = payload.status == 200 if payload.is_response else record.type == "resource"
    return shown and payload.media_type in _PAGES and record.type in {"response", "resource"}


def _title(payload: Payload) -> str:
    data = payload.beginning
    if payload.encoding in {"gzip", "x-gzip", "deflate"}:
        try:
            data = zlib.decompressobj(47).decompress(data, 4 * len(data))
        except zlib.error:
            return ""
    found = _TITLE.search(data)
    if found is None:
        return ""
    meta = META_CHARSET.search(data[:4096])
    label = payload.charset or (meta.group(1).decode("ascii") if meta else "")
    return " ".join(html.unescape(decode_letters(found.group(1), label)[0]).split())


def iso_date(text: str) -> str:
    """A date of capture in ISO 8601; ARC writes fourteen digits."""
    if re.fullmatch(r"\d{14,17}", text):
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}Z"
    return text if re.match(r"\d{4}", text) else ""
