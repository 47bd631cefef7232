"""How text is made comparable, and how a question meets its tokens (:mod:`.tokens`).

Chinese has no spaces, and what stands between characters (quotation marks, line breaks, spaces
of a scan) varies from one writer to the next. So a text is *bared* first: folded (NFKC, traditional
to simplified, variants, capitals to small letters, accents off) and stripped of everything but
letters and digits. What is left is indexed as overlapping pairs with the last character alone
after them: 围垦工程 → 围垦 垦工 工程 程. Any stretch of a text is found by pairs at their places; a
single character as the beginning of some token. Codes keep their separators, all alike, and are
cut into overlapping fours, because their characters repeat so much.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import opencc

_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_DOTS = "•・．‧∙"
_DASHES = "‐‑‒–—―－﹣"
_SEPARATORS = "-·._/\\:~"
GAP = "\u241f"
"""A token between fields and between pages: no phrase runs across it."""
THREE = 3
"""Characters of one token of a title's second index, for words of so many and more."""
CODE_GRAM = 4
"""Characters of one token of a code."""
_END = "\0"
"""Stands between texts that are looked at in one go; no text holds it that came from a database."""


@cache
def _folding() -> str:
    """At every code point what its character folds to; one character to one character.

    What has no single-character form stays as it is. A string, because ``str.translate`` looks a
    place up in it much faster than it finds out that a dictionary has no such key.
    """
    table = list(map(chr, range(0x30000)))
    for point in range(0x21, 0x30000):
        if not 0xD800 <= point <= 0xF8FF:
            table[point] = _folded_letter(chr(point))
    han = [chr(point) for low, high in _HAN[:3] for point in range(low, high + 1)]
    for old, new in zip(han, _simplified(han), strict=True):
        table[ord(old)] = new
    for old in _DOTS:
        table[ord(old)] = "·"
    for old in _DASHES:
        table[ord(old)] = "-"
    groups = tomllib.loads(files(__package__).joinpath("data/variants.toml").read_text(encoding="utf-8"))
    for group in groups["same"]:
        for other in group[1:]:
            table[ord(other)] = table[ord(group[0])]
    return "".join(table).translate(table)  # some fold to what folds on: 闘 to 鬭, and that to 斗


def _folded_letter(character: str) -> str:
    """Compatibility forms to the plain one, capitals to small letters, accents off."""
    folded = unicodedata.normalize("NFKC", character).lower()
    if len(folded) != 1:
        return character
    parts = unicodedata.normalize("NFKD", folded)
    accented = len(parts) > 1 and parts[0].isascii() and all(map(unicodedata.combining, parts[1:]))
    return parts[0] if accented else folded


def _simplified(han: list[str]) -> list[str]:
    """Each character simplified; forms of Hong Kong, Taiwan and Japan where those alone know it."""
    text = "\n".join(han)
    ways = [opencc.OpenCC(name).convert(text).split("\n") for name in ("t2s", "hk2s", "tw2s")]
    japanese = opencc.OpenCC("t2s").convert(opencc.OpenCC("jp2t").convert(text)).split("\n")
    found = []
    for old, *forms, japan in zip(han, *ways, japanese, strict=True):
        if not is_common(old):
            forms.append(japan)
        found.append(next((form for form in forms if form != old and len(form) == 1), old))
    return found


def is_common(character: str) -> bool:
    """Whether GB 2312 has the character: what everyday simplified text is written with."""
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@cache
def _baring() -> str:
    kept = "".join(letter if is_letter(letter) else " " for letter in _folding())
    return _END + kept[1:]


@cache
def _coding() -> str:
    return "".join("-" if letter in _SEPARATORS else letter for letter in _folding())


def fold(text: str) -> str:
    """The text as it is compared; as long as the text itself, character for character."""
    return text.translate(_folding())


def bare(text: str) -> str:
    """The text's letters and digits, folded; spaces, punctuation and marks are gone."""
    return _letters_of(_normalised(text).translate(_baring()))


def bare_all(texts: Sequence[str]) -> list[str]:
    """Each text bared, all in one go."""
    joined = _END.join(texts)
    if joined.count(_END) >= max(len(texts), 1):
        return [bare(text) for text in texts]
    return list(map(_letters_of, _normalised(joined).translate(_baring()).split(_END))) if texts else []


def _normalised(text: str) -> str:
    """In NFKC; folded first, little is left that takes long to normalise."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    return unicodedata.normalize("NFKC", text.translate(_folding()))


def _letters_of(kept: str) -> str:
    """What is left when all else has become spaces."""
    if kept.isalnum():  # as most titles are by now
        return kept
    kept = "".join(kept.split())
    return kept if kept.isalnum() else "".join(filter(is_letter, kept))


def legible(text: str) -> str:
    """The text without what no database takes and nobody reads: control characters, halves of pairs."""
    kept = (" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in text)
    return "".join(kept).strip()


def bare_code(code: str) -> str:
    """A reference code folded, its separators all alike, without spaces."""
    return "".join(code.translate(_coding()).split())


def bare_codes(codes: Sequence[str]) -> list[str]:
    """Each code bared, all in one go."""
    joined = _END.join(codes).translate(_coding())
    if joined.split(maxsplit=1) == [joined] and joined.count(_END) < len(codes):  # no space anywhere
        return joined.split(_END)
    return list(map(bare_code, codes))


def is_letter(character: str) -> bool:
    """Whether a character is kept: letters, digits, and those of names that Unicode knows late or never.

    Extensions H and I are younger than Python's tables; in the private area stand the rare characters
    of names in older systems.
    """
    return character.isalnum() or is_han(character) or "\ue000" <= character <= "\uf8ff"


def is_han(character: str) -> bool:
    """Whether the character is written without spaces between words."""
    return any(low <= ord(character) <= high for low, high in _HAN) or character in "〇々"


@dataclass(frozen=True, slots=True)
class TokenPhrase:
    """Tokens to look for, each at its place after the first.

    Attributes:
        tokens: in order, at least one, with their places; together they hold every character.
        open_end: whether the one token is only the beginning of the tokens to be found.
    """

    tokens: tuple[tuple[int, str], ...]
    open_end: bool = False


def phrase(text: str) -> TokenPhrase | None:
    """The tokens that find every occurrence of ``text``; ``None`` where nothing can be looked for."""
    return _cut(bare(text), 2)


def phrase_in_threes(text: str) -> TokenPhrase | None:
    """The tokens of :func:`threes` that find every occurrence; ``None`` where it is too short for that."""
    bared = bare(text)
    return _cut(bared, THREE) if len(bared) >= THREE else None


def code_phrase(fragment: str) -> TokenPhrase | None:
    """The tokens that find every code in which ``fragment`` stands."""
    return _cut(bare_code(fragment), CODE_GRAM)


def number_phrase(fragment: str) -> TokenPhrase | None:
    """The tokens that find every document number in which ``fragment`` stands, whatever its brackets."""
    return _cut(bare(fragment), CODE_GRAM)


def _cut(bared: str, width: int) -> TokenPhrase | None:
    if not bared:
        return None
    if len(bared) < width:
        return TokenPhrase(((0, bared),), open_end=True)
    last = len(bared) - width
    places = [*range(0, last, width), last]
    return TokenPhrase(tuple((place, bared[place : place + width]) for place in places))
