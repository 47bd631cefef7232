"""A page of a PDF as a picture, and where on it some of its words stand."""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from pypdfium2 import raw

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .pdf import opened_pdf

Place = tuple[float, float, float, float]
"""Left, top, width and height as parts of the page's width and height, from its top left."""
_WHITE = 0xFFFFFFFF
_FINE = 1_000_000
"""Steps of the grid on which PDFium tells places, across a page and down it."""
_HEADER_BYTES = 1024


def is_pdf(path: Path) -> bool:
    """Whether a file says that it is a PDF, within its first kibibyte as readers allow."""
    with path.open("rb") as stream:
        return b"%PDF-" in stream.read(_HEADER_BYTES)


def draw_pdf_page(path: Path, index: int, long_side_px: int) -> bytes:
    """A page, from 0, as JPEG ``long_side_px`` long on its longer side.

    Raises:
        Invalid: the file does not open, or has no such page.
    """
    with _page(path, index) as page:
        width, height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
        scale = long_side_px / max(width, height, 1)
        size = max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))
        bitmap = raw.FPDFBitmap_CreateEx(*size, raw.FPDFBitmap_BGRx, None, 0)
        if not bitmap:
            raise Invalid(_("图像过大。"), subject=path.name)
        try:
            raw.FPDFBitmap_FillRect(bitmap, 0, 0, *size, _WHITE)
            raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, raw.FPDF_ANNOT)
            stride = raw.FPDFBitmap_GetStride(bitmap)
            pixels = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * size[1])
        finally:
            raw.FPDFBitmap_Destroy(bitmap)
    out = io.BytesIO()
    Image.frombuffer("RGB", size, pixels, "raw", "BGRX", stride, 1).save(out, "JPEG", quality=82)
    return out.getvalue()


def places_in_pdf(path: Path, wanted: Mapping[int, Sequence[tuple[int, int]]]) -> dict[int, list[Place]]:
    """Where stretches of a PDF's text stand, a place a line.

    Args:
        path: the file.
        wanted: by page, from 0, the first character of each stretch and the one after its last, in the
            page's text as :func:`.pdf.pdf_text` gives it.

    Raises:
        Invalid: the file does not open, or has no such page.
    """
    found: dict[int, list[Place]] = {}
    for index, stretches in wanted.items():
        with _page(path, index) as page, _text(page) as text:
            found[index] = [place for stretch in stretches for place in _places(page, text, *stretch)]
    return found


@contextmanager
def _page(path: Path, index: int) -> Iterator[raw.FPDF_PAGE]:
    with opened_pdf(path) as document:
        page = raw.FPDF_LoadPage(document, index) if document else None
        if not page:
            raise Invalid(_("没有这一页，或者无法显示。"), subject=path.name)
        try:
            yield page
        finally:
            raw.FPDF_ClosePage(page)


@contextmanager
def _text(page: raw.FPDF_PAGE) -> Iterator[raw.FPDF_TEXTPAGE | None]:
    text = raw.FPDFText_LoadPage(page)
    try:
        yield text
    finally:
        if text:
            raw.FPDFText_ClosePage(text)


def _places(page: raw.FPDF_PAGE, text: raw.FPDF_TEXTPAGE, start: int, stop: int) -> Iterator[Place]:
    if not text:
        return
    first = raw.FPDFText_GetCharIndexFromTextIndex(text, start)
    last = raw.FPDFText_GetCharIndexFromTextIndex(text, stop - 1)
    if first < 0 or last < first:
        return
    for number in range(raw.FPDFText_CountRects(text, first, last - first + 1)):
        left, top, right, bottom = (ctypes.c_double() for _side in range(4))
        if raw.FPDFText_GetRect(text, number, left, top, right, bottom):
            yield _on_page(page, (left.value, top.value), (right.value, bottom.value))


def _on_page(page: raw.FPDF_PAGE, *corners: tuple[float, float]) -> Place:
    """Two corners in the page's own space as a place on the page as it is shown, turned and cropped."""
    xs, ys = zip(*(_shown_at(page, corner) for corner in corners), strict=True)
    left, top = max(min(xs), 0.0), max(min(ys), 0.0)
    return left, top, min(max(xs), 1.0) - left, min(max(ys), 1.0) - top


def _shown_at(page: raw.FPDF_PAGE, corner: tuple[float, float]) -> tuple[float, float]:
    x, y = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, *corner, x, y)
    return x.value / _FINE, y.value / _FINE
