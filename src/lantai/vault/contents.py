"""The bytes of records on their way into a batch: each source is read once, and proven."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from itertools import islice, tee
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from lantai.core.digests import Digests, digest_bytes
from lantai.core.findings import Finding, Outcome
from lantai.core.settings import home
from lantai.core.system_errors import in_words, words_of
from lantai.records.api import Document, DocumentRole, Record

from .batches import StagedBatch
from .ocfl import CONTENT
from .premis import FileFacts
from .staging import ToCopy, Unreadable

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


@dataclass(frozen=True, slots=True)
class _Part:
    """What one document puts into the object: its file, or its pages in a folder of their own."""

    document: SourceFile
    location: str
    files: tuple[ToCopy, ...]


def stage_contents(
    batch: StagedBatch, items: Iterable[tuple[IngestItem, Sequence[SourceFile]]]
) -> tuple[list[Content], list[Refusal]]:
    """Copies every document into the batch, several files at a time, while later items are fetched.

    Returns:
        What was staged, and the records refused because a source differs from its digests; of
        those nothing stays behind.
    """
    staged: list[Content] = []
    refused: list[Refusal] = []

    def planned() -> Iterator[tuple[UUID, list[_Part]]]:
        for item, documents in items:
            try:
                parts = _parts_of(item, documents)
            except _SourceFault as fault:
                refused.append(Refusal(item.record_id, fault.finding))
            else:
                yield item.record_id, parts

    ahead, in_order = tee(planned())  # copying runs ahead of what its answers are held against
    files = (file for _id, parts in ahead for part in parts for file in part.files)
    with closing(batch.copy_files(files)) as copies:
        for record_id, parts in in_order:
            # Every answer of a record is fetched, also behind a fault: the next record's follow it.
            answers = [list(islice(copies, len(part.files))) for part in parts]
            try:
                staged.append(_content_of(record_id, parts, answers))
            except _SourceFault as fault:
                batch.unstage(str(record_id))
                refused.append(Refusal(record_id, fault.finding))
    return staged, refused


class _SourceFault(Exception):  # noqa: N818 - not a fault of ours
    """A source that is not what the database says."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.observed)
        self.finding = finding


def _parts_of(item: IngestItem, documents: Sequence[SourceFile]) -> list[_Part]:
    slot, base = str(item.record_id), str(item.source or home())
    page_sets = sum(document.role == DocumentRole.PAGE_IMAGES for document in documents)
    parts = []
    for document in documents:
        source = f"{base}/{document.location}"
        if document.role == DocumentRole.PAGE_IMAGES:
            folder = PAGES if page_sets == 1 else f"{PAGES}/{document.id}"
            names = {f"{folder}/{number:04d}{safe_ending(page)}": f"{source}/{page}"
                     for number, page in enumerate(_pages(source, document), 1)}  # fmt: skip
        else:
            folder = f"documents/{document.id}{safe_ending(document.original_name)}"
            names = {folder: source}
        files = tuple(ToCopy(slot, f"v1/{CONTENT}/{path}", each) for path, each in names.items())
        parts.append(_Part(document, folder, files))
    return parts


def _content_of(
    record_id: UUID, parts: Sequence[_Part], answers: Sequence[Sequence[Digests | Unreadable]]
) -> Content:
    """Holds what was copied against what was accepted."""
    facts: list[FileFacts] = []
    for part, copied in zip(parts, answers, strict=True):
        document, own = part.document, []
        is_pages = document.role == DocumentRole.PAGE_IMAGES
        for file, digests in zip(part.files, copied, strict=True):
            if isinstance(digests, Unreadable):
                raise _unreadable(document, in_words(digests.number))
            name = (
                os.fsencode(file.source.rpartition("/")[2]) if is_pages else bytes(document.original_name_b)
            )
            path = file.path.removeprefix(f"v1/{CONTENT}/")
            own.append(FileFacts(path, digests, name, document.format_name, document.puid))
        digested = [file.digests for file in own]
        _require_same(document, page_list_digests(digested) if is_pages else digested[0])
        facts += own
    return Content(
        record_id, str(record_id), tuple(facts), {part.document.id: part.location for part in parts}
    )


def page_list_digests(pages: Sequence[Digests]) -> Digests:
    """What fixes a set of page images: its lines ``0001 <sha512>``, so that order counts too."""
    lines = "".join(f"{number:04d} {page.sha512}\n" for number, page in enumerate(pages, 1))
    of_list = digest_bytes(lines.encode())
    size_bytes = sum(page.size_bytes for page in pages)
    return Digests(size_bytes, of_list.sha256, of_list.sha512, of_list.sm3)


def _pages(source: str, document: SourceFile) -> list[str]:
    try:
        return sorted(os.listdir(source))  # noqa: PTH208 - a path object a page costs more than the page
    except OSError as error:
        raise _unreadable(document, words_of(error)) from error


def safe_ending(name: str) -> str:
    """A file name's ending, if it is short plain ASCII; otherwise none."""
    ending = os.path.splitext(name)[1].lower()  # noqa: PTH122
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


def _unreadable(document: SourceFile, words: str) -> _SourceFault:
    return _SourceFault(
        Finding(
            key="vault.source",
            code="",
            clause="",
            subject=document.original_name,
            outcome=Outcome.FAIL,
            expected=_("文件可读"),
            observed=words,
            remedy=_("找不到或无法读取该件的文件，未入库。请重新接收该件。"),
        )
    )
