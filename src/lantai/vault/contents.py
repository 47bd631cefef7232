"""The bytes of records on their way into a batch: each source is read once, and proven."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path, PurePath
from uuid import UUID

from django.utils.translation import gettext as _

from lantai.core.digests import Digests, digest_bytes
from lantai.core.findings import Finding, Outcome
from lantai.core.settings import home
from lantai.records.api import Document, DocumentRole, Record

from .batches import StagedBatch, spread
from .ocfl import CONTENT
from .premis import FileFacts

PAGES = "pages"
"""Logical folder of a record's page images."""


@dataclass(frozen=True, slots=True)
class IngestItem:
    """One record to be ingested.

    Attributes:
        record_id: the record, with its documents in the database.
        source: the folder its documents' locations are relative to; ``LANTAI_HOME`` by default.
    """

    record_id: UUID
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A document as the database describes it: where its bytes are, and what they must be."""

    id: UUID
    role: str
    location: str
    original_name: str
    original_name_b: bytes
    format_name: str
    puid: str
    sha512: str
    sm3: str
    sha256: str


def sources_of(record_ids: Sequence[UUID]) -> dict[UUID, list[SourceFile]]:
    """The documents of records in order; a record that does not exist is left out."""
    sources: dict[UUID, list[SourceFile]] = {
        record_id: [] for record_id in Record.objects.filter(id__in=record_ids).values_list("id", flat=True)
    }
    columns = (field.name for field in fields(SourceFile))
    documents = Document.objects.filter(record__in=record_ids).order_by("record_id", "sequence")
    for record_id, *values in documents.values_list("record_id", *columns):
        sources[record_id].append(SourceFile(*values))
    return sources


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that stayed out, and why."""

    record_id: UUID
    finding: Finding


@dataclass(frozen=True, slots=True)
class Content:
    """One record's files as staged.

    Attributes:
        slot: the staged folder.
        files: facts by logical path.
        locations: where each document now lies, by document.
    """

    record_id: UUID
    slot: str
    files: tuple[FileFacts, ...]
    locations: dict[UUID, str]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.digests.size_bytes for file in self.files)


class _SourceFault(Exception):  # noqa: N818 - not a fault of ours
    """A source that is not what the database says."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.observed)
        self.finding = finding


def stage_contents(
    batch: StagedBatch, items: Sequence[tuple[IngestItem, Sequence[SourceFile]]]
) -> tuple[list[Content], list[Refusal]]:
    """Copies every document into the batch, several records at a time.

    Returns:
        What was staged, and the records refused because a source differs from its digests; of
        those nothing stays behind.
    """
    staged: list[Content] = []
    refused: list[Refusal] = []
    for result in spread(partial(_stage_record, batch), items):
        if isinstance(result, Content):
            staged.append(result)
        else:
            refused.append(result)
    return staged, refused


def _stage_record(batch: StagedBatch, item: tuple[IngestItem, Sequence[SourceFile]]) -> Content | Refusal:
    wanted, documents = item
    slot = str(wanted.record_id)
    base = wanted.source or home()
    page_sets = sum(document.role == DocumentRole.PAGE_IMAGES for document in documents)
    files: list[FileFacts] = []
    locations: dict[UUID, str] = {}
    try:
        for document in documents:
            if document.role == DocumentRole.PAGE_IMAGES:
                folder = PAGES if page_sets == 1 else f"{PAGES}/{document.id}"
                files += _stage_pages(batch, slot, base, document, folder)
                locations[document.id] = folder
            else:
                file = _stage_document(batch, slot, base, document)
                files.append(file)
                locations[document.id] = file.path
    except _SourceFault as fault:
        batch.unstage(slot)
        return Refusal(wanted.record_id, fault.finding)
    return Content(wanted.record_id, slot, tuple(files), locations)


def _stage_document(batch: StagedBatch, slot: str, base: Path, document: SourceFile) -> FileFacts:
    path = f"documents/{document.id}{safe_ending(document.original_name)}"
    digests = _copy(batch, slot, path, base / document.location, document)
    _require_same(document, digests)
    return FileFacts(path, digests, bytes(document.original_name_b), document.format_name, document.puid)


def _stage_pages(
    batch: StagedBatch, slot: str, base: Path, document: SourceFile, folder: str
) -> Iterable[FileFacts]:
    """One folder of page images; the document's digests are over the list of its pages."""
    source = base / document.location
    files: list[FileFacts] = []
    for number, page in enumerate(_pages(source, document), 1):
        path = f"{folder}/{number:04d}{safe_ending(page.name)}"
        digests = _copy(batch, slot, path, page, document)
        files.append(FileFacts(path, digests, os.fsencode(page.name), document.format_name, document.puid))
    _require_same(document, page_list_digests([file.digests for file in files]))
    return files


def page_list_digests(pages: Sequence[Digests]) -> Digests:
    """What fixes a set of page images: its lines ``0001 <sha512>``, so that order counts too."""
    lines = "".join(f"{number:04d} {page.sha512}\n" for number, page in enumerate(pages, 1))
    of_list = digest_bytes(lines.encode())
    size_bytes = sum(page.size_bytes for page in pages)
    return Digests(size_bytes, of_list.sha256, of_list.sha512, of_list.sm3)


def _pages(source: Path, document: SourceFile) -> Iterator[Path]:
    try:
        return iter(sorted(source.iterdir()))
    except OSError as error:
        raise _unreadable(document, error) from error


def _copy(batch: StagedBatch, slot: str, path: str, source: Path, document: SourceFile) -> Digests:
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb", buffering=0) as opened:
            return batch.copy(slot, f"v1/{CONTENT}/{path}", opened)
    except OSError as error:
        raise _unreadable(document, error) from error


def safe_ending(name: str) -> str:
    """A file name's ending, if it is short plain ASCII; otherwise none."""
    ending = PurePath(name).suffix.lower()
    return ending if ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= 10 else ""


def _require_same(document: SourceFile, digests: Digests) -> None:
    """The bytes read now must be the bytes that were accepted."""
    for algorithm in ("sha512", "sm3", "sha256"):
        expected, observed = getattr(document, algorithm), getattr(digests, algorithm)
        if not expected or expected != observed:
            raise _SourceFault(
                Finding(
                    key="vault.fixity",
                    code="",
                    clause="",
                    subject=document.original_name,
                    outcome=Outcome.FAIL,
                    expected=f"{algorithm} {expected or _('（未登记）')}",
                    observed=f"{algorithm} {observed}",
                    remedy=_("文件与接收时登记的摘要不一致，未入库。请重新接收该件，或请保管岗核对原文件。"),
                )
            )


def _unreadable(document: SourceFile, error: OSError) -> _SourceFault:
    return _SourceFault(
        Finding(
            key="vault.source",
            code="",
            clause="",
            subject=document.original_name,
            outcome=Outcome.FAIL,
            expected=_("文件可读"),
            observed=str(error.strerror),
            remedy=_("找不到或无法读取该件的文件，未入库。请重新接收该件。"),
        )
    )
