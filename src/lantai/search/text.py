"""How text becomes tokens, and how a question meets it.

Chinese has no spaces, so a run of Han characters is indexed as overlapping pairs, followed by
its last character alone: 围垦工程 → 围垦 垦工 工程 程. A phrase is found as tokens at their places;
a single character is found as a prefix (every occurrence starts some token). Everything else
is split into words. Folding is character by character, so that a place in the folded text is
the same place in the text people read: traditional forms meet simplified ones, full width
meets half width, capitals meet small letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import opencc

_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_DOTS = "•・．‧∙"
_DASHES = "‐‑‒–—―－﹣"
GAP = "\u241f"
"""A token between fields and between pages: no phrase runs across it."""
_BREAK = "\u241e"  # a token between two Han runs, so that their pairs never stand as in one run


@cache
def _folding() -> str:
    """At every code point what its character folds to; one character to one character.

    What has no single-character form stays as it is. A string, because ``str.translate`` looks a
    place up in it much faster than it finds out that a dictionary has no such key.
    """
    table = list(map(chr, range(0x30000)))
    for point in range(0x21, 0x30000):
        if 0xD800 <= point <= 0xF8FF:
            continue
        folded = unicodedata.normalize("NFKC", chr(point)).lower()
        if len(folded) == 1:
            table[point] = folded
    han = [chr(point) for low, high in _HAN[:3] for point in range(low, high + 1)]
    simplified = opencc.OpenCC("t2s").convert("\n".join(han)).split("\n")
    for old, new in zip(han, simplified, strict=True):
        if len(new) == 1 and old != new:
            table[ord(old)] = new
    for old in _DOTS:
        table[ord(old)] = "·"
    for old in _DASHES:
        table[ord(old)] = "-"
    return "".join(table)


def fold(text: str) -> str:
    """The text as it is compared; as long as the text itself, character for character."""
    return text.translate(_folding())


def _in_class(ranges: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


HAN_CLASS = _in_class(_HAN) + "〇々\u3040-\u30ff"
_RUN = re.compile(f"([{HAN_CLASS}]+)|((?:[^\\W_{HAN_CLASS}]+|[\u0300-\u036f]+)+|{GAP})")
_HAN_START = re.compile(f"[{HAN_CLASS}]")


def is_han(character: str) -> bool:
    """Whether the character is written without spaces between words."""
    return bool(_HAN_START.match(character))


def tokens(text: str) -> list[str]:
    """Tokens of a text in order, as the index holds them."""
    return folded_tokens(fold(text.replace(GAP, " ")))


def folded_tokens(folded: str) -> list[str]:
    """The same for a text that is folded already; gaps in it are tokens too."""
    found: list[str] = []
    after_han = False
    for han, word in _RUN.findall(folded):
        if han:
            if after_han:
                found.append(_BREAK)
            found += [han[i : i + 2] for i in range(len(han))]
        else:
            found.append(word)
        after_han = bool(han)
    return found


def code_tokens(code: str) -> list[str]:
    """Tokens of a reference code or document number: pairs of characters, whatever they are."""
    folded = "".join(fold(code).split())
    return [folded[i : i + 2] for i in range(len(folded))]


@dataclass(frozen=True, slots=True)
class TokenPhrase:
    """Tokens to look for, each at its place after the first.

    Attributes:
        tokens: in order, at least one, with their places. A pair whose two characters the pairs
            before and after it hold is left out: within one run they say as much.
        open_end: whether the last token is one Han character that any pair may begin with; then
            no token is left out.
    """

    tokens: tuple[tuple[int, str], ...]
    open_end: bool = False


def phrase(text: str) -> TokenPhrase | None:
    """The tokens that find every occurrence of ``text``; ``None`` where nothing can be looked for."""
    found = tokens(text)
    if not found:
        return None
    if not is_han(found[-1][0]):
        return _needed(found)
    if len(found) > 1 and len(found[-2]) == 2 and found[-2][1] == found[-1]:
        return _needed(found[:-1])
    return TokenPhrase(tuple(enumerate(found)), open_end=True)


def code_phrase(fragment: str) -> TokenPhrase | None:
    """The tokens that find every code in which ``fragment`` stands."""
    found = code_tokens(fragment)
    if not found:
        return None
    if len(found) > 1:
        return _needed(found[:-1], in_run=bool)
    return TokenPhrase(tuple(enumerate(found)), open_end=True)


def _is_pair(token: str) -> bool:
    return len(token) == 2 and is_han(token[0])


def _needed(found: list[str], *, in_run: Callable[[str], bool] = _is_pair) -> TokenPhrase:
    kept: list[tuple[int, str]] = []
    for place, token in enumerate(found):
        inner = 0 < place < len(found) - 1 and kept[-1][0] == place - 1
        if not (inner and all(map(in_run, found[place - 1 : place + 2]))):
            kept.append((place, token))
    return TokenPhrase(tuple(kept))
