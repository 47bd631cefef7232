"""Signatures of a PDF (ISO 32000-1 12.8, ETSI EN 319 142): what each covers, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pikepdf

from .certificates import Hash
from .cms import verify_cms, verify_token
from .facts import SignatureFacts, invalid, unknown
from .ses import verify_seal

_CHUNK = 1 << 20
_MOST_FIELDS = 5000
_CMS = {"/adbe.pkcs7.detached", "/ETSI.CAdES.detached"}
_TOKEN = "/ETSI.RFC3161"  # noqa: S105 - the name of a kind of signature
_SEALS = {"/GM.sm2seal", "/GBT.38540", "/KGHSM.PDFSeal"}


@dataclass(frozen=True, slots=True)
class _Place:
    """A signature dictionary: its value, the two ranges it is over, its kind and its claimed time."""

    contents: bytes
    ranges: tuple[int, int, int, int]
    filter: str
    claimed: datetime | None


def verify_pdf(path: Path) -> list[SignatureFacts]:
    """Every signature of a document, first to last."""
    try:
        with pikepdf.open(path) as pdf:
            places = list(_places(pdf))
    except (pikepdf.PdfError, ValueError, OSError):
        return [unknown("PDF 签名", "文件无法打开，签名没有验证")]
    size_bytes = path.stat().st_size
    judged: list[tuple[_Place | None, SignatureFacts]] = []
    for place in places:
        if place is None:
            judged.append((None, invalid("PDF 签名", "签名没有写明覆盖的范围或签名数据")))
        else:
            judged += [(place, facts) for facts in _verify(path, place, size_bytes)]
    last = max((_end(place) for place, facts in judged if place and facts.status == "valid"), default=0)
    return [_with_coverage(place, facts, size_bytes, last) for place, facts in judged]


def _verify(path: Path, place: _Place, size_bytes: int) -> list[SignatureFacts]:
    if not _is_sound(path, place, size_bytes):
        return [invalid("PDF 签名", "签名写明的覆盖范围与文件不符，内容可能被替换")]

    def feed(digest: Hash) -> None:
        with path.open("rb") as stream:
            for start, length in (place.ranges[:2], place.ranges[2:]):
                stream.seek(start)
                left = length
                while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
                    digest.update(chunk)
                    left -= len(chunk)

    if place.filter == _TOKEN:
        return [verify_token("PDF 文档时间戳", place.contents, feed)[0]]
    if place.filter in _CMS:
        return verify_cms("PDF 签名", place.contents, feed, place.claimed)
    if place.filter in _SEALS:
        return [verify_seal("PDF 印章", place.contents, feed)]
    return [unknown("PDF 签名", f"不认识的签名类型 {place.filter or '（未写）'}")]


def _is_sound(path: Path, place: _Place, size_bytes: int) -> bool:
    """The ranges leave out the value of this signature and nothing else."""
    first, length, second, rest = place.ranges
    if first or min(place.ranges) < 0 or second < length or second + rest > size_bytes:
        return False
    with path.open("rb") as stream:
        stream.seek(length)
        gap = stream.read(second - length)
    if not (gap.startswith(b"<") and gap.endswith(b">")):
        return False
    try:
        return bytes.fromhex(gap[1:-1].decode("ascii")) == place.contents
    except ValueError:
        return False


def _with_coverage(place: _Place | None, facts: SignatureFacts, size_bytes: int, last: int) -> SignatureFacts:
    """What was appended after the last valid signature is nobody's word."""
    if place is None or facts.status != "valid" or _end(place) == size_bytes:
        return facts
    if last == size_bytes:
        return replace(facts, remarks=(*facts.remarks, "其后另有签名或时间戳覆盖全部内容"))
    more = size_bytes - _end(place)
    return replace(facts, status="unknown", problem=f"签名之后文件又增补了 {more} 字节，增补的内容没有签名")


def _end(place: _Place) -> int:
    return place.ranges[2] + place.ranges[3]


def _places(pdf: pikepdf.Pdf) -> Iterator[_Place | None]:
    form: Any = pdf.Root.get("/AcroForm")
    waiting: list[Any] = list(form.get("/Fields", [])) if form is not None else []
    for _ in range(_MOST_FIELDS):
        if not waiting:
            return
        field = waiting.pop(0)
        if not isinstance(field, pikepdf.Dictionary):
            continue
        waiting += list(field.get("/Kids", []))
        value = field.get("/V")
        if isinstance(value, pikepdf.Dictionary) and ("/ByteRange" in value or field.get("/FT") == "/Sig"):
            yield _place(value)


def _place(value: pikepdf.Dictionary) -> _Place | None:
    numbers: Any = value.get("/ByteRange", [])
    ranges = [int(number) for number in numbers]
    contents = value.get("/Contents")
    if len(ranges) != 4 or contents is None:
        return None
    return _Place(
        bytes(contents),
        (ranges[0], ranges[1], ranges[2], ranges[3]),
        str(value.get("/SubFilter", "")),
        _moment(str(value.get("/M", ""))),
    )


def _moment(text: str) -> datetime | None:
    """A date as PDF writes it: ``D:20261122083000+08'00'``."""
    digits, sign, zone = text.removeprefix("D:")[:14], text[16:17], text[17:].replace("'", "")
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S")  # noqa: DTZ007 - its zone comes next
        offset = (
            timedelta(hours=int(zone[:2] or 0), minutes=int(zone[2:4] or 0)) if sign in "+-" else timedelta()
        )
    except ValueError:
        return None
    return moment.replace(tzinfo=timezone(-offset if sign == "-" else offset))
