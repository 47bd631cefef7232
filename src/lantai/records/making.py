"""From drafts to rows: dates understood, characters checked, terms as the standards write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid, NotFound
from lantai.core.language import gettext as _

from .characters import clean_text, clean_value
from .codes import normalise_code
from .drafts import RecordDraft
from .models import Document, Fonds, Record, Scheme, Volume
from .terms import parse_classification, parse_disclosure, refuse_classified, retention_term
from .vocabulary import DateCertainty

Found = TypeVar("Found", bound=Model)
TEXTS = ("title", "responsible", "document_number", "date_text", "unit_code")
"""Fields whose characters are checked and flagged."""


def make_records(drafts: Sequence[RecordDraft]) -> tuple[list[Record], list[Document]]:
    """Unsaved rows for drafts, in their order.

    Raises:
        Forbidden: a draft is marked 秘密 or above.
        Invalid: a term is not known, or a value is missing.
        NotFound: a fonds, scheme or volume does not exist.
    """
    fonds = _found(Fonds, {draft.fonds_id for draft in drafts})
    schemes = _found(Scheme, {draft.scheme_id for draft in drafts})
    volumes = _found(Volume, {draft.volume_id for draft in drafts})
    terms = _Terms()
    records = []
    for draft in drafts:
        record = _record(draft, terms)
        record.fonds = fonds[draft.fonds_id]
        record.archive_id = record.fonds.archive_id
        record.scheme = schemes[draft.scheme_id] if draft.scheme_id else None
        record.volume = volumes[draft.volume_id] if draft.volume_id else None
        records.append(record)
    return records, [document for draft in drafts for document in _documents(draft)]


def _found(model: type[Found], ids: set[UUID] | set[UUID | None]) -> dict[UUID, Found]:
    wanted = {key for key in ids if key}
    found: dict[UUID, Found] = model._default_manager.in_bulk(wanted)
    for missing in wanted - found.keys():
        raise NotFound(
            _("没有这个%(verbose_name)s。") % {"verbose_name": model._meta.verbose_name},
            subject=str(missing),
            remedy=_("请先建立全宗、分类方案和案卷。"),
        )
    return found


def understand_date(text: str) -> tuple[dict[str, Any], bool]:
    """The date fields of a text, and whether it could be read; nothing written can be read."""
    start, end, certainty, read = _dates(text.strip())
    return {"date_start": start, "date_end": end, "date_certainty": certainty}, read


@lru_cache(maxsize=4096)
def _dates(text: str) -> tuple[date | None, date | None, str, bool]:
    if not text:
        return None, None, DateCertainty.UNKNOWN, True
    try:
        found = parse_date(text)
    except Invalid:
        return None, None, DateCertainty.UNKNOWN, False
    return found.start, found.end, str(found.certainty), True


def checked_texts(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Values with their characters checked, and the flags that says what was found where."""
    cleaned: dict[str, Any] = {}
    flags: list[str] = []
    for name, value in values.items():
        cleaned[name], remarks = clean_value(value) if name not in TEXTS else clean_text(value)
        flags += [f"{name}:{remark}" for remark in remarks]
    return cleaned, flags


class _Terms:
    """The terms of one batch, each looked up once."""

    def __init__(self) -> None:
        self.retention = cache(lambda text: retention_term(text).code if text else "")
        self.disclosure = cache(parse_disclosure)
        self._accepted: set[str] = set()
        self._classification = cache(parse_classification)

    def classification(self, draft: RecordDraft) -> tuple[str, str]:
        """Level and secrecy period, if the mark may enter."""
        if draft.classification not in self._accepted:
            refuse_classified(draft.classification, subject=draft.title)
            self._accepted.add(draft.classification)
        return self._classification(draft.classification)


def _record(draft: RecordDraft, terms: _Terms) -> Record:
    texts, flags = checked_texts({name: getattr(draft, name) for name in TEXTS})
    metadata, remarks = checked_texts(dict(draft.metadata))
    if not texts["title"].strip():
        raise Invalid(_("题名不能为空。"), subject=draft.reference_code or draft.document_number)
    dates, read = understand_date(texts["date_text"])
    if not read:
        flags.append("date_text:date")
    classification, period = terms.classification(draft)
    return Record(
        id=draft.id,
        agency_id=draft.agency_id,
        department_id=draft.department_id,
        custodian_id=draft.custodian_id or draft.agency_id,
        reference_code=normalise_code(draft.reference_code),
        number_state=draft.number_state,
        item_number=draft.item_number,
        year=draft.year,
        retention=terms.retention(draft.retention),
        level=draft.level,
        state=draft.state,
        classification=classification,
        secrecy_period=draft.secrecy_period or period,
        disclosure=terms.disclosure(draft.disclosure),
        page_count=draft.page_count,
        metadata=metadata,
        flags=list(dict.fromkeys([*draft.flags, *flags, *remarks])),
        **texts,
        **dates,
    )


def _documents(draft: RecordDraft) -> list[Document]:
    return [
        Document(
            id=document.id,
            record_id=draft.id,
            sequence=sequence,
            role=document.role,
            title=clean_text(document.title)[0],
            original_name_b=document.original_name_b
            or document.original_name.encode("utf-8", "surrogateescape"),
            original_name=clean_text(document.original_name)[0],
            media_type=document.media_type,
            puid=document.puid,
            format_name=document.format_name,
            size_bytes=document.size_bytes,
            sha256=document.sha256,
            sha512=document.sha512,
            sm3=document.sm3,
            page_count=document.page_count,
            location=document.location,
        )
        for sequence, document in enumerate(draft.documents, 1)
    ]
