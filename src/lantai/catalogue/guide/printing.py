"""The guide as a book: title, contents, one chapter a fonds, list of fonds; PDF/A-2b."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.utils import timezone

from lantai.core.canonical import canonical_json
from lantai.core.language import gettext as _
from lantai.core.settings import home
from lantai.core.typesetting import typeset
from lantai.institutions.api import Organisation

from ..fonds.filing import write_paper
from .models import GuideText
from .selectors import published_of, said

_TEMPLATE = Path(__file__).parent.parent / "data" / "guide.typ"


def guide_pdf(archive: Organisation) -> Path:
    """What is approved of an archive as a book; typeset once for everything it says, names and month too."""
    own, texts = published_of(archive)
    book = _book(archive, own, texts)
    mark = hashlib.sha256(canonical_json(book)).hexdigest()[:32]
    path = home() / "guide" / f"{archive.id}-{mark}.pdf"
    if not path.is_file():
        content = typeset(_TEMPLATE, book)
        for old in path.parent.glob(f"{archive.id}-*.pdf"):
            old.unlink(missing_ok=True)
        write_paper(path, content)
    return path


def entry_pdf(text: GuideText) -> bytes:
    """One text by itself, as it lies in the file of its fonds."""
    return typeset(_TEMPLATE, {**_book(text.archive, None, [text]), "alone": True})


def _book(archive: Organisation, own: GuideText | None, texts: list[GuideText]) -> dict[str, Any]:
    return {
        "archive": archive.name,
        "date": f"{timezone.localdate():%Y-%m}",
        "alone": False,
        "own": _sections(own) if own else [],
        "fonds": [
            {
                "code": row.fonds.code,
                "name": row.fonds.name,
                "years": _years(row),
                "version": _("第 %(n)s 版") % {"n": row.number},
                "sections": _sections(row),
            }
            for row in texts
            if row.fonds is not None
        ],
    }


def _sections(text: GuideText) -> list[dict[str, Any]]:
    return [
        {"name": _(section.name), "paragraphs": [line for line in words.splitlines() if line.strip()]}
        for section, words in said(text)
    ]


def _years(text: GuideText) -> str:
    fonds = text.fonds
    if fonds is None or not fonds.started:
        return ""
    return f"{fonds.started.year}—{fonds.ended.year if fonds.ended else ''}"
