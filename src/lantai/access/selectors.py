"""What a reader may see of a record, and in which form each document can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, NotFound
from lantai.core.ports import allows
from lantai.records.api import (
    Document,
    DocumentRole,
    OpeningMark,
    Record,
    State,
    readable,
    retention_term,
    scope_of,
)

TOLD = {OpeningMark.CONTROLLED, OpeningMark.POSTPONED}
"""Marks a reader may be told of: someone decided, so there is something to say and to ask for."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How far a reader sees into one record.

    Attributes:
        record: the record.
        entry: the description may be read.
        original: the documents may be read on screen.
        download: they may be saved.
        printing: description and list of documents may be printed.
    """

    record: Record
    entry: bool
    original: bool
    download: bool
    printing: bool


def sight_of(record_id: UUID, reader: Actor) -> Sight:
    """What ``reader`` may see of a record.

    A record nobody has decided about yet does not exist for those who may not read it; one that
    is kept back by a decision is said to be, so that they know what to ask for.

    Raises:
        NotFound: there is no such record, or the reader may not know of it.
    """
    record = (
        Record.objects.select_related("fonds", "archive", "agency", "custodian", "scheme", "volume")
        .filter(id=record_id)
        .first()
    )
    if record is not None:
        scope = scope_of(record)
        entry = allows(reader, "record.entry", scope)
        if entry or (record.opening_mark in TOLD and record.state == State.HELD):
            return Sight(
                record,
                entry,
                allows(reader, "record.original", scope),
                allows(reader, "record.download", scope),
                allows(reader, "record.print", scope),
            )
    raise NotFound(
        _("没有找到这件档案。"),
        remedy=_(
            "可能地址有误，也可能它还没有向公众开放。可以用题名、人名或档号再查一次，或到保管它的档案馆询问。"
        ),
    )


def on_desk(record: Record, reader: Actor) -> bool:
    """Whether the reader has a desk, and the record lies open on it too."""
    return allows(reader, "search.save") and readable(Record.objects.filter(id=record.id), reader).exists()


def document_of(sight: Sight, document_id: UUID) -> Document:
    """One document of a record whose originals the reader may see.

    Raises:
        NotFound: there is none, or the reader may not see it.
    """
    found = sight.record.documents.filter(id=document_id).first() if sight.original else None
    if found is None:
        raise NotFound(
            _("没有找到这份文稿。"),
            remedy=_("请回到档案页，从文稿列表里打开；未开放的原文可以向保管馆申请。"),
        )
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as the record page shows it.

    Attributes:
        document: the document.
        name: what it is called on the page.
        form: ``pdf``, ``image``, ``pages`` (page images, drawn one by one), ``text`` (the words
            are shown, the file itself cannot be drawn by a browser) or ``none``.
    """

    document: Document
    name: str
    form: str


_IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_TEXTS = {
    "application/ofd",
    "application/vnd.ofd",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
}


def shown(document: Document) -> Shown:
    """How a browser can show a document."""
    media = document.media_type.split(";")[0].strip().lower()
    if document.role == DocumentRole.PAGE_IMAGES or media == "image/tiff":
        form = "pages"
    elif media == "application/pdf":
        form = "pdf"
    elif media in _IMAGES:
        form = "image"
    else:
        form = "text" if media in _TEXTS else "none"
    return Shown(document, document.title or document.original_name, form)


def stamp_of(record: Record) -> dict[str, object]:
    """The six cells of the filing stamp (归档章, DA/T 22-2015 5.3)."""
    width = record.scheme.number_width if record.scheme else 4
    return {
        "fonds": record.fonds.code,
        "year": record.year,
        "number": f"{record.item_number:0{width}d}" if record.item_number else "",
        "unit": record.unit_code,
        "retention": _retention(record.retention),
        "pages": record.page_count,
    }


def _retention(code: str) -> str:
    try:
        return _(retention_term(code).name) if code else ""
    except Invalid:
        return code
