"""Names of places in a line of text: those an archive knows, regions, and what ends as places do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

_HAN = re.compile(r"[\u4e00-\u9fff]")
_ORGANISATION = re.compile(
    r"委|[\u4e00-\u9fff]{0,12}?(?:局|委员会|党委|政府|办公室|厅|管理处|办事处|馆|公司|中心|法院|检察院|设计院|研究院|医院|学校|小学"
    r"|中学|供销|信用社|人大|政协|公安|派出所|革委会|大队|报社|日报|协会|協會|商会|商會|公证处|公證處|合作社|服务所|修造厂|卫生院|支部|武装部|法庭)"
    r"|[\u4e00-\u9fff]{1,8}(?:厂|廠|站|队|隊|社|会|會)(?![\u4e00-\u9fff])"
)
_LISTED = re.compile(
    r"(?:[\u4e00-\u9fff]{2,12}、)+[\u4e00-\u9fff]{2,4}等[一二三四五六七八九十\d]*(?:个|個)?(?=[村乡镇县鄉鎮縣])"
)
_COUNTS, _STREETS = tuple("两兩几幾数數各每"), tuple("路街桥橋")
_DISTRICTS = tuple("县市区镇旗縣區鎮")
LONGEST, SHORTEST = 6, 2


def find_places(
    text: str, table: dict[str, Any], known: Iterable[str] = ()
) -> Iterator[tuple[str, int, str]]:
    """Places in a line: the name, where it begins, and the rule that found it.

    The name of a place at the beginning of an organisation's name is no place the text is about.
    """
    taken: set[int] = set()
    for rule, names in (
        ("place-known", tuple(sorted(known, key=len, reverse=True))),
        ("place-region", tuple(table["regions"])),
    ):
        for name in filter(text.__contains__, names):
            for match in re.finditer(re.escape(name), text):
                span = set(range(*match.span()))
                if not span & taken and not _begins_organisation(text, match.end()):
                    taken |= span
                    yield name, match.start(), rule
    for name, start, rule in (*_listed(text), *_ending(text, table)):
        span = set(range(start, start + len(name)))
        if not span & taken and not _begins_organisation(text, start + len(name)):
            taken |= span
            yield name, start, rule


def _listed(text: str) -> Iterator[tuple[str, int, str]]:
    """Names in a list that says at its end what they are: 鹅颈湾、五里亭、上陡门等村."""
    for match in _LISTED.finditer(text):
        for part in re.finditer(r"[\u4e00-\u9fff]{2,4}(?=、|等)", match[0]):
            if match.start() + part.start() and text[match.start() + part.start() - 1] == "、":
                yield part[0], match.start() + part.start(), "place-listed"


def _ending(text: str, table: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """What ends as names of places do; where many other words end so, only between what they stand between."""
    for match in _ends(tuple(table["place_ends"])).finditer(text):
        start = _beginning(text, match.start(), table)
        name, following = text[start : match.end()], text[match.end() : match.end() + 1]
        other = following != match[0] and text.startswith(tuple(table["place_ends"]), match.end())
        if other or match[0] + following in table["not_after_places"]:
            continue
        if _is_place(name, match[0], table):
            yield name, start, "place-name"
    after = re.compile(rf"$|[^\u4e00-\u9fff]|{_ends(tuple(table['after_place'])).pattern}")
    for match in _ends(tuple(table["weak_place_ends"])).finditer(text):
        start = _beginning(text, match.start(), table)
        name = text[start : match.end()]
        if (
            after.match(text, match.end())
            and _is_place(name, match[0], table)
            and _stands(text, start, table)
        ):
            yield name, start, "place-weak"


def _stands(text: str, start: int, table: dict[str, Any]) -> bool:
    """Whether a name may begin here: at the beginning of a clause, or behind a word that leads in."""
    before = text[:start]
    return not _HAN.match(before[-1:]) or before.endswith((*table["lead_ins"], *table["place_ends"]))


@lru_cache(maxsize=4)
def _ends(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _beginning(text: str, end: int, table: dict[str, Any]) -> int:
    """Where the name before a place's ending begins: after the last word that leads in, or another place."""
    start = end
    while start > 0 and end - start < LONGEST and _HAN.match(text[start - 1]):
        start -= 1
    before = text[start:end]
    if text[end : end + 1] == before[-1:]:
        return end  # 上坪村村民: the second stands for itself
    cut = 0
    for word in (*table["lead_ins"], *(each for each in table["place_ends"] if len(each) == 1)):
        at = before.rfind(word)
        if at >= 0 and at + len(word) < len(before):
            cut = max(cut, at + len(word))
    return start + cut


def _is_place(name: str, ending: str, table: dict[str, Any]) -> bool:
    own = len(name) - len(ending)
    words = [word for word in table["not_places"] if name == word or len(word) > len(ending)]
    before = name[:own]
    if name[0] in table["not_first_of_places"] or before[-1:] in _COUNTS:
        return False
    if before in table["lead_ins"] and ending not in _STREETS:
        return False
    if own == 1 and ending in _DISTRICTS and before not in table["single_counties"]:
        return False
    return len(name) >= SHORTEST and 1 <= own <= 4 and not any(name.endswith(word) for word in words)


def _begins_organisation(text: str, end: int) -> bool:
    return bool(_ORGANISATION.match(text, end, end + 18))
