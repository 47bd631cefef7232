"""What checks are given: an item with what was learnt of its files, or the package as counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from lantai.formats.api import Examination
from lantai.packages.api import Package, PackageFile, PackageItem
from lantai.records.api import Element, metadata_elements

from .registry import Plan
from .report import FileFacts, Stage

Metadata = Mapping[str, str]
DatabaseCopy = Callable[[PackageItem], Metadata | None]
"""The metadata the database holds for an item, by M-code; empty where it should and does not, ``None`` untold."""
ScopeJudge = Callable[[PackageItem], str | None]
"""What the scope-and-retention table says against an item; empty when it covers it, ``None`` without a table."""
HeldAs = Callable[[PackageItem], str | None]
"""How an equal record is known that is already held (its reference code); ``None`` when there is none."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What the scanner said of one file; ``problem`` when it could not say."""

    virus: str = ""
    problem: str = ""


class VirusScanner(Protocol):
    """A virus scanner."""

    name: str

    def version(self) -> str:
        """Engine and date of its signatures. Raises ``Unavailable`` when it does not answer."""
        ...

    def scan(self, path: Path) -> ScanResult:
        """Scans one file."""
        ...


@dataclass(slots=True)
class Survey:
    """What one reading of the catalogue tells about items in relation to each other.

    Attributes:
        item_count: number of items.
        duplicates: for an item's number, the labels of what it repeats and the item it repeats.
        sequences: item numbers by group, in catalogue order, each with where it stands (:attr:`in_rows`);
            where items have reference codes, a group is the code without its last number (the lowest class).
        in_rows: whether items stand in the rows of a sheet; else they are counted.
        explained: reference codes that the sender declares as withdrawn numbers (空号).
        catalogue_only: the sender declares a catalogue of records on paper (内容：仅目录).
    """

    item_count: int = 0
    duplicates: dict[int, list[tuple[tuple[str, ...], int]]] = field(default_factory=dict)
    sequences: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    in_rows: bool = False
    explained: frozenset[str] = frozenset()
    catalogue_only: bool = False

    @classmethod
    def of(cls, package: Package, plan: Plan) -> Survey:
        """Reads the catalogue once; no file is opened."""
        survey = cls()
        seen: dict[tuple[int, tuple[str, ...]], int] = {}
        sequences: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for item in package:
            survey.item_count += 1
            survey.in_rows = bool(item.row)
            bearer = item.row or item.number
            for rule, codes in enumerate(plan.unique):
                values = tuple(item.metadata.get(code, "").strip() for code in codes)
                if all(values):
                    first = seen.setdefault((rule, values), item.number)
                    if first != item.number:
                        survey.duplicates.setdefault(item.number, []).append((codes, first))
            if order := item.extra.get("序号", "").strip():
                sequences["目录“序号”"].append((order, bearer))
            prefix, dash, last = item.metadata.get("M8", "").strip().rpartition("-")
            if dash and last.isdecimal():
                sequences[prefix].append((last, bearer))
            elif number := item.metadata.get(plan.sequence_number, "").strip():
                group = [item.metadata.get(code, "").strip() for code in plan.sequence_group]
                sequences[f"件号（{'·'.join(filter(None, group)) or '全部'}）"].append((number, bearer))
        survey.sequences = dict(sequences)
        survey.catalogue_only = package.declaration.values.get("内容", "").strip() == "仅目录"
        survey.explained = frozenset(package.declaration.values.get("空号", "").split())
        return survey


@dataclass(frozen=True)
class ItemSubject:
    """One item to be checked."""

    item: PackageItem
    files: tuple[FileFacts, ...]
    stage: Stage
    plan: Plan
    survey: Survey
    classified: tuple[str, ...] = ()
    database: Metadata | None = None
    held_as: str | None = None
    out_of_scope: str | None = None
    scanner: VirusScanner | None = None

    @property
    def copies(self) -> Iterator[tuple[str, Metadata]]:
        """Every copy of the item's metadata with its source: both are checked (DA/T 70, GD-1-2 to 1-8)."""
        if self.item.metadata:
            yield "", self.item.metadata
        for source, metadata in self.item.embedded.items():
            yield f"（{source}）", metadata
        if self.database:
            yield "（数据库）", self.database

    @property
    def examined(self) -> Iterator[tuple[str, PackageFile, Examination]]:
        """Every regular file of the item with its name, page images one by one."""
        for facts in self.files:
            for examination in facts.examinations:
                name = facts.file.name
                if facts.file.pages:
                    name = f"{name}/{examination.path.name}"
                yield name, facts.file, examination

    @cached_property
    def values(self) -> tuple[tuple[Element, str, str], ...]:
        """Every given value of every copy with its element and source."""
        elements = metadata_elements()
        return tuple(
            (elements[code], value, source)
            for source, metadata in self.copies
            for code, value in metadata.items()
            if code in elements and value.strip()
        )

    def about(self, name: str, source: str = "") -> str:
        """A part of this item as a clerk knows it."""
        return f"{self.item.label} {name}{source}"


@dataclass(slots=True)
class PackageSubject:
    """The package, after its items have been inspected.

    Attributes:
        content_bytes: bytes of all content files.
        digests: SM3 of content files, kept where the sender declared a digest of the whole.
        formats: number of files by family of formats and whether it lasts.
        claims: files that only say they conform to a preservation format, by family.
    """

    package: Package
    stage: Stage
    plan: Plan
    survey: Survey
    scanner: VirusScanner | None
    item_count: int = 0
    content_bytes: int = 0
    file_count: int = 0
    digests: dict[Path, str] = field(default_factory=dict)
    formats: Counter[tuple[str, bool]] = field(default_factory=Counter)
    claims: defaultdict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
