"""PDF: opened once for pages, password, classification marks and a drawing of first and last page.

PDFium is called without its Python objects: their finalizers cost a fifth of the whole.
"""

from __future__ import annotations

import ctypes
import math
import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pypdfium2 import raw

from lantai.core.errors import Invalid

from .marks import find_marks, shortened
from .names import utf8_path
from .pdf_objects import object_streams
from .results import Characteristics, Rendering

_LOCKED = "设有打开口令，无法读取内容"
_LIMITED = "经过加密或限制使用"
_CUT = "文件末尾没有结束标记，可能未传完整"
_RENDER_WIDTH_PX = 48
"""Wide enough to tell whether a page draws: every glyph, path and image is gone through at any size."""
_WHITE = 0xFFFFFFFF
_SCANNED_BYTES = 64 * 1024
_END_BYTES = 2048
_WHOLE_BYTES = 4 * 2**20
_NAMES = re.compile(rb"/(?:JavaScript|Launch|GoToE|XRef)")
"""What is looked for by name; one expression goes through a part once, and faster than ``in`` for one name."""
_PASSWORD_ERROR = raw.FPDF_ERR_PASSWORD


def examine_pdf(path: Path) -> tuple[Characteristics, Rendering]:
    """Pages, password and drawing of a PDF."""
    with opened_pdf(path) as document:
        return _examine(document, path) if document else _unopened(raw.FPDF_GetLastError())


def pdf_text(path: Path) -> list[str]:
    """The text of each page.

    Raises:
        Invalid: it does not open.
    """
    with opened_pdf(path) as document:
        if not document:
            (problem,) = _unopened(raw.FPDF_GetLastError())[0].problems
            raise Invalid(problem, subject=path.name)
        return [_page_text(document, index) for index in range(raw.FPDF_GetPageCount(document))]


@contextmanager
def opened_pdf(path: Path) -> Iterator[raw.FPDF_DOCUMENT | None]:
    """A document of PDFium with at least one page; false where it does not open.

    A file is given to PDFium whole unless it is large: by its name PDFium reads 512 bytes at a
    time, with three calls into the system each.
    """
    with utf8_path(path) as name:
        content = path.read_bytes() if path.stat().st_size <= _WHOLE_BYTES else None
        document = (
            raw.FPDF_LoadDocument(os.fsencode(name), None)
            if content is None
            else raw.FPDF_LoadMemDocument64(content, len(content), None)
        )
        try:
            yield document if raw.FPDF_GetPageCount(document) > 0 else None
        finally:
            if document:
                raw.FPDF_CloseDocument(document)
            del content  # PDFium reads it until here


def _examine(document: raw.FPDF_DOCUMENT, path: Path) -> tuple[Characteristics, Rendering]:
    ends = _read_ends(path)
    count = raw.FPDF_GetPageCount(document)
    limited = raw.FPDF_GetSecurityHandlerRevision(document) != -1
    problems = [text for text, holds in ((_LIMITED, limited), (_CUT, _is_cut(ends[-1]))) if holds]
    rendering, opening = _draw_ends(document, count)
    counted = _scripts_and_attachments(document)
    named = _names_in(ends)
    if b"/XRef" in named:  # most often at the end: there are objects in compressed streams
        named |= _names_in(object_streams(path))
    return (
        Characteristics(
            pages=count,
            encrypted=limited,
            readable=rendering.ok and _CUT not in problems,
            problems=tuple(problems),
            marks=find_marks(opening),
            opening=shortened(opening),
            signatures=max(0, raw.FPDF_GetSignatureCount(document)),
            active=tuple(_active(counted, named)),
        ),
        rendering,
    )


def _read_ends(path: Path) -> list[bytes]:
    """The first and the last bytes of a file; one part where they are the whole file."""
    with path.open("rb") as stream:
        parts = [stream.read(_SCANNED_BYTES)]
        size_bytes = os.fstat(stream.fileno()).st_size
        if size_bytes > _SCANNED_BYTES:
            stream.seek(max(_SCANNED_BYTES - _END_BYTES, size_bytes - _SCANNED_BYTES))
            parts.append(stream.read(_SCANNED_BYTES))
    return parts


