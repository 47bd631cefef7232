"""Multipart forms whose files are read as they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote


class Form:
    """Fields and files of one call.

    Args:
        fields: texts by name; empty ones are left out.
        files: paths by name.

    Attributes:
        content_type: value of the header.
        length: of the whole body, bytes.
    """

    def __init__(self, fields: Mapping[str, str], files: Mapping[str, Sequence[Path]]) -> None:
        self._boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={self._boundary}"
        self._fields = b"".join(
            self._head(f'name="{name}"') + text.encode() + b"\r\n" for name, text in fields.items() if text
        )
        self._files = [
            (self._head(_named(name, path)), path) for name, paths in files.items() for path in paths
        ]
        self._end = f"--{self._boundary}--\r\n".encode()
        sizes = (len(head) + path.stat().st_size + 2 for head, path in self._files)
        self.length = len(self._fields) + sum(sizes) + len(self._end)

    def pieces(self) -> Iterable[bytes]:
        """The body, from its beginning."""
        yield self._fields
        for head, path in self._files:
            yield head
            yield from read_piece(path, 0, path.stat().st_size)
            yield b"\r\n"
        yield self._end

    def _head(self, disposition: str) -> bytes:
        return f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()


def read_piece(path: Path, offset: int, size: int) -> Iterator[bytes]:
    """A part of a file, bit by bit."""
    with path.open("rb") as stream:
        stream.seek(offset)
        while size > 0 and (piece := stream.read(min(size, 2**18))):
            size -= len(piece)
            yield piece


def _named(name: str, path: Path) -> str:
    kind = "Content-Type: application/octet-stream"
    return f"name=\"{name}\"; filename*=UTF-8''{quote(path.name)}\r\n{kind}"
