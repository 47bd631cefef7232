"""The inspection of a package: survey the catalogue, examine files in the pool, check, report.

Items stream through: a package of fifty thousand files needs no more memory than its findings.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import tee
from pathlib import Path

from lantai.core.findings import Finding, Outcome, verdict
from lantai.formats.api import examine_many, family_of
from lantai.packages.api import STRUCTURE, Package, PackageItem, open_package

from . import checks as _registered  # noqa: F401 - registers every check
from .adapters.clamd import configured_scanner
from .checks.structure import structural_findings
from .memory import ExaminationMemory
from .registry import (
    CARRIER,
    ITEM_CHECKS,
    NEEDS,
    PACKAGE_CHECKS,
    CheckRule,
    Observation,
    Plan,
    await_person,
    plan,
)
from .report import FileFacts, ItemReport, PackageReport, Stage
from .secrets import declared_secrets, marked_secrets
from .subjects import (
    DatabaseCopy,
    HeldAs,
    ItemSubject,
    Metadata,
    PackageSubject,
    ScopeJudge,
    Survey,
    VirusScanner,
)


def inspect_package(
    package: Path | Package,
    stage: Stage = "GD",
    kind: str | None = None,
    *,
    workspace: Path | None = None,
    progress: Callable[[int], object] | None = None,
) -> PackageReport:
    """Inspects a package, opening it first where a path is given; needs no database.

    The report keeps the items with findings; consume an :class:`Inspection` to see every item.

    Args:
        package: an open package, or where one lies.
        stage: ``GD``, ``YJ``, ``BC`` or ``structure`` (the package's own standard alone; no item is opened).
        kind: kind of package to open; ``None`` finds out.
        workspace: where archives are unpacked.
        progress: told after each item how many more are done.
    """
    if isinstance(package, Path):
        with open_package(package, kind, workspace) as opened:
            return inspect_package(opened, stage, progress=progress)
    inspection = Inspection(package, stage)
    for _ in inspection.items():
        if progress:
            progress(1)
    return inspection.report()


class Inspection:
    """One inspection. Consume :meth:`items`, then ask for the :meth:`report`.

    Args:
        package: an open package, read from disk or made by hand.
        stage: ``GD``, ``YJ``, ``BC`` or ``structure`` (the package's own standard alone; no item is opened).
        database: the metadata the database already holds for an item.
        held_as: how an equal record is known that is already held.
        scope: what the scope-and-retention table says against an item.
        plan_in_force: the plan of the archive; by default the one of the data file.
        scanner: virus scanner; by default the one ``LANTAI_CLAMD`` names, if any.
        memory: recalls and keeps what earlier inspections found; without one no database is used.
    """

    def __init__(
        self,
        package: Package,
        stage: Stage = "GD",
        *,
        database: DatabaseCopy | None = None,
        held_as: HeldAs | None = None,
        scope: ScopeJudge | None = None,
        plan_in_force: Plan | None = None,
        scanner: VirusScanner | None = None,
        memory: ExaminationMemory | None = None,
    ) -> None:
        self.package = package
        self.stage = stage
        self.plan = plan_in_force or plan()
        self.started_at = datetime.now(UTC)
        self._database = database
        self._held_as = held_as
        self._scope = scope
        self._memory = memory
        self._scanner = scanner or configured_scanner()
        self._rules = self.plan.rules_for(stage)
        given = {"database": database, "scope": scope, "process": self.plan.process}
        own = [rule for rule in self._rules if rule.key in ITEM_CHECKS and not self._is_of_package(rule)]
        self._idle = [rule.key for rule in own if rule.key in NEEDS and not given[NEEDS[rule.key]]]
        self._item_rules = [(rule, ITEM_CHECKS[rule.key]) for rule in own if rule.key not in self._idle]
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._passed: Counter[str] = Counter()
        self._input = hashlib.new("sm3")
        self._noted: list[ItemReport] = []
        self._accepted_count = 0
        self._outcomes: set[Outcome] = set()
        self.survey = Survey() if stage == "structure" else Survey.of(package, self.plan)
        self._subject = PackageSubject(package, stage, self.plan, self.survey, self._scanner)

    def items(self) -> Iterator[ItemReport]:
        """Inspects item after item; files are examined ahead, in parallel."""
        if self.stage == "structure":
            return
        for item, files in _with_files(self.package, self._memory):
            report = self._inspect_item(item, files)
            self._note(report)
            yield report
        if self._memory:
            self._memory.write()

    def report(self) -> PackageReport:
        """The report over all items consumed so far and the package as a whole."""
        findings = self._package_findings()
        self._count_the_rest()
        blocked = self._is_blocked(findings)
        return PackageReport(
            stage=self.stage,
            kind=self.package.kind,
            verdict=_joined({*self._outcomes, verdict(findings)}),
            accepted=not blocked,
            findings=findings,
            items=self._noted,
            item_count=self._subject.item_count,
            accepted_count=0 if blocked else self._accepted_count,
            counts=self._by_nature(),
            results={key: _plain(counter) for key, counter in self._counts.items()},
            plan_version=f"{self.plan.name} {self.plan.version}",
            plan=self.plan.snapshot(self.stage),
            input_digest=self._input.hexdigest(),
            started_at=self.started_at,
            finished_at=datetime.now(UTC),
        )

    def _is_of_package(self, rule: CheckRule) -> bool:
        """Whether the standard of this kind of package says nothing of single items."""
        told_by = self.package.payload or self.package
        return rule.key == STRUCTURE and told_by.whole is None

    def _inspect_item(self, item: PackageItem, files: tuple[FileFacts, ...]) -> ItemReport:
        database = self._database(item) if self._database else None
        subject = ItemSubject(
            item=item,
            files=files,
            stage=self.stage,
            plan=self.plan,
            survey=self.survey,
            classified=declared_secrets(item, _copies(item, database)) or marked_secrets(files),
            database=database,
            held_as=self._held_as(item) if self._held_as else None,
            out_of_scope=self._scope(item) if self._scope else None,
            scanner=self._scanner,
        )
        findings: list[Finding] = []
        for rule, function in self._item_rules:
            if seen := [*function(subject)]:
                findings += self._judge(rule, seen)
            else:
                self._passed[rule.key] += 1
        told = tuple(findings)
        return ItemReport(
            item=item,
            verdict=verdict(told),
            accepted=not self._is_blocked(told),
            classified=bool(subject.classified),
            findings=told,
            files=files,
        )

    def _judge(self, rule: CheckRule, seen: list[Observation], *, whole: bool = False) -> list[Finding]:
        """Counts what a check saw; of items, what does not apply is counted but not told."""
        counter = self._counts[rule.key]
        if not seen:
            counter[Outcome.PASS] += 1
        for observation in seen:
            counter[observation.outcome] += 1
        return [
            rule.finding(self.stage, observation)
            for observation in seen
            if whole or observation.outcome is not Outcome.NOT_APPLICABLE
        ]

    def _package_findings(self) -> tuple[Finding, ...]:
        if self.stage == "structure":
            return tuple(structural_findings(self.package, self.plan))
        found: list[Finding] = []
        package = self.package
        on_carrier = package.on_carrier or package.beside_carrier or package.kind == CARRIER
        for rule in self._rules:
            read = [_observed(finding) for finding in self.package.findings if finding.key == rule.key]
            function = PACKAGE_CHECKS.get(rule.key)
            if rule.applies == CARRIER and not on_carrier:
                self._counts[rule.key][Outcome.NOT_APPLICABLE] += 1
            elif function is not None:
                found += self._judge(rule, [*read, *function(self._subject)], whole=True)
            elif rule.method == "manual":
                found += self._leave_to_person(rule)
            elif read:
                found += self._judge(rule, read, whole=True)
        return tuple(finding for finding in found if finding.outcome is not Outcome.PASS)

    def _count_the_rest(self) -> None:
        """Puts what items passed, and what could not apply to any, into the counts, once."""
        for key, count in self._passed.items():
            self._counts[key][Outcome.PASS] += count
        self._passed.clear()
        for key in self._idle:
            self._counts[key][Outcome.NOT_APPLICABLE] = self._subject.item_count

    def _leave_to_person(self, rule: CheckRule) -> list[Finding]:
        """A manual check is 未检; where the plan lets it block, the verdict waits for it."""
        if self.stage not in rule.blocking:
            return []
        remedy = f"请由检测人检测后在报告页签署“{rule.name}”。"
        return self._judge(rule, [await_person("本批", "由人检测并签署", "未检", remedy)])

    def _by_nature(self) -> dict[str, dict[str, int]]:
        natures: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for key, counter in self._counts.items():
            natures[self.plan.rules[key].nature].update(counter)
        return {nature: _plain(natures[nature]) for nature in self.plan.natures}

    def _is_blocked(self, findings: Iterable[Finding]) -> bool:
        return any(
            finding.outcome is Outcome.FAIL and self.stage in self.plan.rules[finding.key].blocking
            for finding in findings
        )

    def _note(self, report: ItemReport) -> None:
        subject = self._subject
        subject.item_count += 1
        subject.content_bytes += sum(file.size_bytes for file in report.item.files)
        subject.file_count += sum(len(file.parts) for file in report.item.files)
        self._accepted_count += report.accepted
        self._outcomes.add(report.verdict)
        examinations = [examination for facts in report.files for examination in facts.examinations]
        digests = [examination.digests.get("sm3", "") for examination in examinations]
        if self.package.declaration.digests:
            subject.digests.update(
                (examination.path, digits)
                for examination, digits in zip(examinations, digests, strict=True)
                if digits
            )
        for examination in examinations:
            family = family_of(examination.identification)
            if family is not None:
                subject.formats[family.name, family.longterm] += 1
                if family.claims:
                    subject.claims[family.name].append(examination.path)
        described = [dict(report.item.metadata), dict(report.item.extra), digests]
        self._input.update(json.dumps(described, ensure_ascii=True, sort_keys=True).encode("ascii"))
        if report.findings:
            self._noted.append(replace(report, files=()))


def _with_files(
    package: Package, memory: ExaminationMemory | None
) -> Iterator[tuple[PackageItem, tuple[FileFacts, ...]]]:
    """Each item with its files examined. Files of items that declare a secret stay closed."""
    ahead, items = tee(memory.look_up(package) if memory else package)
    paths = (path for item in ahead for path in _paths_to_open(item))
    examinations = examine_many(paths, recall=memory.recall if memory else None)
    for item in items:
        if declared_secrets(item, _copies(item, None)):
            yield item, ()
            continue
        facts = tuple(FileFacts(file, tuple(next(examinations) for _ in file.parts)) for file in item.files)
        if memory:
            memory.keep(examination for fact in facts for examination in fact.examinations)
        yield item, facts


def _paths_to_open(item: PackageItem) -> Iterator[Path]:
    if not declared_secrets(item, _copies(item, None)):
        for file in item.files:
            yield from file.parts


def _copies(item: PackageItem, database: Metadata | None) -> list[Metadata]:
    copies = [item.metadata, *item.embedded.values()]
    return copies if database is None else [*copies, database]


def _plain(counter: Counter[str]) -> dict[str, int]:
    return {str(outcome): count for outcome, count in counter.items()}


def _observed(finding: Finding) -> Observation:
    return Observation(finding.outcome, finding.subject, finding.expected, finding.observed, finding.remedy)


def _joined(outcomes: set[Outcome]) -> Outcome:
    for outcome in (Outcome.FAIL, Outcome.AWAITING):
        if outcome in outcomes:
            return outcome
    return Outcome.PASS
