"""From an inspected item of a package to the draft of a record (DA/T 46 elements to fields).

A draft is everything the record will be, ids included, so that a filing that was killed and is
begun again makes the same record and puts its files in the same place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from lantai.core.canonical import canonical_json
from lantai.core.digests import digest_bytes
from lantai.core.identifiers import new_id
from lantai.core.numerals import read_count
from lantai.inspection.api import FileFacts, ItemReport
from lantai.records.api import (
    Document,
    DocumentDraft,
    DocumentRole,
    Element,
    RecordDraft,
    metadata_elements,
)

from .placing import Place

RECORD_ELEMENTS = {
    "M22": "title",
    "M32": "responsible",
    "M31": "document_number",
    "M33": "date_text",
    "M38": "classification",
    "M39": "secrecy_period",
}
"""Elements that are fields of a record as they stand; the rest is placed or kept as metadata."""
_RECORD = tuple(f.name for f in fields(RecordDraft))
_DOCUMENT = tuple(f.name for f in fields(DocumentDraft))


@dataclass(frozen=True, slots=True)
class Filing:
    """An accepted item, ready to be filed.

    Attributes:
        sequence: place of the item in the package's catalogue.
        draft: the record to be made.
        sources: for each document the files it is made of, relative to the unpacked package;
            one file, or the pages of a page-image document in order.
    """

    sequence: int
    draft: RecordDraft
    sources: tuple[tuple[str, ...], ...] = field(default=())

    def as_line(self) -> bytes:
        """One line of the filing plan, canonical JSON."""
        draft = {name: getattr(self.draft, name) for name in _RECORD}
        draft["documents"] = [
            {name: getattr(document, name) for name in _DOCUMENT} for document in self.draft.documents
        ]
        return canonical_json({"sequence": self.sequence, "draft": draft, "sources": self.sources}) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Filing:
        """Reads a line of the filing plan back."""
        plain = json.loads(line)
        documents = [
            DocumentDraft(
                **{
                    **document,
                    "id": UUID(document["id"]),
                    "original_name_b": bytes.fromhex(document["original_name_b"]),
                }
            )
            for document in plain["draft"].pop("documents")
        ]
        values: dict[str, Any] = {
            name: UUID(value) if value and (name == "id" or name.endswith("_id")) else value
            for name, value in plain["draft"].items()
        }
        return cls(
            sequence=plain["sequence"],
            draft=RecordDraft(documents=documents, **values),
            sources=tuple(tuple(paths) for paths in plain["sources"]),
        )


def plan_filing(report: ItemReport, place: Place, root: Path, folder: str) -> Filing:
    """The filing of an accepted item.

    Args:
        report: how the item did, with what is known of its files.
        place: where it belongs.
        root: what the paths of its files are told from: the unpacked package.
        folder: where its documents will lie, relative to ``LANTAI_HOME``.
    """
    item = report.item
    described: dict[str, Any] = {
        name: item.metadata.get(code, "").strip() for code, name in RECORD_ELEMENTS.items()
    }
    documents = [_document(facts, folder) for facts in report.files]
    elements = metadata_elements()
    given = {
        code: value
        for code, value in item.metadata.items()
        if value.strip() and _is_kept(code, elements.get(code))
    }
    draft = RecordDraft(
        fonds_id=place.fonds_id,
        agency_id=place.agency_id,
        scheme_id=place.scheme_id,
        department_id=place.department_id,
        year=place.year,
        retention=place.retention,
        unit_code=place.unit_code,
        disclosure=item.extra.get("公开属性", "").strip(),
        page_count=_page_count(item.metadata.get("M43", ""), documents),
        metadata=given,
        flags=place.flags,
        documents=documents,
        **described,
    )
    sources = tuple(
        tuple(os.fsdecode(os.path.relpath(part, root)) for part in facts.file.parts) for facts in report.files
    )
    return Filing(item.number, draft, sources)


DECLARED = frozenset({"M8", "M17"})
"""Numbers the agency gave: kept as given beside the field, because arranging may overrule them."""


def _is_kept(code: str, element: Element | None) -> bool:
    """Whether the value stands in the metadata: it has no field of its own, or may be overruled."""
    return code in DECLARED or element is None or not element.field


def _document(facts: FileFacts, folder: str) -> DocumentDraft:
    document_id = new_id()
    file, first = facts.file, facts.examinations[0]
    name = PurePath(file.name).name
    return DocumentDraft(
        id=document_id,
        role=file.role,
        title=PurePath(name).stem,
        original_name=name,
        original_name_b=file.name_bytes.rsplit(b"/", 1)[-1],
        media_type=first.identification.mime,
        puid=first.identification.puid,
        format_name=first.identification.name,
        page_count=facts.pages or 0,
        location=f"{folder}/{_stored_name(document_id, file.role, name)}",
        **_digests(facts),
    )


def stored_name(document: Document | DocumentDraft) -> str:
    """The name a document's file bears on disk: its id and, if harmless, its ending."""
    return _stored_name(document.id, document.role, document.original_name)


def _stored_name(document_id: UUID, role: str, original_name: str) -> str:
    if role == DocumentRole.PAGE_IMAGES:
        return str(document_id)
    ending = PurePath(original_name).suffix.lower()
    return f"{document_id}{_safe_ending(ending)}"


def _digests(facts: FileFacts) -> dict[str, Any]:
    """Of the one file; of the list of page digests in order for page images."""
    if len(facts.examinations) == 1 and not facts.file.pages:
        examined = facts.examinations[0]
        return {"size_bytes": examined.size_bytes, **examined.digests}
    return _page_list_digests([(e.size_bytes, e.digests["sha512"]) for e in facts.examinations])


def _page_list_digests(pages: Sequence[tuple[int, str]]) -> dict[str, Any]:
    """Size and digests of page images, as the vault proves them: over the lines ``0001 <sha512>``."""
    lines = "".join(f"{number:04d} {sha512}\n" for number, (_, sha512) in enumerate(pages, 1))
    of_list = asdict(digest_bytes(lines.encode()))
    return {**of_list, "size_bytes": sum(size for size, _ in pages)}


def _safe_ending(ending: str) -> str:
    return ending if ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= 10 else ""


def _page_count(announced: str, documents: Sequence[DocumentDraft]) -> int:
    """What the catalogue says, else what was counted."""
    counted = read_count(announced.strip())
    return sum(document.page_count for document in documents) if counted is None else counted
