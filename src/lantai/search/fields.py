"""Which fields an index holds, what of an entry stands in each, and where a clause is looked for."""

from __future__ import annotations

from functools import lru_cache

from .engine import IndexEntry
from .text import (
    GAP,
    TokenPhrase,
    bare,
    bare_code,
    code_grams,
    code_phrase,
    number_phrase,
    paired,
    pairs,
    phrase,
)

TEXT_FIELDS = ("title", "rest", "responsible", "code", "number")
"""``rest`` is all text but the title: what a box search looks through beside it."""

HELD_IN = {
    "any": ("title", "rest"),
    "title": ("title",),
    "responsible": ("responsible",),
    "number": ("number",),
    "code": ("code",),
}
"""By a clause's field, the fields of the index that it is looked for in."""
TITLE_WEIGHT = 3.0
"""How much more a match in the title weighs than one elsewhere."""
FIRST = 1_000.0
"""What entries score beyond all others whose titles say everything: more than words elsewhere add up to."""

_PHRASES = {"code": code_phrase, "number": number_phrase}


def tokens_of(entry: IndexEntry) -> tuple[str, str, str, str, str]:
    """The tokens of each of ``TEXT_FIELDS``, joined by spaces."""
    number = bare(entry.document_number)
    responsible = _name_pairs(entry.responsible)
    parts = [part for part in (responsible, pairs(number)) if part]
    if entry.pages:
        parts.append(paired(entry.pages))
    return (
        pairs(bare(entry.title)),
        f" {GAP} ".join(parts),
        responsible,
        code_grams(bare_code(entry.reference_code)),
        code_grams(number),
    )


@lru_cache(maxsize=20_000)
def _name_pairs(name: str) -> str:
    """Tokens of a responsible party; the same few thousand stand on millions of entries."""
    return pairs(bare(name))


def phrase_in(field: str, text: str) -> TokenPhrase | None:
    """The tokens that find ``text`` in a field of the index; ``None`` where nothing can be looked for."""
    return _PHRASES.get(field, phrase)(text)
