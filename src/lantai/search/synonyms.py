"""Words that stand for one another, as data: ``data/synonyms.toml`` and an archive's own file."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.core.settings import home

from .text import bare

MOST = 6
"""Other wordings of one word that are looked for."""


def own_file() -> Path:
    """Where an archive keeps its own groups; read again when it changes."""
    return home() / "synonyms.toml"


def others(word: str) -> tuple[str, ...]:
    """Other wordings of a word: each known word in it replaced by those that mean the same."""
    path = own_file()
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    groups, pattern = _known(str(path) if stamp else "", stamp)
    bared = bare(word)
    found: dict[str, None] = {}
    for known in pattern.findall(bared):
        for other in groups[known]:
            found[bared.replace(known, other)] = None
    return tuple(found)[:MOST]


@lru_cache(maxsize=2)
def _known(path: str, _stamp: int) -> tuple[dict[str, tuple[str, ...]], re.Pattern[str]]:
    """By each word its other wordings, and a pattern that finds the longest words first."""
    lists = tomllib.loads(files(__package__).joinpath("data/synonyms.toml").read_text(encoding="utf-8"))[
        "group"
    ]
    if path:
        lists = [*lists, *_own(Path(path))]
    by_word: dict[str, dict[str, None]] = {}
    for group in lists:
        members = [bare(member) for member in group]
        for member in members:
            by_word.setdefault(member, {}).update(
                dict.fromkeys(other for other in members if other != member)
            )
    words = sorted(by_word, key=len, reverse=True)
    return {word: tuple(found) for word, found in by_word.items()}, re.compile(
        "|".join(map(re.escape, words))
    )


def _own(path: Path) -> list[list[str]]:
    try:
        groups = tomllib.loads(path.read_text(encoding="utf-8")).get("group", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            _("同义词表读不出来：%(error)s。") % {"error": error},
            subject=str(path),
            remedy=_('每组写作 ["词", "词"]，放在 group = [ ] 里；改正前可先移开此文件。'),
        ) from error
    if not all(
        isinstance(group, list) and all(isinstance(word, str) and bare(word) for word in group)
        for group in groups
    ):
        raise Invalid(_("同义词表里有不是词的内容。"), subject=str(path), remedy=_("每组只写词，不能为空。"))
    return list(groups)
