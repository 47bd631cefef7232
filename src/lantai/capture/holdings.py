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
    made: set[str] = set()
    for filing in filings:
        for document, sources in zip(filing.draft.documents, filing.sources, strict=True):
            target = f"{home}/{document.location}"
            in_pages = document.role == DocumentRole.PAGE_IMAGES
            folder = target if in_pages else os.path.dirname(target)  # noqa: PTH120
            if folder not in made:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
                made.add(folder)
            for number, source in enumerate(sources, 1):
                page = f"{target}/{number:04d}{Path(source).suffix.lower()}" if in_pages else target
                # What was decoded lies beside the content, which a lone file does not even have.
                _link(os.path.normpath(f"{content}/{source}"), page)
    os.sync()


def held_paths(record_ids: Sequence[UUID]) -> Iterator[Path]:
    """Where the agency's copies of captured records lie, whether or not the vault has them too."""
    items = SubmissionItem.objects.filter(record__in=record_ids).select_related("submission__agency")
    folders = {
        item.record_id: holdings_folder(item.submission.agency.code, item.submission_id) for item in items
    }
    for document in Document.objects.filter(record__in=list(folders)):
        yield folders[document.record_id] / stored_name(document)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        return
    except OSError:  # another volume, or no links there
        partial = Path(f"{target}.partial")
        shutil.copyfile(source, partial, follow_symlinks=False)
        partial.rename(target)
