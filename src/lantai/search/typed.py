"""From a line of typing to its words: quotes, fields, what is not wanted, what is one or the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

FIELDS = {
    "题名": "title",
    "标题": "title",
    "title": "title",
    "责任者": "responsible",
    "作者": "responsible",
    "author": "responsible",
    "文号": "number",
    "number": "number",
    "档号": "code",
    "code": "code",
    "年": "year",
    "年度": "year",
    "year": "year",
}
_CLOSING = {'"': '"', "“": "”", "「": "」", "『": "』", "＂": "＂"}
_HALF_WIDTH = {ord(wide): ord(wide) - 0xFEE0 for wide in "＊？｜ＯＲＮＴＡＤ"}
"""What means something here, as a Chinese keyboard may write it."""
_FIELD = re.compile(r"(\w{1,8})[:：]")
_BOTH = {"AND", "且"}
"""Said aloud what stands between any two words."""
_EITHER = {"OR", "或", "|", "||"}
NOT = {"NOT", "非"}


@dataclass(frozen=True, slots=True)
class Typed:
    """One word as typed.

    Attributes:
        text: without quotes, field and sign.
        quoted: whether it stood in quotes.
        negated: whether it must not be found.
        field: ``any``, ``title``, ``responsible``, ``number``, ``code`` or ``year``.
        joined: whether it is an alternative to the word before it.
    """

    text: str
    quoted: bool = False
    negated: bool = False
    field: str = "any"
    joined: bool = False


def read_words(query: str) -> list[Typed]:
    """The words of a query in order; quotes that nobody closes end with the line."""
    raw = _raw_words(query)
    words: list[Typed] = []
    joined = negated = False
    for place, word in enumerate(raw):
        plain = not word.quoted and word.field == "any" and not word.negated
        if plain and word.text in _BOTH and words and place < len(raw) - 1:
            continue
        if plain and word.text in _EITHER and words and place < len(raw) - 1:
            joined = True
        elif plain and word.text in NOT and place < len(raw) - 1:
            negated = True
        else:
            words.append(
                Typed(word.text, word.quoted, word.negated or negated, word.field, joined and not negated)
            )
            joined = negated = False
    return words


def _raw_words(query: str) -> list[Typed]:
    words: list[Typed] = []
    position = 0
    while position < len(query):
        if query[position].isspace():
            position += 1
            continue
        word, position = _word_at(query, position)
        if word.text:
            words.append(word)
    return words


def _word_at(query: str, position: int) -> tuple[Typed, int]:
    negated = query[position] in "-－" and position + 1 < len(query) and not query[position + 1].isspace()
    position += negated
    name = "any"
    found = _FIELD.match(query, position)
    if found and found[1].lower() in FIELDS:
        name = FIELDS[found[1].lower()]
        position = found.end()
    if position < len(query) and query[position] in _CLOSING:
        end = query.find(_CLOSING[query[position]], position + 1)
        end = len(query) if end < 0 else end
        return Typed(query[position + 1 : end].strip(), True, negated, name), end + 1
    end = position
    while end < len(query) and not query[end].isspace() and query[end] not in _CLOSING:
        end += 1
    return Typed(query[position:end].translate(_HALF_WIDTH), False, negated, name), end
