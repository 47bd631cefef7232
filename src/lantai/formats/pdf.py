"""PDF: opened once for pages, password, classification marks and a drawing of first and last page."""

from __future__ import annotations

from collections.abc import Iterator
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
_SCANNED_BYTES = 64 * 1024
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
        counted = _scripts_and_attachments(document)
    finally:
        document.close()
    return (
        Characteristics(
            pages=count,
            encrypted=limited,
            readable=bool(count) and rendering.ok and _CUT not in problems,
            problems=tuple(problems),
            marks=marks,
            active=tuple(_active(counted, path)),
        ),
        rendering,
    )


def _scripts_and_attachments(document: pypdfium2.PdfDocument) -> tuple[int, int]:
    return raw.FPDFDoc_GetJavaScriptActionCount(document), raw.FPDFDoc_GetAttachmentCount(document)


def _active(counted: tuple[int, int], path: Path) -> Iterator[str]:
    """What acts by itself when the file is opened or clicked.

    PDFium tells the document's named scripts and its attachments. Actions of the catalogue, of
    pages and of links are looked for by name in the first and last ``_SCANNED_BYTES``, where
    writers put them; one within a compressed object stream is not found that way.
    """
    scripts, attachments = counted
    found = _named_actions(path)
    if scripts > 0 or b"/JavaScript" in found:
        yield "含有脚本（JavaScript）"
    if b"/Launch" in found:
        yield "含有启动外部程序的动作（Launch）"
    if attachments > 0 or b"/GoToE" in found:
        yield f"内嵌文件 {attachments} 个" if attachments > 0 else "含有打开内嵌文件的动作（GoToE）"


def _named_actions(path: Path) -> set[bytes]:
    with path.open("rb") as stream:
        parts = [stream.read(_SCANNED_BYTES)]
        if path.stat().st_size > _SCANNED_BYTES:
            stream.seek(max(_SCANNED_BYTES, path.stat().st_size - _SCANNED_BYTES))
            parts.append(stream.read(_SCANNED_BYTES))
    return {name for name in (b"/JavaScript", b"/Launch", b"/GoToE") if any(name in part for part in parts)}


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
