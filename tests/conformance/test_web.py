"""WARC, ARC and WACZ files whose names say whether they are good."""

import re

import pytest

from lantai.core.findings import Outcome, verdict
from lantai.packages.api import open_package

from .scores import CORPORA, corpus, hold_score

STATED_BAD = re.compile(r"bad(?!-target-uri)|trunc|wrong|invalid|digest")


@pytest.mark.requirement("S19")
@pytest.mark.requirement("DA/T 80-2019")
def test_each_web_archive_gets_the_verdict_its_name_states():
    corpus("warc-pywb")
    files = [path for name in ("warc-warcio", "warc-pywb") for path in sorted(corpus(name).rglob("*"))]
    rows, right = [], 0
    for path in [path for path in files if re.search(r"\.(warc|arc|wacz)(\.|\Z)", path.name)]:
        with open_package(path, "web") as package:
            findings = [*package.findings, *package.structure()]
        stated = Outcome.FAIL if STATED_BAD.search(path.name) else Outcome.PASS
        given = verdict(findings)
        right += given == stated
        codes = sorted({finding.code for finding in findings if finding.outcome is not Outcome.WARN})
        assert codes or given is Outcome.PASS
        rows.append([str(path.relative_to(CORPORA)), str(stated), str(given), "、".join(codes)])
    hold_score(
        "web",
        title="Web archives: WARC, ARC, WACZ",
        corpus="warc-warcio, warc-pywb",
        note=f"The verdict the name states, and ours: {right} of {len(rows)} agree. Where a file whose name says "
        "nothing fails, the rule it breaks is named: a length that is too short, a payload that does not match "
        "its digest, a body that was cut.",
        columns=["file", "stated", "given", "rules broken"],
        rows=rows,
    )
    assert all(given == "fail" for _file, stated, given, _codes in rows if stated == "fail")
