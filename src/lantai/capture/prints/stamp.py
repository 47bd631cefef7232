"""The filing stamp (归档章): drawn onto a copy of a PDF's first page, at its upper edge in the middle."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf

from lantai.core.errors import Conflict
from lantai.core.language import gettext as _
from lantai.records.api import Record, retention_terms

from .typesetting import measures, typeset

POINTS_A_MM = 72 / 25.4


def stamped_copy(source: Path, record: Record, pages: int) -> bytes:
    """A copy of a PDF with the record's stamp on page 1; the original is not touched.

    Raises:
        Conflict: the record has no number, or the PDF cannot be opened.
    """
    if record.item_number is None or record.scheme is None:
        raise Conflict(_("这件档案还没有件号，不能盖归档章。"), subject=record.title, remedy=_("请先编号。"))
    stamp = typeset("stamp", {"title": _("归档章"), "cells": _cells(record, pages)})
    try:
        with pikepdf.open(source) as copy, pikepdf.open(io.BytesIO(stamp)) as drawn:
            page = pikepdf.Page(copy.pages[0])
            page.add_overlay(pikepdf.Page(drawn.pages[0]), place_on(page))
            target = io.BytesIO()
            copy.save(target)
    except (pikepdf.PdfError, IndexError) as error:
        raise Conflict(
            _("这份 PDF 打不开，不能盖章：%(error)s。") % {"error": error}, subject=source.name
        ) from error
    return target.getvalue()


def place_on(page: pikepdf.Page) -> pikepdf.Rectangle:
    """Where the stamp lies, in the page's own coordinates, whichever way the page is turned."""
    sizes = measures("stamp")
    width, height = (side * POINTS_A_MM for side in sizes["size"])
    down = sizes["from_top"] * POINTS_A_MM
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    turned = int(page.obj.get("/Rotate", 0)) % 360
    if turned in {90, 270}:
        middle = (bottom + top) / 2
        edge = left + down if turned == 90 else right - down - height
        return pikepdf.Rectangle(edge, middle - width / 2, edge + height, middle + width / 2)
    middle = (left + right) / 2
    edge = bottom + down if turned == 180 else top - down - height
    return pikepdf.Rectangle(middle - width / 2, edge, middle + width / 2, edge + height)


def _cells(record: Record, pages: int) -> list[tuple[str, str]]:
    terms = retention_terms()
    width = record.scheme.number_width if record.scheme else 4
    return [
        (_("全宗号"), record.fonds.code),
        (_("年度"), str(record.year or "")),
        (_("件号"), f"{record.item_number:0{width}d}"),
        (_("机构或问题"), record.unit_code),
        (_("保管期限"), terms[record.retention].name if record.retention in terms else record.retention),
        (_("页数"), str(pages or "")),
    ]
