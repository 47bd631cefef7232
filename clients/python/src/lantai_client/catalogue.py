"""Catalogue and search: finding and reading records, describing them, importing tables."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from .answers import Refused
from .forms import Form
from .transport import Answer, Transport

API = "/api/v1"
_CHANGED = 412
_BUSY = frozenset({"queued", "running"})


class Changed(Refused):
    """Somebody changed the thing since it was read; read it again before writing."""


@dataclass(frozen=True, slots=True)
class Found:
    """One record a search found.

    Attributes:
        record: its id.
        page: of the document in which the words stand, from 1; none where they stand in the entry.
        snippet: the words around them.
    """

    record: str
    reference_code: str
    title: str
    date: str
    fonds: str
    page: int | None
    snippet: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a query finds, before anything of it is walked.

    Attributes:
        total: records found.
        facets: by facet (``fonds``, ``category``, ``year``, ``opening_mark``) how many of them have each value.
        did_you_mean: the query put right, where it finds nothing as it is.
        in_part: whether the index is being filled, so that there may be more.
        alike: records found by the meaning of their titles alone, not in ``total``.
    """

    total: int
    facets: Mapping[str, Mapping[str, int]]
    did_you_mean: str
    in_part: bool
    alike: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record; ``details`` is all the platform tells, which in a list is less."""

    id: str
    reference_code: str
    title: str
    fonds: str
    year: int | None
    date_text: str
    state: str
    opening_mark: str
    details: Mapping[str, Any]

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Record:
        """From the API's JSON."""
        names = [name for name in cls.__dataclass_fields__ if name != "details"]
        return cls(*(answer[name] for name in names), details=answer)


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of a unit (``fonds``, ``class``, ``volume``, ``item`` or ``document``).

    Attributes:
        values: by name of the element, such as 题名.
        etag: which state of the unit this is; sent along with a change.
    """

    level: str
    id: str
    values: Mapping[str, str]
    missing: tuple[str, ...]
    etag: str


@dataclass(frozen=True, slots=True)
class Import:
    """A table that was handed in, and how far it is.

    Attributes:
        state: ``received``, ``checked``, ``refused``, ``loading``, ``done``, ``undone``.
        columns: what each column was taken for, in order; empty where it is left out.
        counts: rows, problems, and what became of them.
        etag: which state of the import this is; sent along with every step.
    """

    id: str
    title: str
    fonds: str
    state: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[str, Any]
    job: Mapping[str, Any] | None
    etag: str

    @property
    def is_busy(self) -> bool:
        """Whether a job is at it."""
        return bool(self.job) and self.job["state"] in _BUSY


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a row, counted as the spreadsheet counts."""

    row: int
    field: str
    kind: str
    stops: bool
    text: str


