"""What was decided about the scans of a record, written down so that loading reads nothing twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from lantai.core.digests import Digests
from lantai.core.identifiers import new_id
from lantai.inspection.api import FileFacts, ItemReport
from lantai.records.api import Document
from lantai.vault.api import page_list_digests


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """A document to be made, and the files it is made of, relative to where the scans lie."""

    values: dict[str, Any]
    sources: list[str]


@dataclass(frozen=True, slots=True)
class Planned:
    """The documents of one record."""

    row: int
    code: str
    pages: int
    documents: list[PlannedDocument]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Planned:
        """Reads them back."""
        documents = [PlannedDocument(**document) for document in told["documents"]]
        return cls(told["row"], told["code"], told["pages"], documents)

    def rows(self, record_id: UUID) -> list[Document]:
        """The documents as rows of a record."""
        return [
            Document(
                record_id=record_id, sequence=place, **{**document.values, **_read_back(document.values)}
            )
            for place, document in enumerate(self.documents, 1)
        ]


def _read_back(values: dict[str, Any]) -> dict[str, Any]:
    """What JSON has no form for."""
    return {"id": UUID(values["id"]), "original_name_b": bytes.fromhex(values["original_name_b"])}


def plan(row: int, code: str, report: ItemReport, root: Path, folder: str) -> Planned:
    """What an inspected unit becomes.

    Args:
        row: number of the unit.
        code: of its record.
        report: what is known of its files.
        root: what sources are told from.
        folder: where documents will lie, relative to ``LANTAI_HOME``.
    """
    documents = [_planned(facts, root, folder) for facts in report.files]
    counted = [facts.pages or 0 for facts in report.files if facts.file.role != "attachment"]
    return Planned(row, code, sum(counted), documents)


def _planned(facts: FileFacts, root: Path, folder: str) -> PlannedDocument:
    file, first, key = facts.file, facts.examinations[0].identification, new_id()
    in_pages = file.role == "page_images"
    name = PurePath(file.name).name
    values = {
        "id": str(key),
        "role": file.role,
        "title": name if in_pages else PurePath(name).stem,
        "original_name": name,
        "original_name_b": file.name_bytes.rsplit(b"/", 1)[-1].hex(),
        "media_type": first.mime,
        "puid": first.puid,
        "format_name": first.name,
        "page_count": facts.pages or 0,
        "location": f"{folder}/{key}{'' if in_pages else _ending(name)}",
        **_digests(facts, in_pages=in_pages),
    }
    return PlannedDocument(values, [part.relative_to(root).as_posix() for part in file.parts])


def _digests(facts: FileFacts, *, in_pages: bool) -> dict[str, Any]:
    pages = [Digests(examined.size_bytes, **examined.digests) for examined in facts.examinations]
    return asdict(page_list_digests(pages) if in_pages else pages[0])


def _ending(name: str) -> str:
    ending = PurePath(name).suffix.lower()
    return ending if ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= 10 else ""
