"""The query language: one box, understood the way people type.

========================  =======================================================
``围垦 工程``              both words, anywhere in the record (also ``AND``, ``且``)
``"围垦工程"``             the words as they stand, and nothing they may stand for (also “ ” 「 」)
``围垦 OR 海塘``           either (also ``或``)
``-草案``, ``NOT 草案``    not this word; ``NOT 草案`` alone asks for all the others
``题名:围垦``              in one field: 题名 责任者 文号 档号 年度
``围*办法``, ``王?山``     ``*`` anything between, ``?`` one character
``1955..1965``            dated within or across these; ``..1965``, ``民国二十年..民国三十年``
``1958``, ``1958年3月``    dated then, or written in the text
``民国三十六年``           the same for era dates, and for spans with a name (光绪年间, 五十年代)
``Z109-WS·2011``          a piece of a reference code (档号), whichever separators
``linlan``, ``lin lan``   names of persons and places by pinyin, with its tones or without
``ll``                    names by initials
========================  =======================================================

Words of a synonym group (``data/synonyms.toml``) stand for one another unless they are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from . import sounds
from .spans import span_of
from .synonyms import others
from .text import bare, bare_code
from .typed import NOT, Typed, read_words

MAX_LENGTH = 500
MAX_WORDS = 32
MOST_BY_SOUND = 4
"""Words of a query, the first written in letters, that are also read as pinyin: each costs as a hundred."""
MAX_WAYS = 12
"""Clauses one word may stand for."""

_PIECE_OF_CODE = re.compile(
    r"^\w*[-–—·•./]\S*[A-Za-z0-9]\S*$|^\S*[A-Za-z0-9]\S*[-–—·•./]\S*$|^(?=\w*\d)(?=\w*[A-Za-z])\w+$|^\d{3,}$"
)
_YEAR = re.compile(r"^(?:1[0-9]|20)\d\d$")


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing asked for.

    Attributes:
        text: what is looked for, as typed; empty when only dates or places are asked for.
        field: ``any`` (title, responsible, document number and pages; not the code), ``title``,
            ``responsible``, ``number`` or ``code``.
        since: first day asked for, with ``until``; either end may be open.
        until: last day asked for.
        places: instead of ``text``, the characters allowed at each place in a row (folded); an
            empty string is any one character. At least one place names characters.
    """

    text: str = ""
    field: str = "any"
    since: date | None = None
    until: date | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed query: every group must match by one of its clauses, no excluded clause may."""

    groups: tuple[tuple[Clause, ...], ...] = ()
    excluded: tuple[Clause, ...] = ()
    typed: tuple[str, ...] = field(default=())
    """The words asked for, as typed."""

    @property
    def is_empty(self) -> bool:
        """Whether everything is asked for."""
        return not self.groups and not self.excluded

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Everything that may be found, for showing where it stands."""
        return tuple(clause for group in self.groups for clause in group)

    def of_descriptions(self) -> Question:
        """The same where titles, names and document numbers are looked at, and no document is."""
        return replace(
            self,
            groups=tuple(tuple(_described(group)) for group in self.groups),
            excluded=tuple(_described(self.excluded)),
        )


def _described(clauses: Sequence[Clause]) -> Iterator[Clause]:
    for clause in clauses:
        if clause.field != "any" or not (clause.text or clause.places):
            yield clause
            continue
        yield replace(clause, field="title")
        yield replace(clause, field="responsible", since=None, until=None)
        if clause.text:  # numbers are not held character by character
            yield replace(clause, field="number", since=None, until=None)


Names = Callable[[str], Sequence[str]]
"""From a word to the names it may stand for: initials, or another name of the same agency or person."""


def _no_names(_letters: str) -> Sequence[str]:
    return ()


