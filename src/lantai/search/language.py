"""The query language: one box, understood the way people type.

=====================  ==========================================================
``围垦 工程``           both words
``"围垦工程"``          the exact phrase (also “ ” and 「 」)
``围垦 OR 海塘``        either (also ``或``)
``-草案``               not this word
``题名:围垦``           in one field: 题名 责任者 文号 档号
``1955..1965``          dated within or across these years; ``..1965``, ``1955..``
``1958``                dated in that year, or written in the text
``民国三十六年``        the same for era dates
``Z109-WS·2011``        a piece of a reference code (档号)
=====================  ==========================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from lantai.core.dates import parse_date
from lantai.core.errors import Invalid

MAX_LENGTH = 500
MAX_CLAUSES = 32

FIELDS = {
    "题名": "title",
    "title": "title",
    "责任者": "responsible",
    "author": "responsible",
    "文号": "number",
    "number": "number",
    "档号": "code",
    "code": "code",
    "年": "year",
    "年度": "year",
    "year": "year",
}
_OPENING = {'"': '"', "“": "”", "「": "」", "『": "』", "＂": "＂"}
_SPAN = re.compile(r"^(?P<low>\d{4})?(?:\.\.|…|~|～)(?P<high>\d{4})?$")
_YEAR = re.compile(r"^(?:1[6-9]|20)\d\d$")
_ERA = re.compile(
    r"^(?:民国|民國|光绪|光緒|宣统|宣統|同治|咸丰|咸豐|道光|嘉庆|嘉慶|乾隆)"
    r"[〇零元一二三四五六七八九十廿卅百\d]+年?"
)
_CODE = re.compile(r"^[A-Za-z]{1,2}\d{2,4}[-–—·•.][\w·•.\-–—]*$|^\w{1,8}[-–—]\w+[·•][\w·•.\-–—]*$")


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing asked for.

    Attributes:
        text: what is looked for, as typed; empty when only dates are asked for.
        field: ``any``, ``title``, ``responsible``, ``number`` or ``code``.
        since: first day asked for, with ``until``; either end may be open.
        until: last day asked for.
    """

    text: str = ""
    field: str = "any"
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed query: every group must match by one of its clauses, no excluded clause may."""

    groups: tuple[tuple[Clause, ...], ...] = ()
    excluded: tuple[Clause, ...] = ()
    words: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether everything is asked for."""
        return not self.groups and not self.excluded


@dataclass(slots=True)
class _Word:
    text: str
    quoted: bool = False
    negated: bool = False
    field: str = "any"


def _read_words(query: str) -> list[_Word]:
    words: list[_Word] = []
    position = 0
    while position < len(query):
        if query[position].isspace():
            position += 1
            continue
        word = _Word("")
        if query[position] in "-－" and position + 1 < len(query) and not query[position + 1].isspace():
            word.negated = True
            position += 1
        name = re.match(r"(\w{1,8})[:：]", query[position:])
        if name and name[1].lower() in FIELDS:
            word.field = FIELDS[name[1].lower()]
            position += name.end()
        if position < len(query) and query[position] in _OPENING:
            end = query.find(_OPENING[query[position]], position + 1)
            end = len(query) if end < 0 else end
            word.text, word.quoted = query[position + 1 : end], True
            position = end + 1
        else:
            end = position
            while end < len(query) and not query[end].isspace() and query[end] not in _OPENING:
                end += 1
            word.text = query[position:end]
            position = end
        if word.text.strip():
            words.append(word)
    return words


def _years(low: str | None, high: str | None) -> Clause:
    since = date(int(low), 1, 1) if low and int(low) else None
    until = date(int(high), 12, 31) if high and int(high) else None
    if since and until and since > until:
        since, until = date(until.year, 1, 1), date(since.year, 12, 31)
    return Clause(since=since, until=until)


def _clause(word: _Word) -> Clause:
    text = word.text.strip()
    span = _SPAN.match(text)
    if span and not word.quoted and (span["low"] or span["high"]):
        return _years(span["low"], span["high"])
    if word.field == "year":
        if not _YEAR.match(text.removesuffix("年")):
            raise Invalid(
                _("年份“%(text)s”无法理解。") % {"text": text}, remedy=_("写作 年:1958 或 1955..1965。")
            )
        return _years(text.removesuffix("年"), text.removesuffix("年"))
    if word.field != "any" or word.quoted:
        return Clause(text, word.field)
    if _YEAR.match(text):
        return Clause(text, since=date(int(text), 1, 1), until=date(int(text), 12, 31))
    if _ERA.match(text):
        try:
            dated = parse_date(text)
        except Invalid:
            return Clause(text)
        return Clause(text, since=dated.start, until=dated.end)
    if _CODE.match(text):
        return Clause(text, "code")
    return Clause(text)


def parse(query: str) -> Question:
    """Understands a query. Nothing typed is an error but excess.

    Raises:
        Invalid: longer than 500 characters, more than 32 clauses, or a year that is none.
    """
    if len(query) > MAX_LENGTH:
        raise Invalid(
            _("查询太长：%(n)s 个字，最多 %(max)s 个。") % {"n": len(query), "max": MAX_LENGTH},
            remedy=_("请只输入题名、人名、文号或年代中的几个词。"),
        )
    groups: list[list[Clause]] = []
    excluded: list[Clause] = []
    joined = False
    words = _read_words(query)
    for place, word in enumerate(words):
        between = 0 < place < len(words) - 1
        if word.text in {"OR", "或", "|"} and not word.quoted and between:
            joined = True
        elif word.negated:
            excluded.append(_clause(word))
        elif joined and groups:
            groups[-1].append(_clause(word))
            joined = False
        else:
            groups.append([_clause(word)])
            joined = False
    if sum(map(len, groups)) + len(excluded) > MAX_CLAUSES:
        raise Invalid(
            _("查询的词太多，最多 %(max)s 个。") % {"max": MAX_CLAUSES}, remedy=_("请减少几个词再查。")
        )
    shown = tuple(clause.text for group in groups for clause in group if clause.text)
    return Question(tuple(map(tuple, groups)), tuple(excluded), shown)
