"""Results as a table people take away: walked by key to the end, as the reader may see them."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .services import Hit, search

MOST_ROWS = 100_000
"""Rows of one table; what is more is asked for in parts, by years or fonds."""
PAGE = 100
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Mark = Callable[[str], str]


def headings() -> list[str]:
    """What the columns are called."""
    return [
        _("档号"),
        _("题名"),
        _("责任者"),
        _("文号"),
        _("日期"),
        _("全宗"),
        _("开放标识"),
        _("页数"),
        _("标识符"),
    ]


def results(
    query: str, reader: Actor, *, filters: Mapping[str, Sequence[str]] | None = None, sort: str = "date"
) -> Iterator[Hit]:
    """Every record found, by date; the first page is asked before anything is yielded.

    Raises:
        Invalid: the query is not understood, or finds more than a table takes.
    """
    order = sort if sort in {"date", "-date"} else "date"
    page = search(query, reader, filters=filters, sort=order, size=PAGE, facets=())
    if page.total > MOST_ROWS:
        raise Invalid(
            _("查到 %(total)s 件，一个表格最多 %(most)s 件。") % {"total": page.total, "most": MOST_ROWS},
            remedy=_("请加上年代或全宗，分几次导出。"),
        )

    def walk() -> Iterator[Hit]:
        shown = page
        while True:
            yield from shown.hits
            if not shown.next:
                return
            shown = search(query, reader, filters=filters, sort=order, after=shown.next, size=PAGE, facets=())

    return walk()


def _row(hit: Hit, mark: Mark) -> list[str]:
    title = "".join(piece.text for piece in hit.title)
    return [
        hit.reference_code, title, hit.responsible, hit.document_number, hit.date_text, hit.fonds,
        mark(hit.opening_mark), str(hit.page_count or ""), hit.record_id,
    ]  # fmt: skip


def as_csv(hits: Iterator[Hit], mark: Mark) -> Iterator[bytes]:
    """The table as CSV with a byte order mark, so that office programs read it as UTF-8.

    A cell that such a program would take for a formula is led by an apostrophe.
    """
    yield b"\xef\xbb\xbf" + _line(headings())
    for hit in hits:
        yield _line([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in _row(hit, mark)])


def _line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()


def as_xlsx(hits: Iterator[Hit], mark: Mark) -> IO[bytes]:
    """The table as XLSX in a temporary file; cells are text, so that nothing in them is reckoned."""
    import xlsxwriter

    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller sends and closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(_("检索结果"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, 1, 60)
    for column, words in enumerate(headings()):
        sheet.write_string(0, column, words, book.add_format({"bold": True}))
    for row, hit in enumerate(hits, 1):
        for column, cell in enumerate(_row(hit, mark)):
            sheet.write_string(row, column, cell)
    book.close()
    file.seek(0)
    return file