def parse(query: str, names: Names = _no_names) -> Question:
    """Understands a query. Nothing typed is an error but excess and emptiness.

    Args:
        query: as typed.
        names: known names by their initials, and by others of the same agency or person.

    Raises:
        Invalid: longer than 500 characters, more than 32 words, nothing but wildcards or
            punctuation, or a year that is none.
    """
    if len(query) > MAX_LENGTH:
        raise Invalid(
            _("查询太长：%(n)s 个字，最多 %(max)s 个。") % {"n": len(query), "max": MAX_LENGTH},
            remedy=_("请只输入题名、人名、文号或年代中的几个词。"),
        )
    words = _with_syllables_joined(read_words(query))
    if len(words) > MAX_WORDS:
        raise Invalid(
            _("查询的词太多，最多 %(max)s 个。") % {"max": MAX_WORDS}, remedy=_("请减少几个词再查。")
        )
    if len(words) == 1 and query.split()[0] not in NOT:  # a piece of a code, copied with its dash
        words = [replace(word, negated=False) for word in words]
    groups: list[list[Clause]] = []
    excluded: list[Clause] = []
    in_letters = [word for word in dict.fromkeys(words) if sounds.spelled(word.text)]
    for word in words:
        if word.negated:
            excluded += _excluded(word)
            continue
        ways = _ways(word, names, by_sound=word in in_letters[:MOST_BY_SOUND])
        if word.joined and groups and len(ways) == 1:
            groups[-1] += ways[0]
        else:
            groups += ways
    if query.strip() and not groups and not excluded:
        raise Invalid(
            _("没有可查的字：只有标点或通配符。"), remedy=_("请输入题名、人名、文号或年代中的几个字。")
        )
    typed = tuple(word.text for word in words if not word.negated)
    return Question(tuple(dict.fromkeys(map(tuple, groups))), tuple(dict.fromkeys(excluded)), typed)


def _with_syllables_joined(words: Sequence[Typed]) -> list[Typed]:
    """The words, a name spelled in pieces as one (``lin lan``, ``Jiang Yulan``, not ``linlan jiangyulan``)."""
    joined: list[Typed] = []
    begun = False
    for word in words:
        alone = not (word.quoted or word.negated or word.joined)
        if begun and alone and word.field == "any" and sounds.spelled(word.text):
            joined[-1] = replace(joined[-1], text=f"{joined[-1].text} {word.text}")
            begun = sounds.is_syllable(word.text)
        else:
            joined.append(word)
            begun = alone and sounds.is_syllable(word.text)
    return joined


def _ways(word: Typed, names: Names, *, by_sound: bool = False) -> list[list[Clause]]:
    """The groups a word asks for, each with the clauses that satisfy it; none if it has no letters."""
    if span := span_of(word.text, alone=word.field == "year", open_ends=not word.quoted):
        since, until, exact = span
        if exact or word.field == "year":
            return [[Clause(since=since, until=until)]]
        if not word.quoted and word.field == "any":
            return [[Clause(word.text, since=since, until=until)]]
    if word.field == "year":
        raise Invalid(
            _("年份“%(text)s”无法理解。") % {"text": word.text}, remedy=_("写作 年:1958 或 1955..1965。")
        )
    if not word.quoted and ("*" in word.text or "?" in word.text):
        return [_pattern(piece, word.field) for piece in word.text.split("*") if _bared(piece, word.field)]
    if not _bared(word.text, word.field):
        return []
    found = [Clause(word.text, word.field)]
    if not word.quoted and word.field in {"any", "title", "responsible"}:
        found += _also(word, names, by_sound=by_sound)
    return [found[:MAX_WAYS]]


def _bared(text: str, name: str) -> str:
    return bare_code(text.replace("?", "")) if name == "code" else bare(text)


def _pattern(piece: str, name: str) -> list[Clause]:
    """A piece between stars: as it stands and, where it has a question mark, with a character there."""
    plain = piece.replace("?", "")
    if plain == piece or name in {"code", "number"}:
        return [Clause(plain, name)]
    inner = piece.strip("?")
    places = tuple(letter for part in inner for letter in (("",) if part == "?" else bare(part)))
    return [Clause(plain, name), Clause(field=name, places=places)]


def _also(word: Typed, names: Names, *, by_sound: bool) -> list[Clause]:
    """What else a word may stand for: a piece of a code, synonyms, a name by its sound."""
    found: list[Clause] = []
    if word.field == "any" and _PIECE_OF_CODE.match(word.text) and not _YEAR.match(word.text):
        found.append(Clause(word.text, "code"))
    found += [Clause(other, word.field) for other in others(word.text)]
    if by_sound:
        fields = ("title", "responsible") if word.field == "any" else (word.field,)
        found += [
            Clause(field=name, places=tuple(map(sounds.characters, syllables)))
            for syllables in sounds.split(word.text)
            for name in fields
        ]
    found += [Clause(name, word.field) for name in names(word.text)]
    return found


def _excluded(word: Typed) -> list[Clause]:
    """What must not be found: the word itself, not what it may stand for."""
    if "*" in word.text and not word.quoted:
        raise Invalid(
            _("不要的词里不能用“*”。"), subject=word.text, remedy=_("请把“-”后面的词写全，或分成几个词。")
        )
    if word.field == "year":
        return _ways(word, _no_names)[0]
    return [Clause(word.text, word.field)] if _bared(word.text, word.field) else []
