"""The documents of accepted items, below ``LANTAI_HOME/holdings/``, until the archive has them.

A file is linked into place, not moved: the unpacked package stays whole until its submission is
finished, so that a filing that was killed can be begun again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from lantai.core import settings as configuration
from lantai.records.api import Document, DocumentRole

from .drafting import Filing, stored_name
from .intake import holdings_folder
from .models import SubmissionItem


def place_files(filings: Sequence[Filing], content: Path) -> None:
    """Puts the files of accepted items where their documents say, durably; repeating is harmless."""
    home = configuration.home()
    for filing in filings:
        for document, sources in zip(filing.draft.documents, filing.sources, strict=True):
            target = home / document.location
            if document.role == DocumentRole.PAGE_IMAGES:
                target.mkdir(parents=True, exist_ok=True)
                for number, source in enumerate(sources, 1):
                    page = target / f"{number:04d}{Path(source).suffix.lower()}"
                    _link(content / source, page)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(content / sources[0], target)
    os.sync()


def held_paths(record_ids: Sequence[UUID]) -> Iterator[Path]:
    """Where the agency's copies of captured records lie, whether or not the vault has them too."""
    items = SubmissionItem.objects.filter(record__in=record_ids).select_related("submission__agency")
    folders = {
        item.record_id: holdings_folder(item.submission.agency.code, item.submission_id) for item in items
    }
    for document in Document.objects.filter(record__in=list(folders)):
        yield folders[document.record_id] / stored_name(document)


def _link(given: Path, target: Path) -> None:
    if target.exists():
        return
    # What was decoded lies beside the content, which a lone file does not even have.
    source = Path(os.path.normpath(given))
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another volume, or no links there
        partial = target.with_name(f"{target.name}.partial")
        shutil.copyfile(source, partial, follow_symlinks=False)
        partial.rename(target)
