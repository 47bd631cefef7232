"""Other names of the agency or person a word names: before a reform, and by the authority file."""

from __future__ import annotations

from lantai.catalogue.api import names_beside, other_names

from .language import Names
from .text import bare

MOST = 6


def known_beside(word: str) -> list[str]:
    """What an agency or person named in a word is called besides; letters name nobody so."""
    bared = bare(word)
    if not bared or bared.isascii():
        return []
    found = dict.fromkeys(map(bare, (*names_beside(bared), *other_names(bared))))
    return [other for other in found if other != bared][:MOST]


def with_known(names: Names) -> Names:
    """The same names, and for words that are written out those :func:`known_beside`."""
    return lambda word: names(word) if word.isascii() else known_beside(word)
