"""Objects of a PDF that lie compressed in object streams, where a search for names does not see them.

ISO 32000-1 7.5.7: since PDF 1.5 dictionaries, actions among them, may be deflated together.
"""

from __future__ import annotations

import mmap
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

MAX_STREAMS = 2000
MAX_STREAM_BYTES = 8 * 2**20
MAX_BYTES = 64 * 2**20
_MARK = b"/ObjStm"
_START = re.compile(rb"stream\r?\n")
_HEAD_BYTES = 2048
_CHUNK = 64 * 1024


def object_streams(path: Path) -> Iterator[bytes]:
    """The unpacked object streams of a file that is not encrypted, within limits."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as source:
        position, left = 0, MAX_BYTES
        for _ in range(MAX_STREAMS):
            found = source.find(_MARK, position)
            if found < 0 or left <= 0:
                return
            position = found + len(_MARK)
            start = _START.search(source, position, position + _HEAD_BYTES)
            if start:
                objects = _inflate(source, start.end())
                left -= len(objects)
                yield objects


def _inflate(source: mmap.mmap, start: int) -> bytes:
    """A stream as far as it can be unpacked."""
    inflater, objects = zlib.decompressobj(), b""
    try:
        while (
            not inflater.eof
            and len(objects) < MAX_STREAM_BYTES
            and (packed := source[start : start + _CHUNK])
        ):
            objects += inflater.decompress(packed, MAX_STREAM_BYTES - len(objects))
            start += _CHUNK
    except zlib.error:
        return objects
    return objects
