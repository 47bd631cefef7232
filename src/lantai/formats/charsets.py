"""Character sets of Chinese text: UTF-8 with or without mark, UTF-16 with mark, GB18030."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

CHUNK = 1 << 20
_CONTROLS = frozenset(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1A}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_charset(sample: bytes, *, complete: bool = False) -> str | None:
    """The character set of text, or ``None`` when the bytes are not text.

    Args:
        sample: the beginning of the file.
        complete: whether the sample is the whole file, so that a cut character is a fault.
    """
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name if decodes([sample], name, complete=complete) else None
    if any(byte in _CONTROLS for byte in sample):
        return None
    for name in ("utf-8", "gb18030"):
        if decodes([sample], name, complete=complete):
            return name
    return None


def decodes(chunks: Iterable[bytes], charset: str, *, complete: bool = True) -> bool:
    """Whether the bytes are well-formed in the character set; memory stays one chunk."""
    decoder = codecs.getincrementaldecoder(charset)()
    try:
        for chunk in chunks:
            decoder.decode(chunk)
        if complete:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def decode_text(data: bytes) -> str:
    """The text of a small file; raises ``UnicodeDecodeError`` when it is in none of the character sets."""
    return data.decode(detect_charset(data, complete=True) or "utf-8")


def decode_name(name: bytes) -> str:
    """A file name for people to read: UTF-8, else GB18030, else with the bytes shown."""
    for charset in ("utf-8", "gb18030"):
        try:
            return name.decode(charset)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "backslashreplace")


def read_chunks(path: Path) -> Iterable[bytes]:
    """The file in chunks of one mebibyte."""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk
