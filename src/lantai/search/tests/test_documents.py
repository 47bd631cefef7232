"""What the embedded engine is given of an entry is JSON, whatever the entry says."""

import base64
import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.search.adapters.tantivy_fields import documents
from lantai.search.engine import EXACT, IndexEntry
from lantai.search.fields import TEXT_FIELDS, tokens_of
from lantai.search.names import keys_of
from lantai.search.packing import pack, sort_key, unpack
from lantai.search.text import bare
from lantai.search.tokens import threes

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', "\\", '","id":"', "\n", "\0", "}", "关于“围垦”的通知", "林岚", "\u2028", "␟", "𠮷"]
)
DAYS = st.none() | st.dates(date(1, 1, 1), date(9000, 1, 1))
ENTRIES = st.builds(
    IndexEntry,
    record_id=st.uuids().map(str),
    title=WORDS,
    reference_code=WORDS,
    responsible=WORDS,
    document_number=WORDS,
    date_start=DAYS,
    pages=st.lists(WORDS, max_size=2).map(tuple),
    year=st.none() | st.integers(0, 9999),
    changed=st.integers(0, 2**40),
    **dict.fromkeys(EXACT, WORDS),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ENTRIES, max_size=5))
def test_every_entry_is_told_whole_beside_whatever_others(entries):
    entries = [entry._replace(date_end=entry.date_start) for entry in entries]
    texts = [tokens_of([entry])[0] for entry in entries]
    for entry, tokens, document in zip(entries, texts, documents(entries), strict=True):
        told = json.loads(document)
        assert tuple(told.pop(name) for name in TEXT_FIELDS) == tokens
        assert told.pop("title_threes") == threes([bare(entry.title)])[0]
        assert tuple(told.pop(name) for name in EXACT) == tuple(getattr(entry, name) for name in EXACT)
        assert told.pop("name") == list(keys_of(entry))
        assert unpack(base64.b64decode(told["entry"])) == entry
        assert base64.b64decode(told.pop("entry")) == pack(entry)
        when = {} if entry.year is None else {"filed_year": entry.year}
        if day := entry.date_start:
            when |= {
                "from_day": day.toordinal(),
                "to_day": day.toordinal(),
                "year": day.year,
                "years": [day.year],
            }
        assert told == {
            "id": entry.record_id, "sort_key": sort_key(entry), "changed": entry.changed, **when,
        }  # fmt: skip
