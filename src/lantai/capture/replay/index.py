"""Which captures a record holds: a CDXJ index beside the archive, made when it is first needed.

It lies in ``LANTAI_HOME/derived/web/<sha256>/`` under the digest of the archive: it belongs to the bytes,
outlives no change of them, and may be deleted at any time. WARC files within a WACZ lie unpacked there too.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from lantai.core import settings as configuration
from lantai.formats.api import CapturedFile, Located, is_warc, locate_captures, read_capture
from lantai.packages.api import safe_extract
from lantai.records.api import Document, Record, document_path

from .addresses import address_key

INDEX = "index.cdxj"
MAX_BODY_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the index: a capture and the file it stands in."""

    key: str
    located: Located
    filename: str

    def __str__(self) -> str:
        values = {**asdict(self.located), "filename": self.filename}
        return f"{self.key} {self.located.captured_at} {json.dumps(values, ensure_ascii=False)}\n"

    @classmethod
    def read(cls, text: str) -> Line:
        """Reads a line back; a key holds no blank."""
        key, _, rest = text.partition(" ")
        values = json.loads(rest.partition(" ")[2])
        filename = values.pop("filename")
        return cls(key, Located(**values), filename)


@dataclass(frozen=True, slots=True)
class Captures:
    """What one archive captured, in the order of its index."""

    folder: Path
    archive: Path
    lines: list[Line]

    def nearest(self, uri: str, captured_at: str) -> Line | None:
        """The capture of an address nearest in time."""
        key = address_key(uri)
        start = bisect_left(self.lines, key, key=lambda line: line.key)
        found = []
        for line in self.lines[start:]:
            if line.key != key:
                break
            found.append(line)
        return min(
            found, key=lambda line: abs(int(line.located.captured_at) - int(captured_at)), default=None
        )

    def read(self, line: Line) -> CapturedFile | None:
        """What was captured; for a page found unchanged, what it was before."""
        if line.located.is_revisit:
            line = self._original(line) or line
        path = self.folder / line.filename if line.filename else self.archive
        return read_capture(path, line.located.offset, MAX_BODY_BYTES)

    def pages(self) -> list[Line]:
        """Its pages, in the order of capture."""
        shown = [
            line
            for line in self.lines
            if line.located.status == 200
            and line.located.media_type in {"text/html", "application/xhtml+xml"}
            and not line.located.is_revisit
        ]
        return sorted(shown, key=lambda line: (line.located.captured_at, line.filename, line.located.offset))

    def _original(self, line: Line) -> Line | None:
        same = (
            other
            for other in self.lines
            if not other.located.is_revisit and other.located.digest == line.located.digest
        )
        return next(same, None) if line.located.digest else None


def archive_of(record: Record) -> Document | None:
    """The web archive among a record's documents."""
    for document in record.documents.order_by("sequence"):
        name = document.original_name.lower()
        if name.endswith((".wacz", ".warc", ".warc.gz", ".arc", ".arc.gz")):
            return document
    return None


def captures_of(document: Document) -> Captures:
    """The captures of an archive; indexes it where that was not done yet."""
    archive = document_path(document)
    folder = configuration.home() / "derived" / "web" / document.sha256
    if not (folder / INDEX).exists():
        _index(archive, document.original_name, folder)
    return Captures(folder, archive, _read(folder, (folder / INDEX).stat().st_mtime_ns))


@lru_cache(maxsize=16)
def _read(folder: Path, _changed_ns: int) -> list[Line]:
    """The lines of an index; a page asks for them once for each thing it embeds."""
    with (folder / INDEX).open(encoding="utf-8") as stream:
        return [Line.read(text) for text in stream]


def _index(archive: Path, name: str, folder: Path) -> None:
    """Makes the index, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as made:
        work = Path(made) / "index"
        work.mkdir()
        lines = sorted(_lines(archive, name, work), key=lambda line: (line.key, line.located.captured_at))
        with (work / INDEX).open("w", encoding="utf-8") as stream:
            stream.writelines(map(str, lines))
        if not folder.exists():
            work.rename(folder)
        elif not (folder / INDEX).exists():
            shutil.rmtree(folder)
            work.rename(folder)


def _lines(archive: Path, name: str, work: Path) -> Iterator[Line]:
    if not name.lower().endswith(".wacz"):
        yield from (_line(found, "") for found in locate_captures(archive))
        return
    safe_extract(archive, work)
    for path in sorted((work / "archive").rglob("*")):
        if path.is_file() and is_warc(path):
            filename = str(path.relative_to(work))
            yield from (_line(found, filename) for found in locate_captures(path))


def _line(found: Located, filename: str) -> Line:
    return Line(address_key(found.uri).replace(" ", "%20"), found, filename)
