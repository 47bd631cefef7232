"""The office system's own data: matters with their documents, and the journal of what is filed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS matter (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    document_number TEXT NOT NULL,
    signed_on TEXT NOT NULL,
    documents TEXT NOT NULL,          -- file names below documents/, one a line
    closed INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS journal (
    key TEXT PRIMARY KEY,             -- the idempotency key: one matter, one version
    matter INTEGER NOT NULL REFERENCES matter(id),
    previous TEXT NOT NULL DEFAULT '',
    submission TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'to_send',
    reasons TEXT NOT NULL DEFAULT ''
);
"""
SETTLED = ("accepted", "returned", "partly_accepted", "refused")


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter and its documents."""

    id: int
    title: str
    document_number: str
    signed_on: str
    documents: tuple[Path, ...]

    def description(self, agency: str) -> dict[str, str]:
        """The columns of the catalogue."""
        return {
            "题名": self.title,
            "责任者": agency,
            "日期": self.signed_on.replace("-", ""),
            "文号": self.document_number,
            "年度": self.signed_on[:4],
            "保管期限": "永久",
            "密级": "公开",
            "机构或问题": "办公室",
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal."""

    key: str
    matter: int
    previous: str
    submission: str
    state: str
    reasons: str


class Office:
    """The office's folder: ``office.db`` and ``documents/``; its name begins every key."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.resolve().name
        self.documents = folder / "documents"
        self.documents.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(folder / "office.db", timeout=30)
        self.db.executescript(_TABLES)

    def open_matter(self, title: str, document_number: str, signed_on: str, documents: list[str]) -> int:
        """A new matter with documents that lie below ``documents/``."""
        values = (title, document_number, signed_on, "\n".join(documents))
        with self.db:
            statement = (
                "INSERT INTO matter (title, document_number, signed_on, documents) VALUES (?, ?, ?, ?)"
            )
            return int(self.db.execute(statement, values).lastrowid or 0)

    def close_matter(self, matter: int) -> str:
        """Closes a matter and has it filed: both or neither. Closed again, it is a new version."""
        with self.db:
            row = self.db.execute(
                "SELECT count(*), coalesce(max(submission), '') FROM journal WHERE matter = ?", (matter,)
            ).fetchone()
            key = f"{self.name}-{matter}-{row[0] + 1}"
            self.db.execute("UPDATE matter SET closed = 1 WHERE id = ?", (matter,))
            self.db.execute(
                "INSERT INTO journal (key, matter, previous) VALUES (?, ?, ?)", (key, matter, row[1])
            )
        return key

    def matter(self, matter: int) -> Matter:
        """One matter."""
        row = self.db.execute(
            "SELECT id, title, document_number, signed_on, documents FROM matter WHERE id = ?", (matter,)
        ).fetchone()
        documents = tuple(self.documents / name for name in row[4].split("\n"))
        return Matter(row[0], row[1], row[2], row[3], documents)

    def lines(self, *states: str) -> list[Line]:
        """The journal's lines in these states; all of them when none is named."""
        chosen = f"WHERE state IN ({','.join('?' * len(states))})" if states else ""
        query = (
            f"SELECT key, matter, previous, submission, state, reasons FROM journal {chosen} ORDER BY rowid"  # noqa: S608
        )
        return [Line(*row) for row in self.db.execute(query, states)]

    def note(self, key: str, *, state: str, submission: str = "", reasons: str = "") -> None:
        """Writes down how far a line is."""
        with self.db:
            self.db.execute(
                "UPDATE journal SET state = ?, reasons = ?, submission = coalesce(nullif(?, ''), submission) "
                "WHERE key = ?",
                (state, reasons, submission, key),
            )
