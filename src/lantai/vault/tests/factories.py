"""Small makers of records with real files, and of a vault of their own."""

import hashlib
import itertools
import os

from django.test import TestCase

from lantai.core.actors import SYSTEM
from lantai.core.digests import digest_bytes
from lantai.core.settings import home
from lantai.records.api import DocumentDraft, create_records
from lantai.records.tests.factories import draft
from lantai.vault.api import IngestItem, ingest, page_list_digests

_numbers = itertools.count()


def content(seed, size=2000):
    """Bytes that are the same for the same seed."""
    block = hashlib.sha256(str(seed).encode()).digest()
    return (block * (size // 32 + 1))[:size]


def document(data=None, name="正文.pdf", **values):
    """A document whose file lies under the data folder."""
    number = next(_numbers)
    data = content(number) if data is None else data
    location = f"intake/{os.getpid()}-{number}.bin"
    file = home() / location
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    digests = digest_bytes(data)
    return DocumentDraft(
        **{
            "original_name": name,
            "original_name_b": name.encode(),
            "media_type": "application/pdf",
            "puid": "fmt/95",
            "format_name": "PDF/A",
            "size_bytes": digests.size_bytes,
            "sha256": digests.sha256,
            "sha512": digests.sha512,
            "sm3": digests.sm3,
            "location": location,
            **values,
        }
    )


def page_images(*pages):
    """One document that stands for a folder of page images."""
    location = f"intake/{os.getpid()}-{next(_numbers)}"
    folder = home() / location
    folder.mkdir(parents=True)
    for number, data in enumerate(pages, 1):
        (folder / f"{number:04d}.tif").write_bytes(data)
    digests = page_list_digests([digest_bytes(data) for data in pages])
    return DocumentDraft(
        original_name="页面图像",
        role="page_images",
        format_name="TIFF",
        puid="fmt/353",
        size_bytes=digests.size_bytes,
        sha256=digests.sha256,
        sha512=digests.sha512,
        sm3=digests.sm3,
        page_count=len(pages),
        location=location,
    )


def records(count=1, **values):
    """Records with one document each."""
    drafts = [draft(title=f"关于第{i}号事项的通知", documents=[document()], **values) for i in range(count)]
    return create_records(drafts, SYSTEM)


def record(*documents, **values):
    """One record with these documents."""
    return create_records([draft(documents=list(documents), **values)], SYSTEM)[0]


def ingest_now(rows, **options):
    """Ingests as if the transaction the test runs in had been committed."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        return ingest([IngestItem(row.id) for row in rows], SYSTEM, **options)
