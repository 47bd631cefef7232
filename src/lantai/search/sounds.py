"""Characters by their pinyin: whole syllables, their tones typed or not, or the initials of a name."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache

from .text import fold, is_common

MOST_SYLLABLES = 8
MOST_SPLITS = 4
LONGEST_SYLLABLE = 6
_VOWELS = frozenset("aeiouv")
_SURNAMES = {
    "单": "shan", "仇": "qiu", "区": "ou", "解": "xie", "查": "zha", "任": "ren", "朴": "piao", "曾": "zeng",
    "盖": "ge", "乐": "yue", "尉": "yu", "种": "chong", "繁": "po", "秘": "bi", "逄": "pang", "员": "yun",
    "折": "she", "黑": "he", "缪": "miao", "宓": "fu", "翟": "zhai", "冼": "xian", "么": "yao", "召": "shao",
}  # fmt: skip
"""Readings characters have as surnames, where another one is commoner."""
_LETTERS = re.compile(r"[a-z']+")
_TONE = re.compile(r"(?<=[a-z])[1-5](?![0-9])")


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    """Syllables without tone of every common character, the commonest first; ü is v."""
    from pypinyin.pinyin_dict import pinyin_dict  # half a second the first time, and few searches need it

    found: dict[str, tuple[str, ...]] = {}
    for point, readings in pinyin_dict.items():
        character = chr(point)
        if fold(character) == character and is_common(character):
            found[character] = tuple(dict.fromkeys(map(_without_tone, readings.split(","))))
    return found


def _without_tone(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())


@cache
def _by_syllable() -> dict[str, str]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for character, readings in _readings().items():
        for syllable in readings:
            found[syllable].append(character)
    for syllable in [syllable for syllable in found if syllable[:2] in {"lv", "nv"}]:
        found[syllable.replace("v", "u")] += found[syllable]
        found[syllable.replace("v", "yu")] += found[syllable]
    return {
        syllable: "".join(dict.fromkeys(characters))
        for syllable, characters in found.items()
        if len(syllable) <= LONGEST_SYLLABLE and not _VOWELS.isdisjoint(syllable)
    }


def characters(syllable: str) -> str:
    """The common characters that can be read so, folded."""
    return _by_syllable()[syllable]


@cache
def sounding_like(character: str) -> str:
    """The common characters that share a reading with one, itself among them; empty if it has none."""
    readings = _readings().get(character, ())
    return "".join(dict.fromkeys("".join(_by_syllable().get(syllable, "") for syllable in readings)))


def spelled(word: str) -> str:
    """A word of letters without tones (``lǚ``, ``lü3``: ``lv``), syllables apart where they were; else nothing."""
    open_forms = unicodedata.normalize("NFKD", word.lower()).replace("u\u0308", "v").replace("’", "'")
    plain = "".join(letter for letter in open_forms if not unicodedata.combining(letter))
    parted = "'".join(filter(None, re.split(r"['\s]+", _TONE.sub("'", plain))))
    return parted if _LETTERS.fullmatch(parted) else ""


def is_syllable(word: str) -> bool:
    """Whether a word of letters is one syllable."""
    return spelled(word) in _by_syllable()


def split(letters: str) -> list[tuple[str, ...]]:
    """The ways letters can be read as two or more syllables; an apostrophe or a space parts syllables."""
    plain = spelled(letters)
    if not plain or len(plain) > LONGEST_SYLLABLE * MOST_SYLLABLES:
        return []
    ways: list[tuple[str, ...]] = [()]
    for part in plain.split("'"):
        ways = [(*way, *more) for way in ways for more in _splits(part)][:MOST_SPLITS]
    return [way for way in ways if 2 <= len(way) <= MOST_SYLLABLES]


def _splits(part: str) -> list[tuple[str, ...]]:
    """Long syllables first: ``xian`` is one before it is two."""
    known = _by_syllable()
    ways: list[list[tuple[str, ...]]] = [[] for _place in range(len(part) + 1)]
    ways[len(part)] = [()]
    for start in range(len(part) - 1, -1, -1):
        for end in range(min(len(part), start + LONGEST_SYLLABLE), start, -1):
            if part[start:end] in known:
                ways[start] += [(part[start:end], *rest) for rest in ways[end]]
        ways[start] = ways[start][:MOST_SPLITS]
    return ways[0]


def initials(name: str) -> str:
    """The initials of a name (林岚: ``ll``); letters and digits stay, what cannot be read is left out."""
    folded = fold(name)
    found = []
    for place, character in enumerate(folded):
        if character.isascii() and character.isalnum():
            found.append(character)
        elif place == 0 and character in _SURNAMES:
            found.append(_SURNAMES[character][0])
        elif readings := _readings().get(character):
            found.append(readings[0][0])
    return "".join(found)
