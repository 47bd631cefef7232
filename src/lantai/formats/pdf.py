"""PDF: opened once for pages, password, classification marks and a drawing of first and last page."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from .marks import find_marks
from .names import utf8_path
from .results import Characteristics, Rendering

_LOCKED = "设有打开口令，无法读取内容"
_LIMITED = "经过加密或限制使用"
_CUT = "文件末尾没有结束标记，可能未传完整"
_RENDER_WIDTH_PX = 240
_PASSWORD_ERROR = raw.FPDF_ERR_PASSWORD


def examine_pdf(path: Path) -> tuple[Characteristics, Rendering]:
    """Pages, password and drawing of a PDF."""
    with utf8_path(path) as name:
        try:
            document = pypdfium2.PdfDocument(name)
        except pypdfium2.PdfiumError as error:
            return _unopened(getattr(error, "err_code", None))
        return _examine(document, path)


def pdf_text(path: Path) -> list[str]:
    """The text of each page."""
    with utf8_path(path) as name:
        document = pypdfium2.PdfDocument(name)
        try:
            return [_page_text(document[index]) for index in range(len(document))]
        finally:
            document.close()


def _examine(document: pypdfium2.PdfDocument, path: Path) -> tuple[Characteristics, Rendering]:
    try:
        count = len(document)
        limited = raw.FPDF_GetSecurityHandlerRevision(document) != -1
        problems = [text for text, holds in ((_LIMITED, limited), (_CUT, _is_cut(path))) if holds]
        if not count:
            problems.append("没有任何页面")
        rendering, marks = _draw_ends(document, count)
    finally:
        document.close()
    return (
        Characteristics(
            pages=count,
            encrypted=limited,
            readable=bool(count) and rendering.ok and _CUT not in problems,
            problems=tuple(problems),
            marks=marks,
        ),
        rendering,
    )


def _unopened(code: int | None) -> tuple[Characteristics, Rendering]:
    locked = code == _PASSWORD_ERROR
    problem = _LOCKED if locked else "无法作为 PDF 打开，内容已损坏"
    characteristics = Characteristics(encrypted=locked, readable=False, problems=(problem,))
    return characteristics, Rendering(attempted=True, ok=False, problem=problem)


def _is_cut(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 2048))
        return b"%%EOF" not in stream.read()


def _draw_ends(document: pypdfium2.PdfDocument, count: int) -> tuple[Rendering, tuple[str, ...]]:
    marks: tuple[str, ...] = ()
    for index in sorted({0, count - 1}) if count else ():
        try:
            page = document[index]
            width, height = page.get_size()
            scale = min(_RENDER_WIDTH_PX / max(width, 1), 4 * _RENDER_WIDTH_PX / max(height, 1))
            page.render(scale=scale, grayscale=True, may_draw_forms=False)
            if index == 0:
                marks = find_marks(_page_text(page))
            page.close()
        except pypdfium2.PdfiumError:
            return Rendering(True, False, f"第{index + 1}页无法显示"), marks
    return Rendering(attempted=True, ok=bool(count), problem="" if count else "没有页面可显示"), marks


def _page_text(page: pypdfium2.PdfPage) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range())
    finally:
        text_page.close()
