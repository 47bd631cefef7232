"""What the embedded engine holds of an entry.

Beside the pairs of :mod:`lantai.search.text` it holds those of every three characters of a title:
official titles repeat the same pairs (关于, 通知) so much that to look for two of them side by side
means to look at most of the index.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import msgspec
import tantivy

from ..engine import EXACT, FACETS, IndexEntry
from ..fields import TEXT_FIELDS, tokens_of
from ..names import keys_of
from ..packing import pack, sort_key
from ..tokens import bared_of, threes

IN_THREES = {"title": "title_threes"}
"""By a field held in pairs, the one that holds the same in threes."""
_exact_values = attrgetter(*EXACT)
_encode = msgspec.json.Encoder().encode


def schema(*, in_threes: bool = True) -> Any:
    """The fields of an index; without ``in_threes`` those of one that was made before there were any."""
    build = tantivy.SchemaBuilder()
    build.add_text_field("id", tokenizer_name="raw", index_option="basic")
    build.add_text_field("name", tokenizer_name="raw", index_option="basic")
    for name in (*TEXT_FIELDS, *(IN_THREES.values() if in_threes else ())):
        build.add_text_field(name, tokenizer_name="spaces", index_option="position")
    for name in EXACT:
        build.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in FACETS)
    for name in ("from_day", "to_day", "year", "filed_year", "changed", "sort_key"):
        build.add_integer_field(name, fast=True)
    build.add_integer_field("years", indexed=True)
    build.add_bytes_field("entry", stored=True)
    return build.build()


def documents(entries: Sequence[IndexEntry]) -> Iterator[str]:
    """Each entry as the engine takes it: JSON, bytes in Base64. Field by field takes longer.

    Written out: that is half of an encoder's time, and tokens hold nothing that JSON must escape
    but those of codes.
    """
    texts = tokens_of(entries)
    in_threes = threes([bared_of(tokens[0]) for tokens in texts])
    for entry, (title, rest, responsible, code, number), three in zip(entries, texts, in_threes, strict=True):
        yield (
            f'{{"title":"{title}","rest":"{rest}","responsible":"{responsible}","code":{_json(code)},'
            f'"number":"{number}","title_threes":"{three}",{_exact(_exact_values(entry))},'
            f'"id":"{entry.record_id}","name":{_json(keys_of(entry))},"sort_key":{sort_key(entry)},'
            f'"changed":{entry.changed},"entry":"{b2a_base64(pack(entry), newline=False).decode()}"{_years(entry)}}}'
        )


@lru_cache(4096)
def _exact(values: tuple[str, ...]) -> str:
    """The members of what whole batches have alike."""
    return ",".join(f'"{name}":{_json(value)}' for name, value in zip(EXACT, values, strict=True))


def _years(entry: IndexEntry) -> str:
    """The members that tell the time, as far as it is known."""
    told = "" if entry.year is None else f',"filed_year":{entry.year}'
    if entry.date_start and entry.date_end:
        since, until = entry.date_start, entry.date_end
        years = list(range(since.year, until.year + 1))
        told += f',"from_day":{since.toordinal()},"to_day":{until.toordinal()},"year":{since.year},"years":{years}'
    return told


def _json(value: object) -> str:
    return _encode(value).decode()
