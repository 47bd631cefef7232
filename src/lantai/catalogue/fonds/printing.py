"""The list of a fonds file on paper, and papers that have no form of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.utils import timezone

from lantai.core.language import gettext as _
from lantai.core.typesetting import typeset
from lantai.records.api import Fonds

from .groups import paper_number
from .selectors import by_group

_DATA = Path(__file__).parent.parent / "data"


def file_list_pdf(fonds: Fonds) -> bytes:
    """全宗卷目录 as PDF/A-2b: every group with its papers, struck ones marked."""
    return typeset(
        _DATA / "fonds-file.typ",
        {
            "archive": fonds.archive.name,
            "fonds": f"{fonds.code} {fonds.name}",
            "printed_on": f"{timezone.localdate():%Y-%m-%d}",
            "groups": [
                {
                    "name": f"{group.key} {_(group.name)}",
                    "papers": [
                        {
                            "number": paper_number(paper),
                            "title": paper.title,
                            "responsible": paper.responsible,
                            "date": paper.made_on.isoformat(),
                            "pages": str(paper.page_count or ""),
                            "note": _("已注销：%(why)s") % {"why": paper.withdrawn_for}
                            if paper.withdrawn_at
                            else paper.note,
                        }
                        for paper in papers
                    ],
                }
                for group, papers in by_group(fonds)
            ],
        },
    )


def sheet_pdf(
    *,
    title: str,
    issuer: str,
    facts: Sequence[tuple[str, str]],
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    closing: str = "",
) -> bytes:
    """A paper of facts and one table, for what has no printed form of its own.

    Args:
        title: its heading.
        issuer: who issues it.
        facts: names and values above the table.
        columns: heads of the table; none, no table.
        rows: its cells.
        closing: a sentence below it.
    """
    return typeset(
        _DATA / "sheet.typ",
        {
            "title": title,
            "issuer": issuer,
            "facts": [list(fact) for fact in facts],
            "columns": list(columns),
            "rows": [list(row) for row in rows],
            "closing": closing,
        },
    )
