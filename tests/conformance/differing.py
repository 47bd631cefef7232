"""Test material on which we differ from what it states: why, and what is found of it, file by file."""

import tomllib
from pathlib import Path

from lantai.core.findings import Outcome, verdict
from lantai.packages.api import open_package

REASONS = tomllib.loads(Path(__file__).with_name("differences.toml").read_text(encoding="utf-8"))


def differences(name, paths, kind=None):
    """A row for each file that differs: its name, why, our verdict on it and the rules it is told under.

    Args:
        name: section of ``differences.toml``; it must name just these files.
        paths: those that differ, by the name they have there.
        kind: of package to read them as.
    """
    assert paths.keys() == REASONS[name].keys()
    rows = []
    for shown, path in paths.items():
        with open_package(path, kind) as package:
            findings = [*package.findings, *package.structure()]
        told = sorted({finding.code for finding in findings if finding.outcome is not Outcome.PASS})
        rows.append([shown, REASONS[name][shown], str(verdict(findings)), "、".join(told) or "—"])
    return rows


COLUMNS = ["file", "why", "our verdict", "rules told"]
