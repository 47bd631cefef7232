"""Where the bytes of a document are: answered by the vault once a record is ingested."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from lantai.core import settings
from lantai.core.errors import NotFound
from lantai.core.language import gettext as _

from .models import Document
from .vocabulary import State


class ContentSource(Protocol):
    """Finds the content of documents that this context no longer holds itself."""

    def open_document(self, document: Document) -> Path:
        """The file, or for page images the folder, of an ingested document.

        Raises:
            NotFound: no store has it.
        """
        ...


_sources: list[ContentSource] = []


def register_content_source(source: ContentSource) -> None:
    """Names the one source of ingested content; the last registered answers."""
    _sources[:] = [source]


def document_path(document: Document) -> Path:
    """The file of a document, wherever the record stands on its road.

    Before ingest it lies under ``LANTAI_HOME``; a held record's content is in the vault. For
    page images the path is a folder of ``0001.tif`` and so on.

    Raises:
        NotFound: the file is not where it should be.
    """
    if document.record.state == State.HELD and _sources:
        return _sources[0].open_document(document)
    home = settings.home().resolve()
    path = (home / document.location).resolve()
    if not document.location or not path.is_relative_to(home) or not path.exists():
        raise NotFound(
            _("找不到这份文稿的文件。"),
            subject=document.original_name,
            remedy=_("请通知保管岗检查存储，并从备份恢复。"),
        )
    return path
