"""Sending a file's bytes, whole or in part (RFC 9110 §14), and never as something that can act.

Django's ``FileResponse`` knows no ranges; a PDF viewer needs them to open page 200 of a
300 MB scan at once. One range a request is answered; several are answered with the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)

CHUNK_BYTES = 1 << 17
UNSATISFIABLE = (-1, -1)
"""A span that no part of the file answers."""
SHOWN_INLINE = {"application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp", "text/plain"}
_SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
# Chromium refuses to start its PDF viewer in a sandboxed document, so a PDF gets every limit but that one.
_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_RANGE = re.compile(r"^\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*$", re.IGNORECASE)


class _Slice:
    """Part of an open file, chunk by chunk. The server closes it, also when the reader left."""

    def __init__(self, stream: BinaryIO, start: int, length: int) -> None:
        self._stream, self._left = stream, length
        stream.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._stream.read(min(CHUNK_BYTES, self._left))):
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        self._stream.close()


def range_response(
    request: HttpRequest,
    path_or_opener: Path | Callable[[], BinaryIO],
    size: int | None = None,
    media_type: str = "application/octet-stream",
    filename: str = "",
    *,
    etag: str = "",
    attachment: bool = False,
) -> HttpResponseBase:
    """Answers a GET or HEAD for a file.

    Args:
        request: read for its method and for ``Range``, ``If-Range`` and ``If-None-Match``.
        path_or_opener: the file, or a callable that opens it as a seekable binary stream.
        size: length in bytes; taken from the file when a path is given and this is not.
        media_type: what the bytes are. Types a browser might execute are sent as downloads.
        filename: name offered for saving, in any script (RFC 6266, RFC 8187).
        etag: a strong validator without quotes, best the content's digest; for a path it is
            otherwise made from the file's identity, size and time.
        attachment: whether to offer saving even where the browser could show it.

    Returns:
        200, 206, 304, 405 or 416. The caller has already asked whether the reader may read.
    """
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    modified = ""
    if isinstance(path_or_opener, Path):
        stat = path_or_opener.stat()
        size = stat.st_size if size is None else size
        etag = etag or f"{stat.st_ino:x}-{stat.st_size:x}-{stat.st_mtime_ns:x}"
        modified = formatdate(stat.st_mtime, usegmt=True)
    if size is None:
        raise ValueError("size must be given with an opener")
    validator = f'"{etag}"' if etag else ""

    if validator and _none_match(request.headers.get("If-None-Match", ""), validator):
        return _described(HttpResponse(status=304), media_type, filename, validator, modified, attachment)

    span = _span(request, size, validator, modified)
    if span == UNSATISFIABLE:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return _described(refused, media_type, filename, validator, modified, attachment)
    start, end = span or (0, size)
    response = _body(request, path_or_opener, start, end - start)
    if span:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response["Content-Length"] = str(end - start)
    return _described(response, media_type, filename, validator, modified, attachment)


def _body(
    request: HttpRequest, path_or_opener: Path | Callable[[], BinaryIO], start: int, length: int
) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    stream = path_or_opener.open("rb") if isinstance(path_or_opener, Path) else path_or_opener()
    return StreamingHttpResponse(_Slice(stream, start, length))


def _span(request: HttpRequest, size: int, validator: str, modified: str) -> tuple[int, int] | None:
    """The asked half-open span, ``None`` for the whole, or ``UNSATISFIABLE``.

    Ranges count for GET only (RFC 9110 §14.2), and only while the file is the one the
    reader began with (§13.1.5). What cannot be understood is ignored, as §14.2 asks.
    """
    match = _RANGE.match(request.headers.get("Range", ""))
    condition = request.headers.get("If-Range", "")
    if request.method != "GET" or not match or match.groups() == ("", ""):
        return None
    if condition and condition not in {validator, modified}:
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size) if length else UNSATISFIABLE
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        return UNSATISFIABLE
    return start, min(int(last) + 1, size) if last else size


def _none_match(header: str, validator: str) -> bool:
    given = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return validator in given or given == ["*"]


def _described(
    response: HttpResponseBase,
    media_type: str,
    filename: str,
    validator: str,
    modified: str,
    attachment: bool,
) -> HttpResponseBase:
    base = media_type.split(";")[0].strip().lower()
    inline = base in SHOWN_INLINE and not attachment
    response["Content-Type"] = "text/plain; charset=utf-8" if base == "text/plain" else media_type
    response["Content-Disposition"] = disposition("inline" if inline else "attachment", filename)
    response["Content-Security-Policy"] = _PDF if base == "application/pdf" else _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Accept-Ranges"] = "bytes"
    # Rights may be withdrawn at any time: a copy may be kept, and is asked about before each use.
    response["Cache-Control"] = "private, no-cache"
    if validator:
        response["ETag"] = validator
    if modified:
        response["Last-Modified"] = modified
    return response


def disposition(kind: str, filename: str) -> str:
    """A ``Content-Disposition`` value: a plain-ASCII name for old readers, the true one beside it.

    Control characters, path separators and undecodable bytes do not reach the header.
    """
    name = "".join(char for char in filename if char.isprintable() and char not in "/\\")
    if not name:
        return kind
    true = quote(name.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{true}"
