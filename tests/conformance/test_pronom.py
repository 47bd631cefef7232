"""One file a PRONOM signature, each named by the identifier it should be given."""

import re

import pytest

from lantai.formats.api import identify_many

from .differing import COLUMNS, differences
from .scores import corpus, hold_score


@pytest.mark.requirement("DA/T 70 GD-3-3")
@pytest.mark.requirement("S19")
def test_pronom_skeletons_are_identified_as_their_names_say():
    stated = {}
    for path in sorted(corpus("pronom-skeletons").iterdir()):
        if name := re.match(r"((?:x-)?fmt)-(\d+)-", path.name):
            stated[path] = name.expand(r"\1/\2")
    found = dict(zip(stated, (known.puid for known in identify_many(stated)), strict=True))
    missed = [[path.name, stated[path], found[path]] for path in stated if stated[path] != found[path]]
    right = len(stated) - len(missed)
    hold_score(
        "pronom",
        title="Identification of formats",
        corpus="pronom-skeletons",
        note=f"{right} of {len(stated)} skeletons are identified as their names say "
        f"({100 * right / len(stated):.1f} %); these are not.",
        columns=["file", "stated", "given"],
        rows=missed,
    )
    assert right / len(stated) >= 0.98
    folder = corpus("pronom-skeletons")
    hold_score(
        "pronom-differences",
        title="Identification of formats: what differs",
        corpus="pronom-skeletons",
        note="Each skeleton that is not identified as its name says: why, and what whoever sends it is told.",
        columns=COLUMNS,
        rows=differences("pronom", {name: folder / name for name, _stated, _given in missed}),
    )
