"""Archives that try to write outside and XML that tries to do harm, through ``lantai inspect``.

All of them go through one process of its own, whose memory is measured; none may end it.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

from .scores import corpus, hold_score

ARCHIVES = corpus("traversal-archives")
XML = corpus("xml-attacks") / "xmltestdata"
HARMLESS = {"simple.xml": "pass", "simple-ns.xml": "pass", "schema-include.xsd": "warn"}
"""Stated by their names; the schema's only fault is to name files on the web."""
MOST_MIB = 512
INSPECT_EACH = """
import json, resource, sys
from typer.testing import CliRunner
from lantai.config.cli import assemble
app, runner = assemble(), CliRunner()
for path in sys.argv[1:]:
    answer = runner.invoke(app, ["inspect", path, "--json"])
    last = answer.stdout.splitlines()[-1] if answer.stdout else "null"
    print(json.dumps([path, answer.exit_code, json.loads(last)]))
usage = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(usage // 1024)
"""


@cache
def inspected():
    """Exit code and answer by file name, and the memory of the largest process in MiB."""
    files = sorted(path for folder in (ARCHIVES, XML) for path in folder.rglob("*.*") if path.is_file())
    done = subprocess.run(
        [sys.executable, "-c", INSPECT_EACH, *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
        env={**os.environ, "LANTAI_CLAMD": ""},
    )
    *lines, used_mib = done.stdout.splitlines()
    return {path: (code, answer) for path, code, answer in map(json.loads, lines)}, int(used_mib)


def outcome_of(answer):
    told = {finding["outcome"] for finding in answer["findings"]}
    return "warn" if answer["verdict"] == "pass" and "warn" in told else answer["verdict"]


@pytest.mark.requirement("Z4")
def test_every_hostile_file_ends_in_a_finding_and_none_in_a_fault():
    answers, used_mib = inspected()
    wrong = {}
    rows = Counter()
    for path, (code, answer) in answers.items():
        name = path.rpartition("/")[2]
        group = "xml-attacks" if str(XML) in path else "traversal-archives"
        outcome = outcome_of(answer)
        if outcome != HARMLESS.get(name, "fail") or code != {"fail": 1}.get(outcome, 0):
            wrong[name] = (code, answer)
        if any(word in json.dumps(answer) for word in ("Traceback", "异常退出", "crash")):
            wrong[name] = answer
        rows[group, outcome] += 1
    assert not wrong
    assert used_mib < MOST_MIB
    hold_score(
        "hostile",
        title="Hostile archives and XML",
        corpus="traversal-archives, xml-attacks",
        note=f"Verdicts of `lantai inspect`, each file below {MOST_MIB} MiB; "
        "two of the XML files do no harm, and one only names files on the web.",
        columns=["material", "refused", "told", "harmless"],
        rows=[
            [group, rows[group, "fail"], rows[group, "warn"], rows[group, "pass"]]
            for group in ("traversal-archives", "xml-attacks")
        ],
    )


def test_nothing_was_written_outside():
    inspected()
    for name in ("/tmp/moo", "/tmp/abs", "/moo"):  # noqa: S108 - where the archives want to write
        assert not os.path.lexists(name)
