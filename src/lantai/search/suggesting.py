"""What a reader may be about to type, and what they may have meant.

Both come from the index within the reader's reach, and from nowhere else: what a reader may not
see is never suggested, and what is withdrawn is gone as soon as the index has followed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lantai.core.errors import Invalid

from .engine import Reach, SearchEngine, SearchRequest
from .highlight import places
from .language import Clause, Names, Question, parse
from .names import name_of
from .sounds import sounding_like
from .spans import span_of
from .text import bare, is_han

LOOKED_AT = 60
LONGEST = 16
"""Characters of the longest suggestion, beyond what was typed before its last word."""
MOST_CORRECTED = 12
"""Characters of the longest word that is corrected."""
_END = re.compile(r"的|[、，,；;：:。\s（(《]")
MOST_PARTED = 24
"""Characters of the longest word in which a time is looked for."""
_AFTER_YEAR = "度的份间"
_PARTICLES = "的和与及"


def suggestions(
    engine: SearchEngine, typed: str, reach: tuple[Reach, ...], names: Names, size: int
) -> list[str]:
    """Ways to go on from what is typed: names and stretches of titles, the most frequent first.

    Args:
        engine: the index.
        typed: the box as it stands; its last word is gone on from.
        reach: what the reader may see.
        names: known names by their initials.
        size: suggestions at most.
    """
    before, last = _last_word(typed)
    if not bare(last):
        return []
    try:
        question = parse(typed, names)
    except Invalid:
        return []
    if not question.groups:
        return []
    found: Counter[str] = Counter()
    clauses = _in_names_and_titles(question.groups[-1])
    asked = Question((*question.groups[:-1], clauses), question.excluded)
    for hit in engine.search(SearchRequest(asked, reach, size=LOOKED_AT, facets=())).hits:
        found.update({f"{before}{text}" for text in _stretches(hit.title, hit.responsible, clauses)})
    if last.isascii() and last.isalpha():
        for kept, count in engine.names(last.lower(), reach, size):
            found[f"{before}{name_of(kept)}"] += count
    found.pop(typed.strip(), None)
    return [text for text, _count in found.most_common(size)]


def _last_word(typed: str) -> tuple[str, str]:
    place = max(typed.rfind(" "), typed.rfind("\u3000")) + 1
    return typed[:place], typed[place:].lstrip('-"“「')


def _in_names_and_titles(group: Sequence[Clause]) -> tuple[Clause, ...]:
    """The same clauses where only titles and names are looked at, texts not."""
    fields = [("title", "responsible") if clause.field == "any" else (clause.field,) for clause in group]
    return tuple(
        replace(clause, field=name, since=None, until=None)
        for clause, names in zip(group, fields, strict=True)
        if clause.text or clause.places
        for name in names
    )


def _stretches(title: str, responsible: str, clauses: Sequence[Clause]) -> Iterator[str]:
    """From where the words stand to where a title takes breath; a name whole."""
    if responsible and places(responsible, clauses):
        yield responsible[:LONGEST]
    for start, stop in places(title, clauses)[:1]:
        end = _END.search(title, stop)
        yield title[start : min(end.start() if end else len(title), start + LONGEST)]


def correction(engine: SearchEngine, typed: str, question: Question, reach: tuple[Reach, ...]) -> str:
    """The query with one word put right, where that finds something; empty if nothing can be said.

    A year written in one with what it is asked for (1978年结婚证) is parted from it, or left out. A
    word is put right to what titles say that sounds the same or, where no title says the word, that
    differs by one character: another one, one more or one less.
    """
    for word in question.typed:
        for parted in _parted(word):
            corrected = typed.replace(word, parted)
            if _finds(engine, corrected, reach):
                return corrected
        if not (2 <= len(word) <= MOST_CORRECTED and all(map(is_han, word))):
            continue
        for likenesses in (_same_sound, _one_off):
            if likenesses is _one_off and _stands(engine, word, reach):
                break
            meant = _meant(engine, word, likenesses(word), reach)
            corrected = typed.replace(word, meant) if meant else ""
            if corrected and _finds(engine, corrected, reach):
                return corrected
    return ""


def _stands(engine: SearchEngine, word: str, reach: tuple[Reach, ...]) -> bool:
    """Whether a title says the word."""
    asked = Question(((Clause(word, "title"),),))
    return engine.search(SearchRequest(asked, reach, size=1, facets=())).total > 0


def _parted(word: str) -> Iterator[str]:
    """A word with the time at its beginning or end apart, then without it; nothing where there is none."""
    if len(word) > MOST_PARTED:
        return
    for cut in range(len(word) - 2, 1, -1):
        head, tail = word[:cut], word[cut:].lstrip(_AFTER_YEAR)
        if len(bare(tail)) > 1 and span_of(head):
            yield from (f"{head} {tail}", tail)
            return
    for cut in range(2, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        if span_of(tail):
            yield from (f"{head} {tail}", head)
            return


def _same_sound(word: str) -> list[Clause]:
    sounds = tuple(map(sounding_like, bare(word)))
    return [Clause(field="title", places=sounds)] if all(sounds) else []


def _one_off(word: str) -> list[Clause]:
    if len(word) < 3:  # of two characters, one off is anything
        return []
    letters = tuple(bare(word))
    inner = range(1, len(letters))
    other = [(*letters[:i], "", *letters[i + 1 :]) for i in inner[:-1]]
    more = [(*letters[:i], "", *letters[i:]) for i in inner]
    less = [letters[:i] + letters[i + 1 :] for i in range(len(letters))] if len(letters) > 3 else []
    ends = [letters[1:], letters[:-1]]
    return [Clause(field="title", places=found) for found in (*other, *more, *less, *ends)]


def _meant(engine: SearchEngine, word: str, clauses: Sequence[Clause], reach: tuple[Reach, ...]) -> str:
    """What titles say at the places the clauses find, the most frequent; empty if nothing."""
    if not clauses:
        return ""
    request = SearchRequest(Question((tuple(clauses),)), reach, size=LOOKED_AT, facets=())
    said: Counter[str] = Counter()
    for hit in engine.search(request).hits:
        said.update(_as_long(hit.title, start, stop, word) for start, stop in places(hit.title, clauses)[:1])
    said.pop("", None)
    said.pop(word, None)
    return said.most_common(1)[0][0] if said else ""


def _as_long(title: str, start: int, stop: int, word: str) -> str:
    """The stretch found, with the character beside it where the first or last was the wrong one."""
    found = title[start:stop]
    if len(found) != len(word) - 1:
        return found
    after, before = title[stop : stop + 1], title[start - 1 : start] if start else ""
    if word.startswith(found) and after and is_han(after) and after not in _PARTICLES:
        return found + after
    if word.endswith(found) and before and is_han(before) and before not in _PARTICLES:
        return before + found
    return found


def _finds(engine: SearchEngine, query: str, reach: tuple[Reach, ...]) -> bool:
    try:
        question = parse(query)
    except Invalid:  # a word in two parts may be one too many
        return False
    return engine.search(SearchRequest(question, reach, size=1, facets=())).total > 0
