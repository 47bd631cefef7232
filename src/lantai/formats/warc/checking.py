"""Every record of a web archive against ISO 28500: fields, boundaries, digests of block and payload."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .faults import RULES, Fault
from .http import Payload
from .records import WarcRecord, iter_warc

__all__ = ["RULES", "Fault", "check_warc"]

_TYPES = frozenset(
    {"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"}
)
_WITH_URI = frozenset({"response", "resource", "request", "revisit", "conversion", "continuation"})
_MANDATORY = ("WARC-Record-ID", "WARC-Date", "WARC-Type")
_DATE = re.compile(r"\A\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?\Z")
_BAD_URI = re.compile(r"[\s<>]")
_ALGORITHMS = {
    "sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "sha512": "sha512",
    "sha-512": "sha512", "sha384": "sha384", "md5": "md5", "sm3": "sm3", "blake2b": "blake2b", "blake3": "",
}  # fmt: skip
MAX_IDS = 2_000_000


def check_warc(path: Path) -> Iterator[tuple[WarcRecord, Payload]]:
    """Each record with what its payload told, its block read and compared with its digests.

    The faults of a record are complete when the next one is asked for.
    """
    ids: set[int] = set()
    for record in iter_warc(path):
        payload = Payload(record)
        if not record.is_last:
            _check_fields(record, ids)
        yield from _checked(record, payload)


def _checked(record: WarcRecord, payload: Payload) -> Iterator[tuple[WarcRecord, Payload]]:
    block = _Digest(record, "warc-block-digest", "block_digest")
    stated = record.fields.get("warc-payload-digest", "") if record.type != "revisit" else ""
    body = _PayloadDigest(record, stated)
    for chunk in record.chunks():
        block.update(chunk)
        entity = payload.feed(chunk)
        body.update(entity.raw, entity.plain)
    payload.finish()
    if not record.is_last:
        block.compare()
        body.compare()
        if payload.is_broken:
            record.say("bad_http", payload.status_line[:80])
    yield record, payload


def _check_fields(record: WarcRecord, ids: set[int]) -> None:
    if record.version == "arc":
        return
    for name in _MANDATORY:
        if not record.fields.get(name.lower()):
            record.say("missing_field", name)
    if record.type and record.type not in _TYPES:
        record.say("unknown_type", record.type)
    if record.type in _WITH_URI and not record.uri:
        record.say("missing_uri", record.type)
    if _BAD_URI.search(record.fields.get("warc-target-uri", "")):
        record.say("bad_uri", record.fields["warc-target-uri"])
    date = record.fields.get("warc-date", "")
    if date and not _DATE.match(date):
        record.say("bad_date", date)
    if reason := record.fields.get("warc-truncated"):
        record.say("truncated_capture", reason)
    _check_id(record, ids)


def _check_id(record: WarcRecord, ids: set[int]) -> None:
    name = record.fields.get("warc-record-id", "")
    if name and not re.match(r"\A<?[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+>?\Z", name):
        record.say("bad_record_id", name)
    if name and hash(name) in ids:
        record.say("repeated_record_id", name)
    if len(ids) < MAX_IDS:
        ids.add(hash(name))


def parse_digest(text: str) -> tuple[str, bytes] | None:
    """Algorithm and value of a labelled digest: hexadecimal, base32 or base64, as programs write it."""
    label, _, value = text.strip().partition(":")
    algorithm = _ALGORITHMS.get(label.strip().lower())
    if not algorithm:
        return None
    size = hashlib.new(algorithm).digest_size
    for decoded in _decodings(value.strip()):
        if len(decoded) == size:
            return algorithm, decoded
    return algorithm, b""


def _decodings(value: str) -> Iterator[bytes]:
    padded = value.rstrip("=")
    readers: tuple[Any, ...] = (
        lambda: bytes.fromhex(value),
        lambda: base64.b32decode((padded + "=" * (-len(padded) % 8)).upper()),
        lambda: base64.b64decode(
            padded + "=" * (-len(padded) % 4), altchars=b"-_" if set("-_") & set(value) else None
        ),
    )
    for read in readers:
        try:
            yield read()
        except (ValueError, binascii.Error):
            continue


class _Digest:
    """A digest a record states, and the one its bytes have."""

    def __init__(self, record: WarcRecord, field: str, key: str) -> None:
        self.record, self.key, self.stated = record, key, record.fields.get(field, "")
        parsed = parse_digest(self.stated) if self.stated else None
        if self.stated and parsed is None:
            record.say("unknown_digest", self.stated)
        self.running = hashlib.new(parsed[0]) if parsed else None
        self.wanted = parsed[1] if parsed else b""

    def update(self, data: bytes) -> None:
        if self.running:
            self.running.update(data)

    def compare(self) -> None:
        if self.running and self.running.digest() != self.wanted:
            self.record.say(
                self.key, f"声明 {self.stated}，实为 {self.running.name}:{self.running.hexdigest()}"
            )


class _PayloadDigest:
    """The digest of a payload: programs disagree whether chunked transfer is taken off first."""

    def __init__(self, record: WarcRecord, stated: str) -> None:
        self.raw = _Digest(record, "warc-payload-digest", "payload_digest") if stated else None
        self.plain = self.raw.running.copy() if self.raw and self.raw.running else None

    def update(self, raw: bytes, plain: bytes) -> None:
        if self.raw and self.plain:
            self.raw.update(raw)
            self.plain.update(plain)

    def compare(self) -> None:
        if self.raw and self.plain and self.plain.digest() != self.raw.wanted:
            self.raw.compare()
