"""The runbook as data: the lines of each section of ``docs/how-to/disasters.md``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "disasters.md"
_ENGINES = ("PostgreSQL", "SQLite")


@dataclass(frozen=True)
class Line:
    """A command, what it must exit with, the database it is for (empty: any), and whether it may take a while."""

    command: str
    exits_with: int
    engine: str
    takes_a_while: bool = False


def blocks() -> dict[str, list[list[Line]]]:
    """Sections by their titles, each with its blocks of lines."""
    sections: dict[str, list[list[Line]]] = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, _break, text = section.partition("\n")
        found = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        sections[title] = [[_line(row) for row in block.splitlines() if row.strip()] for block in found]
    return sections


def _line(row: str) -> Line:
    command, _space, remark = (part.strip() for part in row.partition(" # "))
    exits = re.search(r"exits with (\d+)", remark)
    engine = next((name for name in _ENGINES if name in remark), "")
    return Line(command, int(exits[1]) if exits else 0, engine, "within a minute" in remark)