class Catalogue:
    """Calls about catalogue and search; see :class:`~lantai_client.Lantai`."""

    _http: Transport

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, Any]] = {}

    def search(
        self, query: str, *, sort: str = "relevance", page_size: int = 50, **facets: str
    ) -> Iterator[Found]:
        """Everything a query finds, fetched page by page as it is walked.

        Args:
            query: in the platform's query language.
            sort: ``relevance``, ``date`` (oldest first) or ``-date``.
            page_size: records a call, at most 100.
            facets: ``fonds``, ``category``, ``year`` or ``opening_mark``, each one value.
        """
        asked = {"q": query, "sort": sort, "size": page_size, "facets": "false", **facets}
        after: str | None = ""
        while after is not None:
            page = self._read(f"{API}/search?{urlencode({**asked, 'after': after})}")
            yield from map(_found, page["hits"])
            after = page["next"] or None

    def count(self, query: str, **facets: str) -> int:
        """How many records a query finds."""
        asked = {"q": query, "size": 1, "facets": "false", **facets}
        return int(self._read(f"{API}/search?{urlencode(asked)}")["total"])

    def survey(self, query: str, **facets: str) -> Survey:
        """How many records a query finds, of which fonds, categories and years, and what else may be meant."""
        told = self._read(f"{API}/search?{urlencode({'q': query, **facets})}")
        counts = {
            name: {value["value"]: value["count"] for value in values}
            for name, values in told["facets"].items()
        }
        alike = tuple(map(_found, told["alike"]))
        return Survey(told["total"], counts, told["did_you_mean"], told["in_part"], alike)

    def suggest(self, typed: str) -> list[str]:
        """Ways to go on from what is typed."""
        return list(self._read(f"{API}/search/suggest?{urlencode({'q': typed})}")["suggestions"])

    def records(
        self, *, fonds: str = "", year: int | None = None, state: str = "", code: str = ""
    ) -> Iterator[Record]:
        """Records the key may see, newest first; ``code`` is how a reference code begins."""
        given = {"fonds": fonds, "year": year, "state": state, "code": code}
        return map(
            Record.read, self._walk("records", {name: value for name, value in given.items() if value})
        )

    def record(self, record_id: str) -> Record:
        """One record with everything; asked again, it is sent again only if it changed."""
        return Record.read(self._read(f"{API}/records/{quote(record_id)}"))

    def description(self, level: str, unit_id: str) -> Description:
        """What is said of a unit."""
        return _description(self._http.call("GET", f"{API}/catalogue/descriptions/{level}/{unit_id}"))

    def describe(self, seen: Description, values: Mapping[str, str]) -> Description:
        """Sets values of a unit that was read; an empty value takes one away.

        Raises:
            Changed: somebody changed it meanwhile; nothing was written.
            Refused: a value is not allowed.
        """
        address = f"{API}/catalogue/descriptions/{seen.level}/{seen.id}"
        try:
            return _description(self._write("PUT", address, seen.etag, {"values": dict(values)}))
        except Changed:
            now = self.description(seen.level, seen.id)
            if any(now.values.get(name, "") != value for name, value in values.items()):
                raise
            return now  # it was this call, whose answer was lost on the way

    def imports(self) -> Iterator[str]:
        """Ids of the imports the key may see, newest first."""
        return (row["id"] for row in self._walk("catalogue/imports", {}))

    def hand_in(self, path: str | Path, *, fonds: str, title: str = "", known: str = "refuse") -> Import:
        """Hands in a table (XLSX, CSV, DBF, Access, …) or a ZIP of scans; nothing is imported yet.

        Args:
            path: the file.
            fonds: code of the fonds.
            title: what the import is called; the file's name unless given.
            known: what becomes of codes that stand: ``refuse``, ``skip`` or ``merge``.

        Raises:
            Unreachable: nobody answered. After a broken connection, look at :meth:`imports` first:
                the file may have come.
        """
        form = Form({"fonds": fonds, "title": title, "known": known}, {"file": [Path(path)]})
        headers = {"Content-Type": form.content_type}
        address = f"{API}/catalogue/imports"
        made = self._http.call("POST", address, headers, form.pieces, form.length, repeatable=False)
        return self.find_import(made.json()["id"])

    def find_import(self, import_id: str) -> Import:
        """An import as it stands."""
        return _import(self._http.call("GET", f"{API}/catalogue/imports/{import_id}"))

    def set_columns(self, seen: Import, columns: Sequence[str]) -> Import:
        """Says what each column means; :class:`Changed` as for all steps if it is not as it was seen."""
        return self._step("PUT", seen, "columns", {"columns": list(columns)})

    def check_import(self, seen: Import) -> Import:
        """Has every row held to the rules; nothing is imported."""
        return self._step("POST", seen, "check", {})

    def load_import(self, seen: Import, *, accept: bool = False) -> Import:
        """Imports what was checked; with ``accept`` although rows with problems stay out."""
        return self._step("POST", seen, "load", {"accept": accept})

    def undo_import(self, seen: Import) -> Import:
        """Takes an import back."""
        return self._step("POST", seen, "undo", {})

    def problems(self, import_id: str, *, kind: str = "") -> Iterator[Problem]:
        """What is wrong with the rows, in their order."""
        rows = self._walk(f"catalogue/imports/{import_id}/problems", {"kind": kind} if kind else {})
        return (Problem(**row) for row in rows)

    def corrected(self, import_id: str) -> bytes:
        """The rows with problems as a spreadsheet, to be mended and handed in again."""
        return self._http.call("GET", f"{API}/catalogue/imports/{import_id}/corrected").body

    def wait_import(self, seen: Import, *, timeout_s: float = 3600) -> Import:
        """Polls until no job is at an import.

        Raises:
            TimeoutError: one still is.
        """
        ends_at, pause_s = time.monotonic() + timeout_s, 0.5
        while (now := self.find_import(seen.id)).is_busy:
            if time.monotonic() + pause_s > ends_at:
                raise TimeoutError(f"import {seen.id} is not finished")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 10)
        return now

    def _walk(self, address: str, given: Mapping[str, Any]) -> Iterator[Any]:
        """The items of all pages of a list."""
        at: str | None = ""
        while at is not None:
            page = self._read(f"{API}/{address}?{urlencode({**given, **({'at': at} if at else {})})}")
            yield from page["items"]
            at = page["next"] or None

    def _read(self, address: str) -> Any:
        """An answer, or the last one where the platform says that nothing changed."""
        etag, known = self._seen.get(address, ("", None))
        answer = self._http.call("GET", address, {"If-None-Match": etag} if etag else {})
        if answer.status == 304:
            return known
        told = answer.json()
        self._seen.pop(address, None)
        self._seen[address] = (answer.headers.get("ETag") or "", told)
        while len(self._seen) > 100:  # the longest kept goes first
            self._seen.pop(next(iter(self._seen)))
        return told

    def _step(self, method: str, seen: Import, action: str, body: Mapping[str, Any]) -> Import:
        address = f"{API}/catalogue/imports/{seen.id}/{action}"
        self._write(method, address, seen.etag, body, repeatable=False)
        return self.find_import(seen.id)

    def _write(
        self, method: str, address: str, etag: str, body: Mapping[str, Any], *, repeatable: bool = True
    ) -> Answer:
        try:
            return self._http.send_json(method, address, body, {"If-Match": etag}, repeatable=repeatable)
        except Refused as refused:
            if refused.status != _CHANGED:
                raise
            raise Changed(refused.status, refused.message, refused.subject, refused.remedy) from refused


def _found(hit: Mapping[str, Any]) -> Found:
    names = ("record_id", "reference_code", "title", "date", "fonds", "page", "snippet")
    return Found(*(hit[name] for name in names))


def _description(answer: Answer) -> Description:
    told = answer.json()
    etag = answer.headers.get("ETag") or ""
    return Description(told["level"], told["id"], told["values"], tuple(told["missing"]), etag)


def _import(answer: Answer) -> Import:
    told = answer.json()
    lists = {name: tuple(told[name]) for name in ("headings", "columns")}
    plain = {name: told[name] for name in ("id", "title", "fonds", "state", "counts", "job")}
    return Import(**plain, **lists, etag=answer.headers.get("ETag") or "")
