"""Names an entry holds, each under its initials: what ``jyl`` may stand for."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from .engine import IndexEntry
from .sounds import initials

LONGEST = 30
"""Characters of the longest name kept."""
_BETWEEN = re.compile(r"[、;；,，/|]|\s{2,}")
_TAB = "\t"


def keys_of(entry: IndexEntry) -> tuple[str, ...]:
    """The names of an entry as an engine holds them: initials, a tab, the name."""
    persons = _persons(entry.title)
    return (
        (*_responsible(entry.responsible), *map(key, persons)) if persons else _responsible(entry.responsible)
    )


def key(name: str) -> str:
    """One name as an engine holds it."""
    return f"{initials(name)}{_TAB}{name}"


def name_of(kept: str) -> str:
    """The name in a key."""
    return kept.partition(_TAB)[2]


@lru_cache(maxsize=20_000)
def _responsible(text: str) -> tuple[str, ...]:
    names = (part.strip() for part in _BETWEEN.split(text))
    return tuple(key(name) for name in dict.fromkeys(names) if 1 < len(name) <= LONGEST)


@cache
def _data() -> tuple[tuple[str, ...], re.Pattern[str]]:
    data = tomllib.loads(files(__package__).joinpath("data/names.toml").read_text(encoding="utf-8"))
    after = tuple(data["followed_by"])
    surnames = "|".join(sorted(data["double_surnames"], key=len, reverse=True)) + f"|[{data['surnames']}]"
    before = "|".join(data["preceded_by"])
    return after, re.compile(
        rf"(?:^|{before}|[、，,])((?:{surnames})[\u4e00-\u9fff]{{1,2}}?)(?={'|'.join(after)})"
    )


def _persons(title: str) -> list[str]:
    """Persons a title names in the ways official titles do (关于林岚同志任职的通知)."""
    after, pattern = _data()
    return pattern.findall(title) if any(map(title.__contains__, after)) else []
