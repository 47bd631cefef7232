"""Which character set a text is in: UTF-8, UTF-16 with or without a mark, GB18030 or Big5."""

from __future__ import annotations

import codecs
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

SAMPLE_BYTES = 1 << 20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHARSETS = ("utf-8-sig", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")


def guess_charset(path: Path) -> str:
    """The character set of a text file, by its first mebibyte.

    Raises:
        Invalid: the bytes are no text in any of them.
    """
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    return guess(sample, complete=len(sample) < SAMPLE_BYTES)


def guess(sample: bytes, *, complete: bool = True) -> str:
    """The character set of a sample; raises as :func:`guess_charset`."""
    if wide := _wide(sample):
        return wide
    for mark, name in _MARKS.items():
        if sample.startswith(mark):
            return name
    if _decodes(sample, "utf-8", complete=complete) or _is_damaged_utf8(sample):
        return "utf-8"
    shares = {
        "gb18030": _share(sample, "gb18030", "gb2312"),
        "big5hkscs": _share(sample, "big5hkscs", "big5"),
    }
    likely = max(shares, key=lambda name: shares[name])
    if shares[likely] > 0.5 or _decodes(sample, likely, complete=complete):
        return likely
    raise Invalid(_("文件不是文字，或编码不认识。"), remedy=_("请在表格软件中另存为“CSV UTF-8”后再导入。"))


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether it is UTF-8 but for a few places, such as texts cut at a number of bytes."""
    foreign = [char for char in sample.decode("utf-8", "replace") if char > "\x7f"]
    return foreign.count("\ufffd") < len(foreign) / 20


def _decodes(sample: bytes, charset: str, *, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder(charset)().decode(sample, final=complete)
    except UnicodeDecodeError:
        return False
    return True


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: line ends, commas and figures have an empty byte beside them."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in sample:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    for name, nulls, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if nulls > 8 * max(others, 1) or (nulls and not others):
            try:
                sample[: len(sample) & ~3].decode(name, "strict")
            except UnicodeDecodeError:
                continue
            return name
    return ""


def _share(sample: bytes, charset: str, common: str) -> float:
    """Of the characters beyond ASCII, those that are usual ones in the character set."""
    text = sample.decode(charset, "replace")
    foreign = [char for char in text[:200_000] if char > "\x7f"]
    usual = 0
    for char in foreign:
        try:
            lead = char.encode(common)[0]
        except UnicodeEncodeError:
            continue
        # Level 1 of either set: the 3,755 and 5,401 characters people write with; and punctuation.
        usual += lead <= (0xD7 if common == "gb2312" else 0xC6)
    return usual / len(foreign) if foreign else 0.0
