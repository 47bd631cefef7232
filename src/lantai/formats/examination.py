"""One pass over one file, in the process that calls: digests, format, properties, drawing, text.

Only children of the pool should call this on files from an unknown hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from lantai.core.digests import digest_bytes

from . import images, ofd, office, pdf, plaintext
from .charsets import CHUNK, read_chunks
from .identification import identify
from .policy import family_of, is_accepted
from .results import Characteristics, Examination, Identification, Rendering

ALGORITHMS = ("sha256", "sha512", "sm3")
_OPAQUE = Characteristics(), Rendering(attempted=False, ok=True)
_EMPTY = (
    Characteristics(readable=False, problems=("文件是空的（0 字节）",)),
    Rendering(attempted=False, ok=False, problem="文件是空的（0 字节）"),
)
_HASH_ANYWAY_BYTES = 64 * 2**20
_EICAR_BYTES = 128
"""The test file is its 68 characters, followed by white space up to 128 bytes at most."""


def examine(path: Path, *, digests: bool, known: Identification | None = None) -> Examination:
    """All that one pass tells; raises nothing on damaged content, whatever the parsers say.

    Args:
        path: a regular file.
        digests: whether to take them.
        known: its format, where that was looked up before.
    """
    size_bytes = path.stat().st_size
    identification = known or identify(path)
    characteristics, rendering = characterise(path, identification) if size_bytes else _EMPTY
    return Examination(
        path=path,
        size_bytes=size_bytes,
        identification=identification,
        characteristics=characteristics,
        rendering=rendering,
        digests=digest(path) if digests and _is_worth_hashing(identification, size_bytes) else {},
        test_virus=size_bytes <= _EICAR_BYTES and is_test_virus(path.read_bytes()),
    )


def _is_worth_hashing(identification: Identification, size_bytes: int) -> bool:
    """A large file of a format that is sent back anyway is not read to its end."""
    return size_bytes <= _HASH_ANYWAY_BYTES or is_accepted(identification)


def characterise(path: Path, identification: Identification) -> tuple[Characteristics, Rendering]:
    """Opens a file by the reader of its family."""
    family = family_of(identification)
    match family.reader if family and identification.by_content else "opaque":
        case "pdf":
            return pdf.examine_pdf(path)
        case "ofd":
            return ofd.examine_ofd(path)
        case "image":
            return images.examine_image(path)
        case "office":
            return office.examine_office(path, identification.puid)
        case "text" | "html":
            return plaintext.examine_text(path, identification.charset)
        case "xml":
            return plaintext.examine_xml(path)
        case "email":
            return plaintext.examine_email(path)
        case _:
            return _OPAQUE


def read_text(path: Path, identification: Identification) -> list[str]:
    """The words of a file, one string a page; empty where a format holds none."""
    family = family_of(identification)
    if family is None:
        return []
    if identification.puid in office.WORD_FORMATS:
        return office.docx_text(path)
    readers: dict[str, Callable[[Path], list[str]]] = {
        "pdf": pdf.pdf_text,
        "ofd": ofd.ofd_text,
        "text": plaintext.plain_text,
        "html": plaintext.html_text,
        "xml": plaintext.xml_text,
        "email": plaintext.email_text,
    }
    reader = readers.get(family.reader)
    return reader(path) if reader else []


def digest(path: Path, algorithms: Sequence[str] = ALGORITHMS) -> dict[str, str]:
    """SHA-256, SHA-512 and SM3 in hex, or those asked for, each byte read once."""
    if algorithms == ALGORITHMS and path.stat().st_size <= CHUNK:
        digests = digest_bytes(path.read_bytes())
        return {"sha256": digests.sha256, "sha512": digests.sha512, "sm3": digests.sm3}
    hashes = [hashlib.new(name) for name in algorithms]
    for chunk in read_chunks(path):
        for running in hashes:
            running.update(chunk)
    return {name: running.hexdigest() for name, running in zip(algorithms, hashes, strict=True)}


def is_test_virus(data: bytes) -> bool:
    """Whether this is the EICAR test file; its text is assembled so that scanners leave us alone."""
    signature = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!" + b"$H+H*"
    return data.startswith(signature) and not data[len(signature) :].strip()
