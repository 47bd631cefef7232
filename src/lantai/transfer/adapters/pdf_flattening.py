"""Flattening a signed PDF with qpdf: what one sees of a seal becomes part of the page, its signature goes."""

from __future__ import annotations

from pathlib import Path

import pikepdf

SIGNED_PARTS = ("/AcroForm", "/Perms", "/DSS")
"""Where a document keeps its fields, its certification and its validation data."""


def flatten(source: Path, target: Path) -> None:
    """Writes a copy whose annotations are drawn into its pages and that carries no signature.

    Raises:
        ValueError: the file cannot be read as a PDF.
    """
    try:
        with pikepdf.open(source) as document:
            document.flatten_annotations("screen")
            for page in document.pages:
                _drop_signature_widgets(page)
            for name in SIGNED_PARTS:
                if name in document.Root:
                    del document.Root[name]
            document.save(target, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise ValueError(str(error)) from error


def _drop_signature_widgets(page: pikepdf.Page) -> None:
    """An invisible signature has nothing to draw and stays a widget: it goes with its field."""
    if "/Annots" not in page.obj:
        return
    annotations = page.obj["/Annots"]
    kept = [one for one in annotations if one.get("/Subtype") != "/Widget"]
    if kept:
        page.obj["/Annots"] = pikepdf.Array(kept)
    else:
        del page.obj["/Annots"]
