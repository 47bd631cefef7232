"""Reports of an inspection as data, before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import Examination
from lantai.packages.api import PackageFile, PackageItem

Stage = Literal["GD", "YJ", "BC", "structure"]
"""归档环节, 移交与接收环节 or 长期保存环节 (DA/T 70-2018), or nothing but what the package's own standard asks."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of an item with what one pass over each of its parts told."""

    file: PackageFile
    examinations: tuple[Examination, ...]

    @property
    def pages(self) -> int | None:
        """Pages of the file; one for each page image."""
        counts = [examined.characteristics.pages for examined in self.examinations]
        return None if None in counts else sum(count or 0 for count in counts)


@dataclass(frozen=True, slots=True)
class ItemReport:
    """How one item did.

    Attributes:
        item: the item as read.
        verdict: over all its findings.
        accepted: no blocking check failed; what awaits a person does not send an item back.
        classified: marked 秘密 or above; its content must not be kept.
        findings: everything other than a pass.
        files: what was learnt about its files, so that nobody has to read them again.
    """

    item: PackageItem
    verdict: Outcome
    accepted: bool
    classified: bool
    findings: tuple[Finding, ...]
    files: tuple[FileFacts, ...] = ()


Counts = Mapping[str, Mapping[str, int]]
"""Outcomes by nature: ``{"authenticity": {"pass": 1200, "fail": 3}, …}``."""


@dataclass(frozen=True, slots=True)
class PackageReport:
    """The report over a whole package.

    Attributes:
        stage: the stage it was inspected for.
        kind: kind of the package.
        verdict: over the findings of the package and of every item.
        accepted: no blocking check failed on the package as a whole.
        findings: findings on the package as a whole, other than a pass.
        items: reports of the items that have findings, without files.
        item_count: items inspected.
        accepted_count: items no blocking check failed on.
        counts: outcomes by nature, passes included.
        results: outcomes by check, passes included.
        plan_version: name and version of the plan.
        plan: the checks as they were set up at that time.
        input_digest: SM3 over what was inspected, hex: catalogue values and file digests in order.
        started_at: when it began.
        finished_at: when it ended.
    """

    stage: Stage
    kind: str
    verdict: Outcome
    accepted: bool
    findings: tuple[Finding, ...]
    items: Sequence[ItemReport]
    item_count: int
    accepted_count: int
    counts: Counts
    results: Counts
    plan_version: str
    plan: Sequence[Mapping[str, Any]]
    input_digest: str
    started_at: datetime
    finished_at: datetime

    @property
    def all_findings(self) -> list[Finding]:
        """Findings of the package, then of each item."""
        return [*self.findings, *(finding for item in self.items for finding in item.findings)]
