"""Characters of e-mails: what the label says is tried, what the bytes say decides."""

from __future__ import annotations

import codecs
import re

_ALIASES = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gb2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "euc-cn": "gb18030",
    "chinese": "gb18030",
    "gb18030-2022": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "cp950",
    "x-big5": "cp950",
    "big5-eten": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode": "utf-16",
    "iso-2022-cn": "gb18030",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
}
_NOT_TEXT = frozenset(
    {"base64", "bz2", "hex", "quopri", "rot13", "uu", "zip", "zlib", "idna", "punycode", "unicode-escape"}
)
_OFTEN_UTF8 = frozenset({None, "utf-8", "ascii", "cp1252", "iso8859-15", "mac-roman"})
"""Labels that programs write without looking; other bytes are hardly ever UTF-8 by chance."""
_STATEFUL = frozenset({"iso2022-jp", "iso2022-kr", "hz", "utf-7"})
_HIGH = re.compile(rb"[\x80-\xff]")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def known_codec(label: str) -> str | None:
    """The codec a charset label stands for; GB2312 and GBK are read as GB18030, their superset."""
    label = label.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
    except (LookupError, ValueError):
        return None
    return None if name.replace("_", "-") in _NOT_TEXT else _ALIASES.get(name.replace("_", "-"), name)


def decode_letters(data: bytes, label: str = "") -> tuple[str, bool]:
    """The text of bytes that claim a charset, and whether the claim held.

    UTF-8 that holds Chinese is never another charset by chance; what does not decode as labelled
    is tried as UTF-8 and GB18030, and in the end read byte by byte, so that nothing is dropped.
    """
    codec = known_codec(label) if label else None
    if not _HIGH.search(data) and codec not in _STATEFUL and not (codec or "").startswith("utf-16"):
        return data.decode("ascii"), not label or codec is not None
    as_utf8 = _strictly(data, "utf-8")
    if as_utf8 is not None and (codec in _OFTEN_UTF8 or _is_chinese(as_utf8)):
        return as_utf8.removeprefix("\ufeff"), codec in {None, "utf-8"}
    if codec and (text := _strictly(data, codec)) is not None:
        return text, True
    if as_utf8 is not None:
        return as_utf8, False
    as_chinese = _strictly(data, "gb18030")
    if (
        as_chinese is not None
        and _is_common_chinese(as_chinese)
        and codec in {None, "ascii", "utf-8", "cp1252"}
    ):
        return as_chinese, False
    return data.decode(codec if codec and codec != "ascii" else "cp1252", "replace"), False


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _is_chinese(text: str) -> bool:
    """Whether most characters beyond ASCII are Chinese, Japanese or full-width."""
    high = sum(not character.isascii() for character in text)
    return high > 0 and len(_CJK.findall(text)) * 2 > high


def _is_common_chinese(text: str) -> bool:
    """Whether what GB18030 made of the bytes are the characters people write, not a Western name."""
    high = [character for character in text if not character.isascii()]
    common = len("".join(high).encode("gb2312", "ignore")) // 2
    return bool(high) and common * 5 >= len(high) * 3
