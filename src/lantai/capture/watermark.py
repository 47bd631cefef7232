"""A document as PDF with words across every page: what is lent on the screen (借阅水印)."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from PIL import Image

from lantai.core.errors import Conflict
from lantai.core.language import gettext as _
from lantai.formats.api import draw_page
from lantai.records.api import Document, DocumentRole

from .prints.typesetting import typeset

LONG_SIDE_PX = 1800
MOST_PAGES = 500


def watermarked(path: Path, document: Document, words: str) -> bytes:
    """The pages of a PDF, of an image or of a folder of page images, each with ``words`` across it.

    Raises:
        Conflict: the format has no pages that could be marked, or the file cannot be opened.
    """
    source = io.BytesIO(_drawn(path, document)) if _is_images(document) else path
    if not _is_images(document) and document.media_type != "application/pdf":
        raise Conflict(
            _("这种格式不能加水印在线查阅。"), subject=document.original_name, remedy=_("请到档案室查阅。")
        )
    try:
        with pikepdf.open(source) as copy:
            marks: dict[tuple[int, int], pikepdf.Page] = {}
            with pikepdf.new() as drawn:
                for page in copy.pages:
                    _mark(page, words, marks, drawn)
                target = io.BytesIO()
                copy.save(target)
    except pikepdf.PdfError as error:
        raise Conflict(
            _("这份文件打不开，不能加水印：%(error)s。") % {"error": error}, subject=document.original_name
        ) from error
    return target.getvalue()


def _is_images(document: Document) -> bool:
    return document.role == DocumentRole.PAGE_IMAGES or document.media_type.startswith("image/")


def _mark(
    page: pikepdf.Page, words: str, marks: dict[tuple[int, int], pikepdf.Page], drawn: pikepdf.Pdf
) -> None:
    """Lays the words over one page; a mark is set once for each size of page."""
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    size = round(right - left), round(top - bottom)
    if size not in marks:
        given = {"words": words, "width": size[0], "height": size[1], "title": words}
        with pikepdf.open(io.BytesIO(typeset("watermark", given))) as made:
            drawn.pages.append(made.pages[0])
        marks[size] = drawn.pages[-1]
    page.add_overlay(marks[size], pikepdf.Rectangle(left, bottom, right, top))


def _drawn(path: Path, document: Document) -> bytes:
    """Images as a PDF, drawn in the pool."""
    paths = sorted(path.iterdir()) if document.role == DocumentRole.PAGE_IMAGES else [path]
    pages = [
        Image.open(io.BytesIO(draw_page(one, 0, LONG_SIDE_PX))).convert("RGB") for one in paths[:MOST_PAGES]
    ]
    target = io.BytesIO()
    pages[0].save(target, "PDF", save_all=True, append_images=pages[1:])
    return target.getvalue()
