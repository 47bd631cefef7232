"""A table (XLSX, XLS, ET, ODS or CSV) whose columns are told by their headings, wherever the heading row stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.packages.api import fold_heading, open_catalogue

HEADING_WITHIN = 20
MOST_ROWS = 20_000
"""Of a schedule, a roster or a register; ten times the longest known. What is longer is no such table."""
_SHOWN = 120
Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of the sheet, counted from 1, that cannot be used, and why."""

    row: int
    text: str
    problem: str


@dataclass(frozen=True, slots=True)
class Headings:
    """What the columns of one kind of table may be called.

    Attributes:
        names: headings by field, the usual one first.
        needed: sets of fields; a row that names one of each is the heading row.
        remedy: what to tell where there is none.
    """

    names: Mapping[str, Sequence[str]]
    needed: Sequence[Set[str]]
    remedy: str

    def places(self, row: Sequence[str]) -> dict[str, int]:
        """Where each field stands, if this is the heading row."""
        known = {fold_heading(text): name for name, texts in self.names.items() for text in texts}
        places: dict[str, int] = {}
        for place, text in enumerate(row):
            if name := known.get(fold_heading(text)):
                places.setdefault(name, place)
        return places if all(fields & places.keys() for fields in self.needed) else {}


@dataclass(slots=True)
class HeadedTable:
    """What was understood of a table; each kind adds what its rows became.

    Attributes:
        columns: field by the heading it was told from.
        unknown: headings nobody understands; their columns are left out.
        problems: rows that cannot be used.
    """

    columns: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    problems: list[BadRow] = field(default_factory=list)

    def rows(self, path: Path, headings: Headings) -> Iterator[tuple[int, Cells]]:
        """Rows that hold anything, with their number and their cells by field.

        Raises:
            Invalid: there is no heading row, there are too many rows, or the file cannot be read.
        """
        places: dict[str, int] = {}
        count = 0
        for number, row in enumerate(open_catalogue(path).rows(), 1):
            if places:
                cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
                if any(cells.values()):
                    count += 1
                    if count > MOST_ROWS:
                        raise _too_long()
                    yield number, cells
            elif number <= HEADING_WITHIN and (places := headings.places(row)):
                self.columns = {row[at]: name for name, at in places.items()}
                self.unknown = [
                    text for at, text in enumerate(row) if text.strip() and at not in places.values()
                ]
        if not places:
            raise Invalid(
                _("前 %(count)s 行里没有找到表头。") % {"count": HEADING_WITHIN}, remedy=headings.remedy
            )

    def refuse(self, number: int, cells: Cells, problem: str) -> None:
        """Keeps a row that cannot be used."""
        text = " · ".join(filter(None, cells.values()))
        self.problems.append(BadRow(number, text[:_SHOWN], problem))


def _too_long() -> Invalid:
    return Invalid(
        _("表格超过 %(count)s 行，不像是这样的表。") % {"count": MOST_ROWS},
        remedy=_("请核对是不是选错了文件，或只留要导入的行。"),
    )


def refuse_long(cells: Cells, limits: Mapping[str, int], headings: Headings) -> None:
    """Holds cells to the length of what they are kept in.

    Raises:
        Invalid: one is longer.
    """
    for name, most in limits.items():
        if len(cells.get(name, "")) > most:
            raise Invalid(
                _("“%(name)s”超过 %(most)s 字，请缩短。") % {"name": headings.names[name][0], "most": most}
            )
