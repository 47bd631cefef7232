"""Validating an E-ARK package: folders, METS documents, and the files these point to."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path

from lantai.core.findings import Finding

from ..mets.layout import check_layout
from .documents import Documents
from .targets import check_target


def validate(root: Path) -> Iterator[Finding]:
    """Everything an E-ARK package breaks: a ``MUST`` fails, a ``SHOULD`` or ``MAY`` is told.

    Args:
        root: the package's root folder.

    Yields:
        findings other than a pass; ``code`` is the number in the specification (``CSIP7``).
    """
    documents = Documents.of(root)
    yield from check_form(documents)
    yield from check_files(documents)


def check_form(documents: Documents) -> Iterator[Finding]:
    """What is wrong with folders and METS documents."""
    yield from documents.findings
    if documents.mets:
        yield from check_layout(documents.root)
    for mets in documents.mets:
        yield from mets.form


def check_files(documents: Documents, skip: Container[Path] = ()) -> Iterator[Finding]:
    """What is wrong with the files the METS documents point to; each stated digest is computed once.

    Args:
        documents: the METS documents.
        skip: files whose digest is compared elsewhere.
    """
    seen: set[tuple[str, str, str]] = set()
    for mets in documents.mets:
        for reference in mets.references:
            stated = (reference.target or "", reference.size, reference.checksum)
            if reference.target is None or reference.is_pointer or stated not in seen:
                seen.add(stated)
                yield from check_target(mets, reference, skip)
