"""What a record is made from: plain values, before there is a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lantai.core.identifiers import new_id

from .vocabulary import DocumentRole, Level, NumberState, State


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """One document to be made; documents stand in the order in which they are given.

    Attributes:
        original_name: the file name as people read it.
        role: one of :class:`~lantai.records.models.DocumentRole`.
        original_name_b: the name byte for byte; empty means the UTF-8 of ``original_name``.
        location: path relative to ``LANTAI_HOME``.
        id: given when the caller names the file on disk after it.
    """

    original_name: str
    role: str = DocumentRole.BODY
    title: str = ""
    original_name_b: bytes = b""
    media_type: str = ""
    puid: str = ""
    format_name: str = ""
    size_bytes: int = 0
    sha256: str = ""
    sha512: str = ""
    sm3: str = ""
    page_count: int = 0
    location: str = ""
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class RecordDraft:
    """One record to be made.

    Attributes:
        fonds_id: the fonds; its archive becomes the record's.
        agency_id: the agency that made the record.
        custodian_id: who holds it; nobody named means the agency.
        date_text: the date as written; it is understood by ``core.dates``.
        classification: as written, such as ``机密★10年``; secret and above are refused.
        metadata: element values by M-code (DA/T 46).
        flags: remarks for the archivist; those about characters and dates are added.
        reference_code: a code that the record already has; ``number_state`` says how firm it is.
    """

    fonds_id: UUID
    agency_id: UUID
    title: str
    scheme_id: UUID | None = None
    volume_id: UUID | None = None
    department_id: UUID | None = None
    custodian_id: UUID | None = None
    year: int | None = None
    retention: str = ""
    unit_code: str = ""
    responsible: str = ""
    document_number: str = ""
    date_text: str = ""
    level: str = Level.ITEM
    state: str = State.CAPTURED
    classification: str = ""
    secrecy_period: str = ""
    disclosure: str = ""
    page_count: int = 0
    reference_code: str = ""
    item_number: int | None = None
    number_state: str = NumberState.NONE
    metadata: Mapping[str, Any] = field(default_factory=dict)
    flags: Sequence[str] = ()
    documents: Sequence[DocumentDraft] = ()
    id: UUID = field(default_factory=new_id)
