"""How text becomes tokens, and how a question meets it.

Chinese has no spaces, so a run of Han characters is indexed as overlapping pairs, followed by
its last character alone: 围垦工程 → 围垦 垦工 工程 程. A phrase is found as neighbouring tokens;
a single character is found as a prefix (every occurrence starts some token). Everything else
is split into words. Folding is character by character, so that a place in the folded text is
the same place in the text people read: traditional forms meet simplified ones, full width
meets half width, capitals meet small letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import opencc

_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_DOTS = dict.fromkeys(map(ord, "•・．‧∙"), "·")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―－﹣"), "-")


@cache
def _folding() -> dict[int, str]:
    """One character to one character; what has no single-character form stays as it is."""
    table: dict[int, str] = {}
    for point in range(0x21, 0x30000):
        if 0xD800 <= point <= 0xF8FF:
            continue
        folded = unicodedata.normalize("NFKC", chr(point)).lower()
        if len(folded) == 1 and folded != chr(point):
            table[point] = folded
    han = [chr(point) for low, high in _HAN[:3] for point in range(low, high + 1)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    table |= {ord(old): new for old, new in zip(han, simplified, strict=True) if len(new) == 1 and old != new}
    return table | _DOTS | _DASHES


def fold(text: str) -> str:
    """The text as it is compared; as long as the text itself, character for character."""
    return text.translate(_folding())


def _in_class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


HAN_CLASS = _in_class(_HAN) + "〇々\u3040-\u30ff"
_RUN = re.compile(f"([{HAN_CLASS}]+)|((?:(?![{HAN_CLASS}_])\\w|[\u0300-\u036f])+)")
_HAN_START = re.compile(f"[{HAN_CLASS}]")


def is_han(character: str) -> bool:
    """Whether the character is written without spaces between words."""
    return bool(_HAN_START.match(character))


def tokens(text: str) -> list[str]:
    """Tokens of a text in order, as the index holds them."""
    found: list[str] = []
    for han, word in _RUN.findall(fold(text)):
        if han:
            found += [han[i : i + 2] for i in range(len(han))]
        else:
            found.append(word)
    return found


def code_tokens(code: str) -> list[str]:
    """Tokens of a reference code or document number: pairs of characters, whatever they are."""
    folded = "".join(fold(code).split())
    return [folded[i : i + 2] for i in range(len(folded))]


@dataclass(frozen=True, slots=True)
class TokenPhrase:
    """Neighbouring tokens to look for.

    Attributes:
        tokens: in order, at least one.
        open_end: whether the last token is one Han character that any pair may begin with.
    """

    tokens: tuple[str, ...]
    open_end: bool = False


def phrase(text: str) -> TokenPhrase | None:
    """The tokens that find every occurrence of ``text``; ``None`` where nothing can be looked for."""
    found = tokens(text)
    if not found:
        return None
    if not is_han(found[-1][0]):
        return TokenPhrase(tuple(found))
    if len(found) > 1 and len(found[-2]) == 2 and found[-2][1] == found[-1]:
        return TokenPhrase(tuple(found[:-1]))
    return TokenPhrase(tuple(found), open_end=True)


def code_phrase(fragment: str) -> TokenPhrase | None:
    """The tokens that find every code in which ``fragment`` stands."""
    found = code_tokens(fragment)
    if not found:
        return None
    if len(found) > 1:
        return TokenPhrase(tuple(found[:-1]))
    return TokenPhrase(tuple(found), open_end=True)
