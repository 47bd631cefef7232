"""Identification of formats: PRONOM by Siegfried, then our own rules for what PRONOM lacks.

OFD is a ZIP that holds ``OFD.xml`` (GB/T 33190); e-mails and plain text have no signature.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

from .adapters.siegfried import Match, match_files
from .charsets import detect_charset
from .containers import recognise_container, recognise_web_archive
from .names import is_utf8, utf8_path
from .policy import family_by_puid
from .results import UNKNOWN, Identification

OFD = "lantai/ofd"
EML = "fmt/278"
TEXT = "x-fmt/111"
ZIP = "x-fmt/263"
OLE2 = "fmt/111"
OPEN_DOCUMENT = "fmt/135"
GZIP = "x-fmt/266"
_VAGUE = frozenset({ZIP, OLE2, OPEN_DOCUMENT, GZIP, UNKNOWN})
"""What Siegfried says of a container into which it cannot look."""
SAMPLE_BYTES = 64 * 1024
_BATCH = 256
LARGE_BYTES = 2**30
_BEGINNINGS = (
    (0, b"%PDF-", "fmt/20", "PDF", "application/pdf"),
    (0, b"\xff\xd8\xff", "fmt/41", "JPEG 图像", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "fmt/13", "PNG 图像", "image/png"),
    (0, b"II*\0", "fmt/353", "TIFF 图像", "image/tiff"),
    (0, b"MM\0*", "fmt/353", "TIFF 图像", "image/tiff"),
    (8, b"WAVEfmt ", "fmt/141", "WAVE 录音", "audio/x-wav"),
    (8, b"AVI LIST", "fmt/5", "AVI 录像", "video/x-msvideo"),
    (4, b"ftyp", "fmt/199", "MPEG-4 录像", "video/mp4"),
)
_HEADER = re.compile(
    rb"^(?:from|to|subject|date|received|mime-version|message-id|return-path|content-type)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST_HEADER = re.compile(rb"\A(?:From [^\r\n]+\r?\n)?[!-9;-~]+[ \t]*:")


def identify(path: Path) -> Identification:
    """The format of one file."""
    return next(identify_many([path]))


def identify_many(paths: Iterable[Path]) -> Iterator[Identification]:
    """The formats of many files, in order, read in batches."""
    remaining = iter(paths)
    while batch := list(islice(remaining, _BATCH)):
        small = [path for path in batch if path.stat().st_size <= LARGE_BYTES]
        with ExitStack() as names:
            matches = iter(match_files([names.enter_context(utf8_path(path)) for path in small]))
        small_files = set(small)
        for path in batch:
            yield _decide(path, next(matches)) if path in small_files else _recognise_large(path)


def _decide(path: Path, match: Match) -> Identification:
    found = _from_match(match)
    if not is_utf8(path):
        family = family_by_puid(found.puid)
        fits = family is None or path.suffix.lower().lstrip(".") in family.extensions
        found = replace(found, extension_fits=fits)
    if found.by_content and found.puid not in _VAGUE:
        return found
    with path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    if container := recognise_container(head, path.suffix.lower().lstrip(".")):
        return container
    if found.puid == GZIP:
        return recognise_web_archive(head, path.name) or found
    if found.puid in {OLE2, OPEN_DOCUMENT}:
        return found
    if found.puid == UNKNOWN and (cut := _recognise_beginning(path, head, "（不完整）")):
        return cut
    if head.startswith(b"PK"):
        return _recognise_ofd(path) or found
    if not head or found.by_content:
        return found
    return _recognise_eml(path, head) or _recognise_text(path, head, found) or found


def _from_match(match: Match) -> Identification:
    warning = match["warning"]
    return Identification(
        puid=match["id"] or UNKNOWN,
        name=f"{match['format']} {match['version']}".strip() or "未知格式",
        mime=match["mime"] or "application/octet-stream",
        basis=match["basis"] or warning or "无匹配特征",
        extension_fits="extension mismatch" not in warning and match["id"] != UNKNOWN,
        by_content="byte match" in match["basis"] or "container" in match["basis"],
    )


def _recognise_large(path: Path) -> Identification:
    """A file too large to be searched for signatures from end to end: its beginning decides."""
    with path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    return _recognise_beginning(path, head, "") or Identification(
        UNKNOWN, "未知格式", "application/octet-stream", "文件很大，文件头无匹配特征", False, False
    )


def _recognise_beginning(path: Path, head: bytes, remark: str) -> Identification | None:
    for place, beginning, puid, name, mime in _BEGINNINGS:
        if head[place : place + len(beginning)] == beginning:
            family = family_by_puid(puid)
            fits = family is not None and path.suffix.lower().lstrip(".") in family.extensions
            return Identification(puid, f"{name}{remark}", mime, "仅文件头相符", fits)
    return None


def _recognise_ofd(path: Path) -> Identification | None:
    try:
        with zipfile.ZipFile(path) as archive:
            if "OFD.xml" not in archive.NameToInfo:
                return None
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    return Identification(
        OFD, "OFD 版式文档", "application/ofd", "ZIP 中有 OFD.xml", path.suffix.lower() == ".ofd"
    )


def _recognise_eml(path: Path, head: bytes) -> Identification | None:
    names = {match.lower() for match in _HEADER.findall(head[:8192])}
    wanted = 1 if path.suffix.lower() == ".eml" else 2
    if not _FIRST_HEADER.match(head) or len(names) < wanted:
        return None
    return Identification(
        EML, "电子邮件（RFC 5322）", "message/rfc822", "邮件头", path.suffix.lower() == ".eml"
    )


def _recognise_text(path: Path, head: bytes, found: Identification) -> Identification | None:
    charset = detect_charset(head, complete=len(head) < SAMPLE_BYTES)
    if charset is None:
        return None
    suffix = path.suffix.lower()
    if found.puid not in {UNKNOWN, TEXT} and found.extension_fits:
        return Identification(found.puid, found.name, found.mime, "扩展名与文本内容", True, True, charset)
    fits = suffix in {"", ".txt", ".text", ".log", ".md"}
    return Identification(TEXT, "纯文本", "text/plain", f"文本内容（{charset}）", fits, True, charset)
