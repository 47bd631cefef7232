"""What a text suggests: title, number, date, responsible, persons and places, each with where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lantai.core.dates import Certainty, parse_date
from lantai.core.errors import Invalid

from ..tables import parse_table, table_version
from .persons import HAN, Names, either, find_persons
from .places import find_places
from .texts import Box, Line, PageText

TITLE, NUMBER, DATE, RESPONSIBLE, PERSONS, PLACES = "题名", "文件编号", "日期", "责任者", "人名", "地名"
_DIGITS = "〇零○一二三四五六七八九十正元廿卅"
_DAY = re.compile(
    rf"(?:\d{{4}}年\d{{1,2}}月\d{{1,2}}日|[{_DIGITS}]{{4}}年[{_DIGITS}]{{1,3}}月[{_DIGITS}]{{1,3}}日"
    rf"|(?:中[华華])?民[国國][{_DIGITS}\d]{{1,4}}年[{_DIGITS}\d]{{1,3}}月[{_DIGITS}\d]{{1,3}}日"
    rf"|(?:光绪|宣统|同治|咸丰|道光)[{_DIGITS}]{{1,4}}年[{_DIGITS}]{{1,3}}月(?:初|十|廿|三十)[{_DIGITS}]{{0,2}}日?)"
)
_NUMBER = re.compile(rf"[{HAN}（）()]{{1,12}}[〔\[【（(［](?:19|20)\d\d[〕\]】）)］]第?\d{{1,5}}号")
_ORGANISATION = re.compile(
    rf"[{HAN}（）()“”·、]{{2,40}}(?:委员会|政府|办公室|革委会|公司|中心|法院|检察院|大学|学院|学校|小组|党组|党委|公社|公所|联社"
    r"|指挥部|[局厅处部委馆院站所队室科厂校社会行团府署场台段店办])"
)
_TOP_LINES, _TITLE_LINES = 40, 4
_WRAPPED = 14
"""Characters from which on a line of a title may go on below."""


@dataclass(frozen=True, slots=True)
class Found:
    """One suggestion and where it was read."""

    element: str
    value: str
    confidence: int
    rule: str
    document_id: str
    document: str
    page: int
    sentence: str
    start: int
    end: int
    box: Box | None = None


@dataclass(frozen=True)
class Words:
    """What the rules go by, ready to use."""

    types: str
    names: Names
    signing: re.Pattern[str]
    not_titles: tuple[str, ...]
    table: dict[str, Any]

    def confidence(self, rule: str) -> int:
        """How far a rule is to be believed."""
        return int(self.table["confidence"][rule])


def words() -> Words:
    """The data of the rules."""
    return _words(table_version("assist"))


@lru_cache(maxsize=2)
def _words(version: tuple[str, int]) -> Words:
    table = parse_table(*version)
    names = Names(table)
    signing = re.compile(rf"(?:{either(table['signing'])})[：:]?({names.name})(?:[（(][章印签].*)?")
    return Words(either(table["document_types"]), names, signing, tuple(table["not_titles"]), table)


def find(pages: Sequence[PageText], known_places: Iterable[str] = ()) -> list[Found]:
    """Everything the rules find, the surest first, each value of an element once.

    Args:
        pages: of one record, in order.
        known_places: words of the archive's own vocabulary of places.
    """
    if not pages:
        return []
    data = words()
    found: list[Found] = []
    titles = list(_titles(pages[0], data))
    found += titles[:1]
    found += list(_numbers(pages[0], data))[:1]
    signed = _signed(pages, data)
    found += signed[:1]
    found += _responsible(pages, signed, titles, data)
    for page in pages:
        persons = list(find_persons(page.lines, data.names))
        for line, name, rule in persons:
            found.append(_at(page, line, PERSONS, name, rule, data, max(line.bare.find(name), 0)))
        called = {name for _line, name, _rule in persons}
        for line in page.lines:
            for value, start, rule in find_places(line.bare, data.table, known_places):
                if value[:-1] not in called and not any(value in name for name in called):
                    found.append(_at(page, line, PLACES, value, rule, data, start))
    return _once(found)


def _once(found: Iterable[Found]) -> list[Found]:
    best: dict[tuple[str, str], Found] = {}
    for each in found:
        key = (each.element, each.value)
        if key not in best or best[key].confidence < each.confidence:
            best[key] = each
    order = [TITLE, NUMBER, DATE, RESPONSIBLE, PERSONS, PLACES]
    return sorted(best.values(), key=lambda each: (order.index(each.element), -each.confidence))


def _at(
    page: PageText, line: Line, element: str, value: str, rule: str, data: Words, start: int, length: int = 0
) -> Found:
    stop = start + (length or len(value))
    first = max(line.bare.rfind(mark, 0, start) for mark in "。；") + 1
    ends = [at for mark in "。；" if (at := line.bare.find(mark, stop)) >= 0]
    sentence = line.bare[first : min([*ends, len(line.bare)]) + 1]
    return Found(
        element, value, data.confidence(rule), rule, page.document_id, page.document, page.number, sentence,
        start - first, stop - first, line.box(start, stop),
    )  # fmt: skip


def _titles(page: PageText, data: Words) -> Iterable[Found]:
    """What reads as a title near the top of the first page, the likeliest first."""
    lines = page.lines[:_TOP_LINES]
    about = re.compile(
        rf"[{HAN}（）“”、《》]{{0,40}}?关于[^。；：]{{2,160}}?的?(?:{data.types})(?:（[^）]{{1,20}}）)?"
    )
    plain = re.compile(rf"[^。，；：]{{2,60}}?(?:{data.types})(?:（[^）]{{1,20}}）)?")
    for first, line in enumerate(lines):
        if _NUMBER.fullmatch(line.bare) or line.bare.startswith(data.not_titles):
            continue
        for last in range(first + 1, min(first + _TITLE_LINES, len(lines)) + 1):
            joined = "".join(each.bare for each in lines[first:last])
            if about.fullmatch(joined):
                yield _at(page, Line(joined, line.words), TITLE, joined, "title-about", data, 0)
                return
    for line, after in pairwise([*lines, Line("")]):
        wrapped = after.bare if len(line.bare) >= _WRAPPED and len(after.bare) <= _WRAPPED // 2 else ""
        for text in dict.fromkeys((line.bare, line.bare + wrapped)):
            fits = 4 <= len(text) <= 60 and not text.startswith(data.not_titles)
            if fits and plain.fullmatch(text) and not text.endswith("文件"):
                yield _at(page, Line(text, line.words), TITLE, text, "title-type", data, 0)
                return
    for line in lines:
        text = line.bare
        other = text.startswith(data.not_titles) or text.endswith("文件") or "。" in text or _signature(text)
        if 4 <= len(text) <= 60 and not other and not _NUMBER.search(text) and not _DAY.search(text):
            yield _at(page, line, TITLE, text, "title-first-line", data, 0)
            return


def _numbers(page: PageText, data: Words) -> Iterable[Found]:
    for line in page.lines[:_TOP_LINES]:
        if match := _NUMBER.search(line.bare):
            yield _at(page, line, NUMBER, match[0], "number", data, match.start())


def _signed(pages: Sequence[PageText], data: Words) -> list[Found]:
    """Dates, the likeliest first: below a signature, on a line of its own, in the text."""
    signed: list[Found] = []
    alone: list[Found] = []
    inside: list[Found] = []
    for page in pages:
        for place, line in enumerate(page.lines):
            text = line.bare.strip("（）()")
            match = _DAY.search(line.bare)
            if not match or not (value := _day(match[0])):
                continue
            above = page.lines[place - 1].bare if place else ""
            whole = _DAY.fullmatch(text) is not None
            beside = line.bare[: match.start()] if match.end() == len(line.bare) else ""
            by_whom = _signer(above, data) if whole else _signer(beside, data)
            kind = signed if by_whom else alone if whole else inside
            rule = "date-signed" if kind is signed else "date-line" if whole else "date-text"
            kind.append(_at(page, line, DATE, value, rule, data, match.start(), len(match[0])))
    return [*reversed(signed), *reversed(alone), *inside]


def _day(written: str) -> str:
    """The date in eight digits where it is written in the common era, else as written; empty if it never was."""
    try:
        read = parse_date(written)
    except Invalid:
        return ""
    if read.certainty is not Certainty.EXACT:
        return ""
    return read.start.strftime("%Y%m%d") if written[0].isdigit() or written[0] in "一二" else written


def _signer(text: str, data: Words) -> str:
    """Who signs in a line: an organisation, or a person behind a word for those who sign; else nobody."""
    if _signature(text):
        return text
    signed = data.signing.fullmatch(text)
    return signed[1] if signed and data.names.is_name(signed[1]) else ""


def _signature(text: str) -> bool:
    return bool(_ORGANISATION.fullmatch(text)) and not text.endswith("文件")


def _signers(page: PageText, place: int, date: Found, data: Words) -> list[tuple[Line, str]]:
    """Who signs beside a date or in the lines right above it."""
    beside = _signer(page.lines[place].bare[: date.start], data)
    above = [(page.lines[place], beside)] if beside else []
    while place and len(above) < 4 and (name := _signer(page.lines[place - 1].bare, data)):
        place -= 1
        above.insert(0, (page.lines[place], name))
    return above


def _responsible(
    pages: Sequence[PageText], signed: Sequence[Found], titles: Sequence[Found], data: Words
) -> Iterable[Found]:
    """Who signs above the date; else whose heading or title it is."""
    if signed and signed[0].rule == "date-signed":
        page = next(p for p in pages if (p.document_id, p.number) == (signed[0].document_id, signed[0].page))
        places = [n for n, line in enumerate(page.lines) if signed[0].sentence in line.bare]
        above = next(filter(None, (_signers(page, place, signed[0], data) for place in reversed(places))))
        value = "；".join(name for _line, name in above)
        first = above[0][0]
        yield _at(page, first, RESPONSIBLE, value, "responsible-signed", data, 0, len(first.bare))
        return
    for line in pages[0].lines[:6]:
        if line.bare.endswith("文件") and _signature(line.bare.removesuffix("文件")):
            yield _at(
                pages[0], line, RESPONSIBLE, line.bare.removesuffix("文件"), "responsible-heading", data, 0
            )
            return
    for title in titles:
        issuer = title.value.partition("关于")[0]
        if issuer == title.value:
            issuer = re.sub(rf"(?:{data.types})$", "", title.value)
        if issuer != title.value and _signature(issuer):
            line = Line(title.sentence)
            yield _at(pages[0], line, RESPONSIBLE, issuer, "responsible-title", data, 0)
