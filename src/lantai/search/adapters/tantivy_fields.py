"""What the embedded engine holds of an entry.

Beside the pairs of :mod:`lantai.search.text` it holds those of every three characters of a title:
official titles repeat the same pairs (关于, 通知) so much that to look for two of them side by side
means to look at most of the index.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import msgspec
import tantivy

from ..engine import EXACT, FACETS, IndexEntry
from ..fields import TEXT_FIELDS, tokens_of
from ..names import keys_of
from ..packing import pack, sort_key
from ..text import bared_of, threes

IN_THREES = {"title": "title_threes"}
"""By a field held in pairs, the one that holds the same in threes."""
_HELD = (*TEXT_FIELDS, *IN_THREES.values(), *EXACT, "id", "name", "sort_key", "changed", "entry")
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


def document(entry: IndexEntry) -> str:
    """The entry as the engine takes it: JSON, bytes in Base64. Field by field takes longer."""
    texts = tokens_of(entry)
    told = (entry.record_id, keys_of(entry), sort_key(entry), entry.changed, pack(entry))
    held = (*texts, threes(bared_of(texts[0])), *_exact_values(entry), *told)
    values: dict[str, Any] = dict(zip(_HELD, held, strict=True))
    if entry.date_start and entry.date_end:
        since, until = entry.date_start, entry.date_end
        values["from_day"], values["to_day"] = since.toordinal(), until.toordinal()
        values["year"] = since.year
        values["years"] = list(range(since.year, until.year + 1))
    if entry.year is not None:
        values["filed_year"] = entry.year
    return _encode(values).decode()
