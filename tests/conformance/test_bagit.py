"""The conformance suite of the Library of Congress: every bag gets the verdict its folder states."""

from collections import Counter

import pytest

from lantai.core.findings import Outcome
from lantai.formats.api import examine_many
from lantai.inspection.api import inspect_package

from .limits import within_limits
from .scores import corpus, hold_score

BAGS = sorted(corpus("bagit-conformance").glob("v*/*/*"))
STATED = {"valid": "pass", "warning": "warn"}


def verdict_on(bag):
    report = inspect_package(bag, "structure", "bagit")
    warned = any(finding.outcome is Outcome.WARN for finding in report.findings)
    return "warn" if warned and report.verdict is Outcome.PASS else str(report.verdict)


def is_right(bag):
    stated, found = STATED.get(bag.parent.name, "fail"), verdict_on(bag)
    return found == stated or (stated == "pass" and found == "warn")


@pytest.mark.requirement("RFC 8493")
@pytest.mark.parametrize("bag", BAGS, ids=lambda bag: "-".join(bag.parts[-3:]))
def test_the_verdict_is_the_one_its_folder_states(bag):
    assert is_right(bag)


def test_every_verdict_is_counted(ended):
    total, right = Counter(), Counter()
    list(examine_many(path for bag in BAGS for path in bag.rglob("*") if path.is_file()))
    for bag in BAGS:
        group = (bag.parts[-3], bag.parts[-2])
        total[group] += 1
        right[group] += is_right(bag)
    rows = [
        [version, group, right[version, group], total[version, group]] for version, group in sorted(total)
    ]
    rows.append(["all", "", right.total(), total.total()])
    hold_score(
        "bagit",
        title="BagIt",
        corpus="bagit-conformance",
        note="Bags of version 0.93 to 1.0; those that only fail on one system are refused on every "
        f"system. {within_limits(ended)}",
        columns=["version", "stated verdict", "right", "bags"],
        rows=rows,
    )
