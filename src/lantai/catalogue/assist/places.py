"""Names of places in a line of text: those an archive knows, regions, and what ends as places do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

_HAN = re.compile(r"[\u4e00-\u9fff]")
_ORGANISATION = re.compile(
    r"委|[\u4e00-\u9fff]{0,12}?(?:局|委员会|党委|政府|办公室|厅|管理处|办事处|馆|公司|中心|法院|检察院|设计院|研究院|医院|学校|小学"
    r"|中学|供销|信用社|人大|政协|公安|派出所|革委会|大队|报社|日报)"
)
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
        for name in names:
            for match in re.finditer(re.escape(name), text):
                span = set(range(*match.span()))
                if not span & taken and not _begins_organisation(text, match.end()):
                    taken |= span
                    yield name, match.start(), rule
    for match in _ends(tuple(table["place_ends"])).finditer(text):
        start = _beginning(text, match.start(), table)
        name = text[start : match.end()]
        if set(range(start, match.end())) & taken or not _is_place(name, match[0], table):
            continue
        following = text[match.end() : match.end() + 1]
        if (following in table["place_ends"] and following != match[0]) or _begins_organisation(
            text, match.end()
        ):
            continue
        taken |= set(range(start, match.end()))
        yield name, start, "place-name"


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
    if name[0] in table["not_first_of_places"]:
        return False
    return len(name) >= SHORTEST and 1 <= own <= 4 and not any(name.endswith(word) for word in words)


def _begins_organisation(text: str, end: int) -> bool:
    return bool(_ORGANISATION.match(text, end, end + 18))
