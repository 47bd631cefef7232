"""The dry run: the file is read, every row held to the rules, and what is right laid out to be loaded."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from lantai.core.jobs import JobRun
from lantai.core.language import gettext as _
from lantai.core.settings import WORKERS
from lantai.records.api import Record, Volume, WithdrawnNumber, with_codes

from ..models import Import, ImportProblem
from .crossing import Crossing
from .fields import fields, is_ours, repeated_headings
from .findings import Findings
from .lines import cells_in, to_line
from .preparing import prepare
from .problems import Problem
from .reading import CHUNK, TableFacts, read_chunks
from .rows import Book, Seen, seen_in
from .rules import check_rows
from .schemes import schemes_of
from .spool import RECORDS, ROWS, VOLUMES, Spool, SpoolWriter

Item = TypeVar("Item")
POOL_FROM = 4 * CHUNK
"""Rows from which other processes are worth their start."""
_ASKED_AT_ONCE = 500
_PROBLEMS_AT_ONCE = 2_000
_NAMED = 10
"""Tables beside an imported one that are told by name."""
EXPECTED = ("responsible", "date_text", "year", "retention", "page_count")
"""Columns whose absence is told."""


@dataclass(slots=True)
class Told:
    """What one chunk came to, as it travels between processes: rows are lines of JSON by then."""

    records: bytes = b""
    volumes: bytes = b""
    counts: tuple[int, int] = (0, 0)
    rows: int = 0
    seen: bytes = b"[]"
    problems: list[Problem] = field(default_factory=list)


def check_import(run: JobRun, batch: Import) -> Counter[str]:
    """Checks a whole file from its beginning; what an earlier run found is forgotten.

    Returns:
        how many problems of each kind there are.

    Raises:
        Invalid: the file cannot be read.
    """
    run.step(_("读取并逐行核对"))
    spool = Spool(batch.id)
    spool.begin_anew(ROWS, RECORDS, VOLUMES)
    ImportProblem.objects.filter(batch=batch).delete()
    found = Findings(batch)
    with ExitStack() as opened:
        writers = {
            name: opened.enter_context(closing(spool.writer(name))) for name in (ROWS, RECORDS, VOLUMES)
        }
        rows, known = _check_rows(run, batch, spool, writers, found)
        for writer in writers.values():
            writer.finish()
    batch.counts = {
        "rows": rows, "bad": len(found.stopped), "good": rows - len(found.stopped), "known": known,
        "by_kind": dict(found.kinds.most_common()),
    }  # fmt: skip
    return found.kinds


def _check_rows(
    run: JobRun, batch: Import, spool: Spool, writers: dict[str, SpoolWriter], found: Findings
) -> tuple[int, int]:
    """Lays out what is right and tells what is not; returns rows, and codes that are there already."""
    crossing, known, rows = Crossing(), _Known(batch), 0
    with _workers(batch) as pool:
        for first_row, told, count, raw in _chunks(batch, spool, pool):
            last_row = first_row + count - 1
            writers[ROWS].put(raw, count, first_row, last_row)
            _lay_out(writers, told, first_row, last_row)
            rows += told.rows
            seen = seen_in(told.seen)
            with transaction.atomic():
                found.tell([*told.problems, *crossing.take(seen), *known.problems(seen)])
                run.advance(told.rows)
    found.tell([*_of_the_table(batch), *known.of_the_table()])
    for piece in _in_pieces(crossing.close(known.volumes, frozenset(found.stopped))):
        found.tell(piece)
    return rows, known.met


def _chunks(batch: Import, spool: Spool, pool: Executor | None) -> Iterator[tuple[int, Told, int, bytes]]:
    """Chunks in their order, each read, checked, and told; a few are under way at once."""
    book = Book(tuple(batch.columns), tuple(schemes_of(batch.fonds)), batch.fonds.code, batch.category)
    waiting: deque[tuple[int, Future[Told] | Told, int, bytes]] = deque()
    first_row = 1
    read = read_chunks(
        spool.file(), batch.file_name, batch.table, batch.charset, told=partial(_note_remarks, batch)
    )
    for raw, count in read:
        if pool is None:
            yield first_row, check_chunk(book, raw, first_row, batch.headings_row), count, raw
        else:
            asked = pool.submit(check_chunk, book, raw, first_row, batch.headings_row)
            waiting.append((first_row, asked, count, raw))
            if len(waiting) > 3 * _processes():
                yield _settled(*waiting.popleft())
        first_row += count
    while waiting:
        yield _settled(*waiting.popleft())


def _note_remarks(batch: Import, facts: TableFacts) -> None:
    batch.remarks = list(facts.remarks)


def _settled(
    first_row: int, asked: Future[Told] | Told, count: int, raw: bytes
) -> tuple[int, Told, int, bytes]:
    return first_row, asked if isinstance(asked, Told) else asked.result(), count, raw


def check_chunk(book: Book, raw: bytes, first_row: int, headings_row: int) -> Told:
    """Checks the rows of one chunk; runs in any process, reads nothing but its arguments."""
    rows = cells_in(raw)
    above = max(0, headings_row + 1 - first_row)
    checked = check_rows(book, rows[above:], first_row + above)
    volumes = [row for row in checked.ready if row.is_volume]
    records = [row for row in checked.ready if not row.is_volume] if volumes else checked.ready
    return Told(
        to_line(records) if records else b"",
        to_line(volumes) if volumes else b"",
        (len(records), len(volumes)),
        checked.rows,
        to_line(checked.seen),
        checked.problems,
    )


def _lay_out(writers: dict[str, SpoolWriter], told: Told, first_row: int, last_row: int) -> None:
    for name, line, count in zip((RECORDS, VOLUMES), (told.records, told.volumes), told.counts, strict=True):
        if count:
            writers[name].put(line, count, first_row, last_row)


def _of_the_table(batch: Import) -> list[Problem]:
    """What is to be said of the table as a whole."""
    problems = [Problem(0, remark) for remark in batch.remarks]
    if batch.other_tables:
        names = "、".join(batch.other_tables[:_NAMED])
        problems.append(Problem(0, "tables_left", details={"count": len(batch.other_tables), "names": names}))
    repeated = repeated_headings(batch.headings)
    problems += [Problem(0, "column_repeated", details={"heading": heading}) for heading in repeated]
    problems += [
        Problem(0, "column_unknown", details={"heading": heading})
        for heading, key in zip(batch.headings, batch.columns, strict=True)
        if heading and not key and heading not in repeated and not is_ours(heading)
    ]
    problems += [
        Problem(0, "column_missing", details={"title": fields()[key].title})
        for key in EXPECTED
        if key not in batch.columns and not (key == "date_text" and "date_from" in batch.columns)
    ]
    return problems


class _Known:
    """What the database holds already: codes in use, codes withdrawn, volumes."""

    def __init__(self, batch: Import) -> None:
        self._archive_id = batch.fonds.archive_id
        self._refuse = batch.known == Import.Known.REFUSE
        self._merge = batch.known == Import.Known.MERGE
        self._any = Record.objects.filter(fonds=batch.fonds).exists()
        self._any_volume = Volume.objects.filter(fonds=batch.fonds).exists()
        self._withdrawn = WithdrawnNumber.objects.filter(fonds=batch.fonds).exists()
        self.met = 0
        self.volumes_met = 0

    def problems(self, seen: Sequence[Seen]) -> Iterator[Problem]:
        """Codes of a chunk that are used, or must not be."""
        rows = {row.code: row.row for row in seen if row.code and not row.is_volume}
        if self._any:
            for code, title in self._found(rows, Record.objects.all(), "title"):
                self.met += 1
                if self._refuse:
                    yield Problem(rows[code], "code_used", "reference_code", {"title": title[:40]})
        if self._withdrawn:
            for code, _reason in self._found(rows, WithdrawnNumber.objects.all(), "reason"):
                yield Problem(rows[code], "code_withdrawn", "reference_code")
        if self._any_volume and (self._refuse or self._merge):
            volumes = {row.code: row.row for row in seen if row.is_volume and row.code}
            for code, title in self._found(volumes, Volume.objects.all(), "title"):
                self.volumes_met += 1
                if self._refuse:
                    yield Problem(volumes[code], "code_used", "reference_code", {"title": title[:40]})

    def of_the_table(self) -> Iterator[Problem]:
        """What a merge leaves as it stands."""
        if self._merge and self.volumes_met:
            yield Problem(0, "volumes_stay", details={"count": self.volumes_met})

    def volumes(self, codes: list[str]) -> set[str]:
        """Of the codes of volumes, those that stand already."""
        if not self._any_volume:
            return set()
        return {code for code, _title in self._found(codes, Volume.objects.all(), "title")}

    def _found(self, codes: Iterable[str], rows: QuerySet[Any], column: str) -> Iterator[tuple[str, str]]:
        for piece in _in_pieces(codes, _ASKED_AT_ONCE):
            yield from with_codes(rows, self._archive_id, piece).values_list("reference_code", column)


@contextmanager
def _workers(batch: Import) -> Iterator[Executor | None]:
    """Processes that check chunks; none for a small file."""
    if batch.size_bytes < POOL_FROM * 20:
        yield None
        return
    # Started afresh, not forked: this process may have threads and holds the database open.
    with ProcessPoolExecutor(_processes(), mp_context=get_context("spawn"), initializer=prepare) as pool:
        yield pool


def _processes() -> int:
    return max(1, WORKERS.read())


def _in_pieces(items: Iterable[Item], size: int = _PROBLEMS_AT_ONCE) -> Iterator[list[Item]]:
    walk = iter(items)
    while piece := list(islice(walk, size)):
        yield piece
