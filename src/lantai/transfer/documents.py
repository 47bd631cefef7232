"""One file of a record in the place of another: examined, digested, on disk before it is told of."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from lantai.capture.api import stored_name
from lantai.core import settings as configuration
from lantai.core.digests import digest_file
from lantai.core.errors import Invalid
from lantai.core.identifiers import new_id
from lantai.formats.api import characterise, identify
from lantai.records.api import Document, DocumentRole


@contextmanager
def kept_upload(given: UploadedFile[Any]) -> Iterator[Path]:
    """What a page sent as a file on disk, gone afterwards."""
    with tempfile.NamedTemporaryFile(suffix=Path(given.name or "").suffix) as kept:
        for chunk in given.chunks():
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name)


def replace_file(document: Document, file: Path, name: str) -> tuple[Document, Path]:
    """The document with another file, under a name of its own; in the caller's transaction.

    Returns:
        the new row, and the path of the old file, which is the caller's to remove once committed.

    Raises:
        Invalid: the document stands for page images, which are replaced by another scan.
    """
    if document.role == DocumentRole.PAGE_IMAGES:
        raise Invalid(_("成组的页面图像不能单个替换。"), subject=document.original_name)
    home = configuration.home()
    old = home / document.location
    plain = PurePath(name).name
    made = Document(
        id=new_id(),
        record=document.record,
        sequence=document.sequence,
        role=document.role,
        title=PurePath(plain).stem,
        original_name=plain,
        original_name_b=plain.encode(),
    )
    target = old.parent / stored_name(made)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.partial")
    shutil.copyfile(file, partial)
    with partial.open("rb") as stream:
        os.fsync(stream.fileno())
    partial.rename(target)
    _describe(made, target)
    made.location = str(target.relative_to(home))
    document.delete()
    made.save(force_insert=True)
    return made, old


def _describe(document: Document, path: Path) -> None:
    known, seen, digests = identify(path), characterise(path), digest_file(path)
    document.media_type, document.puid, document.format_name = known.mime, known.puid, known.name
    document.page_count = seen.pages or 0
    document.size_bytes = digests.size_bytes
    document.sha256, document.sha512, document.sm3 = digests.sha256, digests.sha512, digests.sm3
