"""Names as they are compared, and everybody's other names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from uuid import UUID

import opencc

from lantai.records.api import select_values

from .models import AuthorityName

LONGEST_WORD = 40
"""Words longer than this are no names, characters."""
SHORTEST = 2
MOST = 6
MOST_ROWS = 50
"""Names standing in one word that are looked at."""


@cache
def _simplify() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def fold(name: str) -> str:
    """A name as it is compared: half width, simplified, small letters; nothing but letters and digits."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(filter(str.isalnum, _simplify().convert(plain)))[:200]


def other_names(word: str, most: int = MOST) -> list[str]:
    """The other names of everybody whose name stands in a word: 云州县革委会 → 云州县革命委员会, 云州县人民委员会…

    A name that is part of a longer one that is known too is passed over.
    """
    bared = fold(word)
    if not SHORTEST <= len(bared) <= LONGEST_WORD:
        return []
    parts = {
        bared[start:stop] for start in range(len(bared)) for stop in range(start + SHORTEST, len(bared) + 1)
    }
    rows = select_values(AuthorityName, ("folded", "authority"), sorted(parts), by="folded")[:MOST_ROWS]
    if not rows:  # as with most words anybody looks for
        return []
    longest = {
        name: [key for folded, key in rows if folded == name]
        for name, _key in rows
        if not any(name in other and name != other for other, _k in rows)
    }
    owners = {key for keys in longest.values() for key in keys}
    names: dict[str, list[str]] = {}
    for key, folded in select_values(
        AuthorityName, ("authority", "folded"), list(map(UUID, owners)), by="authority"
    ):
        names.setdefault(key, []).append(folded)
    found: dict[str, None] = {}
    for name, keys in longest.items():
        for key in keys:
            for other in names.get(key, ()):
                if other != name:
                    found[bared.replace(name, other)] = None
    return list(found)[:most]


def known_names(archive_id: UUID) -> frozenset[str]:
    """Every name of an archive's authority file, as compared."""
    rows = AuthorityName.objects.filter(authority__archive_id=archive_id)
    return frozenset(rows.values_list("folded", flat=True).iterator(chunk_size=10_000))


def owners_of(archive_id: UUID, names: Iterable[str]) -> dict[str, list[UUID]]:
    """Who goes by each of these names, by the name as compared."""
    wanted = {fold(name) for name in names} - {""}
    rows = AuthorityName.objects.filter(authority__archive_id=archive_id, folded__in=wanted)
    found: dict[str, list[UUID]] = {}
    for folded, key in rows.values_list("folded", "authority_id").order_by("authority_id"):
        found.setdefault(folded, []).append(key)
    return found
