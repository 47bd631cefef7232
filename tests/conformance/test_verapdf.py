"""PDF/A files that keep or break one clause each, judged by veraPDF where it is installed.

What is measured is our way of asking and reading the answers; the corpus is veraPDF's own.
"""

import os
from collections import Counter

import pytest

from lantai.core import settings
from lantai.formats.adapters import verapdf
from lantai.formats.api import longterm_verdicts

from .scores import corpus, hold_score

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not settings.VERAPDF.read(), reason="LANTAI_VERAPDF names no veraPDF"),
]
ONE_IN = 20


def stated():
    """Each file that says what it is, with whether it conforms."""
    return {
        path: "-pass-" in path.name
        for path in sorted(corpus("verapdf").rglob("*.pdf"))
        if "-pass-" in path.name or "-fail-" in path.name
    }


@pytest.mark.requirement("DA/T 70 GD-3-5")
@pytest.mark.requirement("S18")
def test_a_sample_of_the_corpus_is_judged_as_its_names_say():
    sample = dict(list(stated().items())[::ONE_IN])
    assert {True, False} == set(sample.values())
    assert dict(verapdf.validate([*sample])) == sample
    broken, unknown = longterm_verdicts("PDF/A", [*sample])
    assert {path for path, _why in broken} == {path for path, good in sample.items() if not good}
    assert unknown == 0


@pytest.mark.skipif(not os.environ.get("LANTAI_WRITE_SCORES"), reason="the whole corpus takes a minute")
def test_the_whole_corpus_is_judged_as_its_names_say():
    wanted = stated()
    found = dict(verapdf.validate([*wanted]))
    counts, right = Counter(), Counter()
    for path, good in wanted.items():
        part = path.relative_to(corpus("verapdf")).parts[0]
        counts[part] += 1
        right[part] += found[path] is good
    rows = [[part, right[part], count] for part, count in sorted(counts.items())]
    rows.append(["all", sum(right.values()), sum(counts.values())])
    hold_score(
        "verapdf",
        title="PDF/A, judged by veraPDF",
        corpus="verapdf",
        note="Files that keep or break one clause of ISO 19005 each; right: the verdict is the one the file's "
        "name states. Without veraPDF every claim of PDF/A stays awaiting.",
        columns=["part", "right", "files"],
        rows=rows,
    )
