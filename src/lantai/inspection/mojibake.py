"""Text that was decoded in the wrong character set (乱码), and characters that cannot stand in a catalogue."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BROKEN = re.compile(r"[\ufffd\ufffe\uffff\ud800-\udfff]|锟斤拷|烫烫烫|屯屯屯")
_PRIVATE = re.compile(r"[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_LATIN_LETTERS = re.compile(
    r"[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{2,}"
)
_WRONG_ROADS = (("cp1252", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "gb18030"))


def control_characters(text: str) -> list[str]:
    """Control and direction characters, as code points."""
    return _points(_CONTROL, text)


def private_characters(text: str) -> list[str]:
    """Characters of the private-use areas, as code points."""
    return _points(_PRIVATE, text)


def looks_garbled(text: str) -> bool:
    """Whether text was decoded in a wrong character set on its way here."""
    return bool(_BROKEN.search(text)) or original_of(text) is not None


@lru_cache(maxsize=4096)
def original_of(text: str) -> str | None:
    """What garbled text was before, if one wrong decoding explains it.

    UTF-8 read as GBK yields rare characters that encode back into valid UTF-8 (Windows writes
    0x80 as €, and loses a byte here and there); that a proper Chinese text of three characters
    or more does so by chance is next to impossible. Remembered, because a package says the same of
    many items (责任者, 保管期限).
    """
    if _LATIN_LETTERS.search(text):
        for wrong, right in _WRONG_ROADS:
            restored = _again(text, wrong, right)
            if restored and _is_chinese(restored):
                return restored
    if len(text) >= 3 and not text.isascii():
        restored = b"\x80".join(part.encode("gb18030", "ignore") for part in text.split("€")).decode(
            "utf-8", "replace"
        )
        lost = restored.count("\ufffd")
        if lost * 6 <= len(restored) and _is_chinese(restored):
            return restored
    return None


def _again(text: str, wrong: str, right: str) -> str | None:
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _is_chinese(text: str) -> bool:
    letters = [char for char in text if not char.isascii()]
    han = sum("\u4e00" <= char <= "\u9fff" for char in letters)
    return bool(letters) and han * 2 > len(letters)


def _points(pattern: re.Pattern[str], text: str) -> list[str]:
    if not pattern.search(text):
        return []
    found = sorted({match.group(0)[0] for match in pattern.finditer(text)})
    return [f"U+{ord(char):04X}{_name(char)}" for char in found]


def _name(char: str) -> str:
    return {"\ufeff": "（字节顺序标记）", "\u200b": "（零宽空格）", "\x7f": "（删除符）"}.get(
        char, "" if unicodedata.category(char) != "Zs" else "（空格）"
    )
