"""What passes between reading, checking and loading: rows and what they are read by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from .problems import Problem
from .schemes import SchemeFacts


class Ready(NamedTuple):
    """A row as it is loaded, in text and numbers the database takes as they are.

    From ``reference_code`` on in the order of ``records.api.ENTRY_FIELDS``.
    """

    row: int
    is_volume: bool
    above: str
    scheme: str
    reference_code: str
    number: int | None
    year: int
    retention: str
    unit_code: str
    title: str
    responsible: str
    document_number: str
    date_text: str
    date_start: str | None
    date_end: str | None
    date_certainty: str
    level: str
    classification: str
    secrecy_period: str
    disclosure: str
    page_count: int
    metadata: str
    flags: str


class Seen(NamedTuple):
    """What a row says that other rows are held against."""

    row: int
    code: str
    above: str
    pages: int
    is_volume: bool
    parent: str


@dataclass(frozen=True)
class Book:
    """What rows are read by; plain values, so that it travels to other processes.

    Attributes:
        columns: field of each column.
        category: for rows that do not tell; empty when they must.
        fonds: code of the fonds.
    """

    columns: tuple[str, ...]
    schemes: tuple[SchemeFacts, ...]
    fonds: str
    category: str = ""


@dataclass(slots=True)
class Checked:
    """What became of a chunk."""

    ready: list[Ready] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    blank: int = 0


_ready = msgspec.json.Decoder(list[Ready])
_seen = msgspec.json.Decoder(list[Seen])


def ready_in(line: bytes) -> list[Ready]:
    """The rows of a line of those ready to load."""
    try:
        return _ready.decode(line)
    except msgspec.DecodeError:
        return [Ready._make(row) for row in json.loads(line)]


def seen_in(line: bytes) -> list[Seen]:
    """What was seen of the rows of a chunk."""
    try:
        return _seen.decode(line)
    except msgspec.DecodeError:
        return [Seen._make(row) for row in json.loads(line)]
