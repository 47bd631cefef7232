"""The OCFL fixtures: every verdict is right and every code their names state is told."""

import re
from collections import Counter

import pytest

from lantai.vault.ocfl_validation import validate

from .scores import corpus, hold_score

FIXTURES = sorted(corpus("ocfl-fixtures").glob("1.*/*-objects/*"))
KINDS = {"good-objects": "valid", "warn-objects": "valid, warned", "bad-objects": "invalid"}


@pytest.mark.requirement("Z36")
def test_every_fixture_gets_its_verdict_and_its_codes():
    judged = {fixture: judge(fixture) for fixture in FIXTURES}
    wrong = [f"{fixture}: {found}" for fixture, (right, found) in judged.items() if not right]
    of, right = Counter(), Counter()
    for fixture, (is_right, _found) in judged.items():
        group = (fixture.parts[-3], KINDS[fixture.parent.name])
        of[group] += 1
        right[group] += is_right
    rows = [[*group, right[group], of[group]] for group in sorted(of)]
    rows.append(["all", "", sum(right.values()), sum(of.values())])
    hold_score(
        "ocfl",
        title="OCFL objects",
        corpus="ocfl-fixtures",
        columns=["edition", "verdict", "right", "of"],
        rows=rows,
        note="Right means the verdict, and every code the fixture's name states; a good object gets no warning.",
    )
    assert wrong == []


def judge(fixture):
    found = validate(fixture)
    errors, warnings = {p.code for p in found.errors}, {p.code for p in found.warnings}
    named = set(re.findall(r"[EW]\d{3}", fixture.name))
    right = {
        "bad-objects": not found.valid and named <= errors,
        "warn-objects": found.valid and named <= warnings,
        "good-objects": found.valid and not warnings,
    }[fixture.parent.name]
    return right and found.kind == "object", sorted(errors | warnings)
