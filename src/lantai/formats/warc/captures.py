"""Finding what an archive captured, and reading one capture by its place: what replay needs."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.temporary import Spool

from ..mail.letters import decode_letters
from ..memory import allow_files
from ..pooled import call_in_pool
from .http import Payload
from .records import WarcRecord, iter_warc, open_record
from .survey import META_CHARSET, iso_date

LOCATE_TIMEOUT_S = 300.0
_MOST_SPOOL_BYTES = 4 * 2**30
_TYPES = frozenset({"response", "resource", "revisit"})


@dataclass(frozen=True, slots=True)
class Located:
    """One capture and where it stands (a line of CDXJ).

    Attributes:
        uri: as asked for.
        captured_at: fourteen digits, UTC.
        status: of HTTP; 200 for a resource.
        media_type: of the body, without parameters.
        digest: of the payload as the record states it; empty where it does not.
        offset: of the record within the file, in bytes.
        is_revisit: the record tells only that the payload was the same as before.
    """

    uri: str
    captured_at: str
    status: int
    media_type: str
    digest: str
    offset: int
    is_revisit: bool = False


@dataclass(frozen=True, slots=True)
class CapturedFile:
    """What was answered: status, fields of the head by lower-case name, type, charset, and the body."""

    status: int
    fields: dict[str, str]
    media_type: str
    charset: str
    body: bytes


def locate_captures(path: Path) -> Iterator[Located]:
    """Every capture of a file, in order, found in the pool.

    Raises:
        Invalid: no child could read the file to its end.
    """
    spool = Spool()
    given = {"spool": str(spool.path)}
    answer = next(call_in_pool(capture_facts, [path], allowed_s=LOCATE_TIMEOUT_S, writes=True, **given))
    if problem := answer.get("crash") or answer.get("error"):
        raise Invalid(
            _("网页归档文件无法读取：%(why)s。") % {"why": problem},
            subject=path.name,
            remedy=_("请用采集软件重新采集或重新导出。"),
        )
    yield from (Located(**json.loads(line)) for line in spool.lines())


def capture_facts(path: Path, *, spool: str) -> dict[str, Any]:
    """Writes the captures of a file to a spool, a line of JSON each; only children of the pool call this."""
    with allow_files(_MOST_SPOOL_BYTES), open(spool, "w", encoding="ascii") as out:  # noqa: PTH123
        out.writelines(f"{json.dumps(asdict(found))}\n" for found in _located(path))
    return {}


def _located(path: Path) -> Iterator[Located]:
    for record in iter_warc(path):
        if record.type not in _TYPES or not record.uri.startswith(("http://", "https://")):
            continue
        payload = Payload(record)
        for chunk in record.chunks():
            payload.feed(chunk)
            if not payload.has_head:
                break
        payload.finish()
        if payload.is_broken:
            continue
        yield Located(
            record.uri,
            _digits(record.fields.get("warc-date", "")),
            payload.status or 200,
            payload.media_type,
            record.fields.get("warc-payload-digest", ""),
            record.offset,
            record.type == "revisit",
        )


def read_capture(path: Path, offset: int, limit_bytes: int) -> CapturedFile | None:
    """The capture at an offset, transfer and content encoding taken off.

    Args:
        path: a WARC or ARC file that was surveyed before.
        offset: as :class:`Located` says.
        limit_bytes: of the body, decoded; what is beyond is left out.
    """
    with open_record(path, offset) as record:
        if record is None or record.type not in _TYPES:
            return None
        payload = Payload(record)
        raw = _body(record, payload, limit_bytes)
    body = _decoded(raw, payload.encoding, limit_bytes)
    return CapturedFile(payload.status or 200, payload.fields, payload.media_type, payload.charset, body)


def _body(record: WarcRecord, payload: Payload, limit_bytes: int) -> bytes:
    body = bytearray()
    for chunk in record.chunks():
        body += payload.feed(chunk).plain
        if len(body) >= limit_bytes:
            break
    payload.finish()
    return bytes(body[:limit_bytes])


def _decoded(body: bytes, encoding: str, limit_bytes: int) -> bytes:
    """Without gzip or deflate; as it is where it is neither, whatever was said."""
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return body
    for window in (47, -15):
        try:
            return zlib.decompressobj(window).decompress(body, limit_bytes)
        except zlib.error:
            continue
    return body


def _digits(date: str) -> str:
    """Fourteen digits of a date in either spelling."""
    digits = "".join(sign for sign in iso_date(date) if sign.isdigit())[:14]
    return digits.ljust(14, "0") if len(digits) >= 8 else "0" * 14


def decode_page(body: bytes, charset: str) -> str:
    """A page or style sheet as text: in the charset it is in, whatever was said."""
    meta = META_CHARSET.search(body[:4096])
    label = charset or (meta.group(1).decode("ascii") if meta else "")
    return decode_letters(body, label)[0]
