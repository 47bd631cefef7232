"""Parts of the METS and PREMIS documents of a package being written, as text, streamed to disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from lantai.core.digests import digest_file

from ..dat46 import legal, written
from ..mets.document import CSIP, METS, SIP, XLINK

OWN_CONTENT = "DA/T 46-2009"
"""What the content information type is called here: it has no term in the board's vocabulary."""
_TYPED = {"csip:CONTENTINFORMATIONTYPE": "OTHER", "csip:OTHERCONTENTINFORMATIONTYPE": OWN_CONTENT}


def tag(name: str, attributes: Mapping[str, str], inner: str | None = None) -> str:
    """An element as text; ``inner`` is XML already."""
    given = "".join(f" {key}={quoteattr(legal(value))}" for key, value in attributes.items())
    return f"<{name}{given}/>" if inner is None else f"<{name}{given}>{inner}</{name}>"


def moment(seconds: float | None = None) -> str:
    """Seconds since the epoch as ``xsd:dateTime`` in UTC; now by default."""
    when = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Placed:
    """A file as it lies in the package, with what METS and PREMIS say of it.

    Attributes:
        path: where it lies.
        href: its place as a relative URL, from the METS document that lists it.
        mime: media type.
        size_bytes: its size.
        sha512: its digest, hexadecimal.
    """

    path: Path
    href: str
    mime: str
    size_bytes: int
    sha512: str

    @classmethod
    def of(cls, path: Path, folder: Path, mime: str) -> Placed:
        """A file and its place below the folder of its METS document; read once for its digest."""
        digests = digest_file(path)
        href = quote(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape"))
        return cls(path, href, mime, digests.size_bytes, digests.sha512)

    @property
    def facts(self) -> dict[str, str]:
        """The attributes a reference states."""
        return {
            "MIMETYPE": self.mime,
            "SIZE": str(self.size_bytes),
            "CREATED": moment(self.path.stat().st_mtime),
            "CHECKSUM": self.sha512,
            "CHECKSUMTYPE": "SHA-512",
        }

    @property
    def link(self) -> dict[str, str]:
        """The attributes that say where it is."""
        return {"LOCTYPE": "URL", "xlink:type": "simple", "xlink:href": self.href}


def file_tag(identifier: str, file: Placed, more: Mapping[str, str] | None = None) -> str:
    """A ``file`` of a file group."""
    return tag("file", {"ID": identifier, **file.facts, **(more or {})}, tag("FLocat", file.link))


def group_tag(identifier: str, use: str, inner: str | None) -> str:
    """A ``fileGrp``; without ``inner``, its opening tag alone."""
    whole = tag("fileGrp", {"ID": identifier, "USE": use, **_TYPED}, inner or "")
    return whole if inner is not None else whole.removesuffix("</fileGrp>")


def section_tag(name: str, identifier: str, file: Placed, kind: Mapping[str, str]) -> str:
    """A ``dmdSec`` or ``digiprovMD`` that points to a metadata file."""
    given = {"ID": identifier, "CREATED": moment(), "STATUS": "CURRENT"}
    return tag(name, given, tag("mdRef", {**kind, **file.facts, **file.link}))


def pointer_tag(group: str) -> str:
    """An ``fptr`` to a file group."""
    return tag("fptr", {"FILEID": group})


def root_tag(attributes: Mapping[str, str]) -> str:
    """The opening tag of a METS document with its namespaces."""
    spaces = {"xmlns": METS, "xmlns:csip": CSIP, "xmlns:sip": SIP, "xmlns:xlink": XLINK}
    opened = tag("mets", {**spaces, **attributes, **_TYPED}, "").removesuffix("</mets>")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opened}\n'


def agent_tag(attributes: Mapping[str, str], name: str, note: str = "", note_type: str = "") -> str:
    """An ``agent`` of the header."""
    inner = f"<name>{written(name)}</name>"
    if note:
        inner += tag("note", {"csip:NOTETYPE": note_type}, written(note))
    return tag("agent", attributes, inner)


class Spool:
    """Lines kept on disk until their place in the document has come."""

    def __init__(self) -> None:
        self._stream: IO[str] = TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - closed on exit

    def add(self, line: str) -> None:
        """One more line."""
        self._stream.write(f"{line}\n")

    def copy_to(self, target: IO[str]) -> None:
        """All lines, in order."""
        self._stream.seek(0)
        shutil.copyfileobj(self._stream, target)

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
