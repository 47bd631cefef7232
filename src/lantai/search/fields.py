"""Which fields an index holds, what of an entry stands in each, and where a clause is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from .engine import IndexEntry
from .text import TokenPhrase, bare_all, bare_codes, code_phrase, number_phrase, phrase
from .tokens import apart, code_grams, paired, pairs

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


def tokens_of(entries: Sequence[IndexEntry]) -> list[tuple[str, ...]]:
    """Of each entry the tokens of each of ``TEXT_FIELDS``, joined by spaces; for some hundreds at once."""
    numbers = bare_all([entry.document_number for entry in entries])
    responsible = [_name_pairs(entry.responsible) for entry in entries]
    rest = [
        apart(*told, paired(entry.pages)) if entry.pages else apart(*told)
        for entry, *told in zip(entries, responsible, pairs(numbers), strict=True)
    ]
    titles = pairs(bare_all([entry.title for entry in entries]))
    codes = code_grams(bare_codes([entry.reference_code for entry in entries]))
    return list(zip(titles, rest, responsible, codes, code_grams(numbers), strict=True))


@lru_cache(maxsize=20_000)
def _name_pairs(name: str) -> str:
    """Tokens of a responsible party; the same few thousand stand on millions of entries."""
    return paired([name])


def phrase_in(field: str, text: str) -> TokenPhrase | None:
    """The tokens that find ``text`` in a field of the index; ``None`` where nothing can be looked for."""
    return _PHRASES.get(field, phrase)(text)
