"""What the package's own standard asks, under that standard's rule ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lantai.core.findings import Finding
from lantai.packages.api import STRUCTURE, Package, capped, no_rules

from ..registry import Observation, Observations, Plan, check, not_applicable, package_check
from ..subjects import ItemSubject, PackageSubject


@package_check(STRUCTURE)
def check_structure(subject: PackageSubject) -> Observations:
    """Everything but the digests of files that items carry: ``auth.fixity`` compares those."""
    package = subject.package
    if package.structure is no_rules:
        yield not_applicable("信息包", "这类信息包没有另外的结构标准")
    yield from map(_observed, _told(package))


@check(STRUCTURE)
def check_item_structure(subject: ItemSubject) -> Observations:
    """What the standard says of this item alone: it goes back by itself, its neighbours go on."""
    yield from map(_observed, capped(subject.item.problems()))


def _observed(finding: Finding) -> Observation:
    return Observation(
        finding.outcome,
        finding.subject,
        finding.expected,
        finding.observed,
        finding.remedy,
        finding.code,
        finding.clause,
    )


def _told(package: Package) -> Iterator[Finding]:
    yield from (package.whole or package.structure)()
    if package.fixity is not no_rules:
        yield from package.fixity({file.path for item in package for file in item.files if file.declared})
    if package.payload:
        yield from package.payload.findings
        yield from (package.payload.whole or package.payload.structure)()


def structural_findings(package: Package, plan: Plan) -> Iterator[Finding]:
    """Stage ``structure``: what reading the package told, its standard's rules, its declared digests.

    What an envelope carries is another matter, for the other stages.
    """
    for finding in package.findings:
        rule = plan.rule_of(finding.key)
        code = finding.code or rule.codes.get("GD", finding.key)
        yield replace(finding, code=code, clause=finding.clause or rule.clause)
    yield from package.structure()
    yield from package.fixity(())
