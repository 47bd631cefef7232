"""Signatures, seals and timestamps: whether they hold, who signed, whether the chain is trusted.

Everything here parses what strangers wrote: only children of the pool should call it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from asn1crypto import tsp

from ..identification import identify
from ..policy import family_of
from .certificates import Hash
from .cms import verify_cms, verify_token
from .facts import SignatureFacts, invalid, is_detached, unknown
from .ofd_signatures import verify_ofd
from .pdf_signatures import verify_pdf
from .xml_signatures import verify_xml

_MOST_BYTES = 8 * 2**20
_CHUNK = 1 << 20


def verify_file(path: Path, over: Path | None = None) -> list[SignatureFacts]:
    """Every signature a file carries; or what a detached signature says of another file."""
    if is_detached(path):
        return _verify_detached(path, over)
    family = family_of(identify(path))
    readers: dict[str, Callable[[Path], list[SignatureFacts]]] = {
        "pdf": verify_pdf,
        "ofd": verify_ofd,
        "xml": verify_xml,
    }
    reader = readers.get(family.reader if family else "")
    return reader(path) if reader else []


def _verify_detached(path: Path, over: Path | None) -> list[SignatureFacts]:
    stamp = path.suffix.lower() != ".p7s"
    kind = "时间戳" if stamp else "电子签名"
    if over is None:
        return [unknown(kind, f"没有找到它所签的文件“{path.stem}”")]
    if path.stat().st_size > _MOST_BYTES:
        return [unknown(kind, "签名文件过大")]
    data = path.read_bytes()

    def feed(digest: Hash) -> None:
        with over.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)

    if not stamp:
        return verify_cms(kind, data, feed)
    try:
        answered = tsp.TimeStampResp.load(data)
        token = answered["time_stamp_token"].dump() if answered["status"].contents else data
    except (ValueError, TypeError, KeyError):
        token = data
    if not token:
        return [invalid(kind, "时间戳服务没有给出令牌")]
    return [verify_token(kind, token, feed)[0]]
