"""From records to index entries, and from rights to what a reader's search may reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lantai.core.actors import Actor
from lantai.core.jobs import Job, JobState
from lantai.institutions.api import rights_of
from lantai.records.api import Document, Record, State, select_values

from .engine import IndexEntry, Reach
from .texts import pages_of
from .withholding import withheld

REBUILD = "search.rebuild"
"""The kind of job that fills an index anew."""

_FIELDS = {
    "organisation_ids": "agency",
    "custodian_ids": "custodian",
    "department_ids": "department",
    "fonds_ids": "fonds",
    "categories": "category",
    "classifications": "classification",
    "opening_marks": "opening_mark",
}
_HIDDEN = {State.RETURNED, State.DESTROYED, State.COMBINED, State.ISOLATED}


def reach_of(reader: Actor) -> tuple[Reach, ...]:
    """The sets of entries a reader may see, from the same rights that guard the pages."""
    without = withheld()
    of_originals = rights_of(reader, "record.original")
    return tuple(
        Reach(
            terms=tuple(
                (field, frozenset(map(str, values)))
                for name, field in _FIELDS.items()
                if (values := getattr(right, name)) is not None
            ),
            since_year=right.year_from,
            until_year=right.year_to,
            without=without,
            texts=right in of_originals,
        )
        for right in rights_of(reader, "record.entry")
    )


def to_be_found() -> QuerySet[Record]:
    """The records an index that is whole holds an entry of each of."""
    return Record.objects.exclude(state__in=_HIDDEN)


_SHOWN = (
    "id", "title", "reference_code", "responsible", "document_number", "date_text", "date_start", "date_end",
    "page_count", "fonds", "scheme__category", "custodian", "agency", "department", "classification",
    "opening_mark", "year", "changed_at", "state",
)  # fmt: skip


def entries_of(record_ids: Sequence[UUID]) -> tuple[list[IndexEntry], list[str]]:
    """The entries of those records, and the ids of those that are no longer to be found.

    Read as plain values: an import brings them by the hundred thousand.
    """
    rows = {row[0]: row for row in select_values(Record, _SHOWN, record_ids) if row[-1] not in _HIDDEN}
    with_documents = {row[0] for row in select_values(Document, ["record"], record_ids, by="record")}
    pages: dict[str, Sequence[tuple[int, str]]] = {}
    if wanted := with_documents & rows.keys():
        documents = Document.objects.filter(record__in=wanted).order_by("record_id", "sequence")
        documents = documents.select_related("record").defer("record__metadata", "original_name_b")
        pages = {record_id.hex: texts for record_id, texts in pages_of(list(documents)).items()}
    lacking = len(rows) < len(record_ids)
    gone = {str(record_id) for record_id in record_ids if record_id.hex not in rows} if lacking else set()
    return [_entry(row, pages.get(key, ())) for key, row in rows.items()], sorted(gone)


def descriptions_of(record_ids: Sequence[UUID]) -> list[IndexEntry]:
    """The entries of those records that are to be found, as they are now, without the text of their documents."""
    rows = select_values(Record, _SHOWN, record_ids)
    return [_entry(row, ()) for row in rows if row[-1] not in _HIDDEN]


def is_refilling() -> bool:
    """Whether a rebuild of the index waits or runs."""
    return Job.objects.filter(kind=REBUILD, state__in=(JobState.QUEUED, JobState.RUNNING)).exists()


def hidden_among(record_ids: Sequence[str]) -> set[str]:
    """Those shut off as classified, destroyed or returned: they are gone from results before the index has followed."""
    rows = select_values(Record, ("id", "state"), list(map(UUID, record_ids)))
    return {_written(key) for key, state in rows if state in _HIDDEN}


def _entry(row: Sequence[Any], pages: Sequence[tuple[int, str]]) -> IndexEntry:
    """A row of :data:`_SHOWN` as the index takes it."""
    texts, numbers = _texts_and_numbers(pages) if pages else ((), ())
    key, title, code, responsible, number, date_text, start, end, page_count, fonds, category = row[:11]
    custodian, agency, department, classification, mark, year, changed_at, _state = row[11:]
    return IndexEntry(
        _written(key), title, code, responsible, number, date_text,
        date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None,
        texts, page_count or 0, _text(fonds), category or "", _text(custodian),
        _text(agency), _text(department), classification, mark, year, _second(changed_at),
        numbers,
    )  # fmt: skip


def _texts_and_numbers(pages: Sequence[tuple[int, str]]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The words of pages, and the number of each where they do not simply count from one."""
    texts, numbers = tuple(text for _number, text in pages), tuple(number for number, _text in pages)
    return texts, () if numbers == tuple(range(1, len(numbers) + 1)) else numbers


def _written(key: str) -> str:
    """The digits of a key as people write it."""
    return f"{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"


@lru_cache(4096)
def _text(key: str | None) -> str:
    return _written(key) if key else ""


@lru_cache(4096)
def _second(moment: str) -> int:
    """A moment as the database writes it, in seconds since 1970; records made together have it alike."""
    told = datetime.fromisoformat(moment)
    return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp())