def _names_in(parts: Iterable[bytes]) -> set[bytes]:
    """Which of ``_NAMES`` stand in parts of a file."""
    return {name for part in parts for name in _NAMES.findall(part)}


def _scripts_and_attachments(document: raw.FPDF_DOCUMENT) -> tuple[int, int]:
    return raw.FPDFDoc_GetJavaScriptActionCount(document), raw.FPDFDoc_GetAttachmentCount(document)


def _active(counted: tuple[int, int], named: Collection[bytes]) -> Iterator[str]:
    """What acts by itself when the file is opened or clicked.

    PDFium tells the document's named scripts and its attachments. Actions of the catalogue, of
    pages and of links are looked for by name in the first and last ``_SCANNED_BYTES``, where
    writers put them, and in every compressed object stream.
    """
    scripts, attachments = counted
    if scripts > 0 or b"/JavaScript" in named:
        yield "含有脚本（JavaScript）"
    if b"/Launch" in named:
        yield "含有启动外部程序的动作（Launch）"
    if attachments > 0 or b"/GoToE" in named:
        yield f"内嵌文件 {attachments} 个" if attachments > 0 else "含有打开内嵌文件的动作（GoToE）"


def _unopened(code: int | None) -> tuple[Characteristics, Rendering]:
    locked = code == _PASSWORD_ERROR
    problem = _LOCKED if locked else "无法作为 PDF 打开，内容已损坏"
    characteristics = Characteristics(encrypted=locked, readable=False, problems=(problem,))
    return characteristics, Rendering(attempted=True, ok=False, problem=problem)


def _is_cut(end: bytes) -> bool:
    return b"%%EOF" not in end[-_END_BYTES:]


def _draw_ends(document: raw.FPDF_DOCUMENT, count: int) -> tuple[Rendering, str]:
    """Draws first and last page; with the words of the first."""
    opening = ""
    for index in sorted({0, count - 1}):
        page = raw.FPDF_LoadPage(document, index)
        if not page:
            return Rendering(True, False, f"第{index + 1}页无法显示"), opening
        try:
            if not _draw(page):
                return Rendering(True, False, f"第{index + 1}页无法显示"), opening
            if index == 0:
                opening = _text_of(page)
        finally:
            raw.FPDF_ClosePage(page)
    return Rendering(attempted=True, ok=True), opening


def _draw(page: raw.FPDF_PAGE) -> bool:
    """Draws a page in grey and throws the picture away; whether there was one to draw."""
    width, height = raw.FPDF_GetPageWidthF(page), raw.FPDF_GetPageHeightF(page)
    scale = min(_RENDER_WIDTH_PX / max(width, 1), 4 * _RENDER_WIDTH_PX / max(height, 1))
    size = max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))
    bitmap = raw.FPDFBitmap_CreateEx(*size, raw.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        return False
    try:
        raw.FPDFBitmap_FillRect(bitmap, 0, 0, *size, _WHITE)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)
    return True


def _page_text(document: raw.FPDF_DOCUMENT, index: int) -> str:
    page = raw.FPDF_LoadPage(document, index)
    if not page:
        return ""
    try:
        return _text_of(page)
    finally:
        raw.FPDF_ClosePage(page)


def _text_of(page: raw.FPDF_PAGE) -> str:
    text = raw.FPDFText_LoadPage(page)
    if not text:
        return ""
    try:
        count = max(0, raw.FPDFText_CountChars(text))
        units = (ctypes.c_ushort * (2 * count + 2))()  # a character may take two
        written = max(1, raw.FPDFText_GetText(text, 0, count, units))
        return bytes(units)[: 2 * (written - 1)].decode("utf-16-le", "ignore")
    finally:
        raw.FPDFText_ClosePage(text)
