"""Stores as witnesses: what each one holds of the ledger, and where it differs from the rows."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from lantai.core.errors import LantaiError
from lantai.core.findings import Finding, Outcome
from lantai.core.ports import EvidenceStore

from . import evidence, segments
from .models import Evidence
from .segments import LeafRange, SegmentLine

_RESTORE = "请从其他存储取回该文件，核对后放回原处。"


@dataclass
class StoreWitness:
    """One store's segments and heads.

    Attributes:
        store: the store.
        size: how many leaves it should hold.
        prepared: it was made (anew) and nothing has been written to it yet.
        files: its segment files by the segment they fall in.
        head_sizes: the sizes it holds heads for.
        findings: what is wrong with the store itself.
    """

    store: EvidenceStore
    size: int
    prepared: bool = False
    files: dict[int, list[LeafRange]] = field(default_factory=lambda: defaultdict(list))
    head_sizes: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The store's name."""
        return self.store.name

    @property
    def file_count(self) -> int:
        """How many segment files it holds."""
        return sum(map(len, self.files.values()))

    @classmethod
    def survey(cls, store: EvidenceStore, size: int | None) -> StoreWitness:
        """Lists what a store holds; ``size`` is how far the database says it was written, if at all."""
        witness = cls(store, size or 0, prepared=size == 0)
        try:
            paths = [path for folder in (segments.SEGMENTS, segments.PARTS) for path in store.paths(folder)]
            head_paths = store.paths(segments.HEADS)
        except (LantaiError, OSError) as error:
            witness.blame("存储无法读取", "可以读取", str(error), "请检查该存储是否在线。")
            return witness
        for path in paths:
            leaves = LeafRange.of_path(path)
            if leaves is None:
                witness.blame(path, "只有存证段", "不认识的文件", "请查明来源后移走。")
            else:
                witness.files[leaves.start // segments.LEAVES].append(leaves)
                witness.size = max(witness.size, leaves.end)
        witness.head_sizes = sorted(size for size in map(segments.head_size_of, head_paths) if size)
        witness.size = max([witness.size, *witness.head_sizes[-1:]])
        return witness

    def blame(self, path: str, expected: str, observed: str, remedy: str = _RESTORE) -> None:
        """Records a fault of the store itself."""
        self.findings.append(
            Finding(
                key="ledger.store",
                code="",
                clause="",
                subject=f"{self.name}：{path}",
                outcome=Outcome.FAIL,
                expected=expected,
                observed=observed,
                remedy=remedy,
            )
        )

    def require_evidence(self) -> None:
        """A store that can be read and holds nothing bears witness to nothing: that is told."""
        if self.files or self.size or self.findings:
            return
        outcome = Outcome.WARN if self.prepared else Outcome.FAIL
        remedy = (
            "兰台会在下一次整理存证时补写；若一直没有，请检查该存储能否写入，再运行 lantai ledger verify。"
        )
        self.findings.append(
            Finding("ledger.store", "", "", self.name, outcome, "有存证段", "没有任何存证段", remedy)
        )

    def compare(self, block: int, lines: Sequence[bytes]) -> set[int]:
        """Indices in a block of 1,024 at which a stored line is not the given one."""
        start = block * segments.LEAVES
        due = range(start, min(self.size, start + len(lines)))
        covered: set[int] = set()
        differing: set[int] = set()
        for leaves in self.files.get(block, ()):
            expected = lines[leaves.start - start : leaves.end - start]
            content = self._read(leaves.path)
            if content is None:
                continue
            covered.update(range(leaves.start, leaves.end))
            if content == b"".join(expected):
                continue
            found = content.splitlines(keepends=True)
            padded = [*found, *[b""] * (len(expected) - len(found))]
            pairs = zip(expected, padded, strict=False)
            differing.update(leaves.start + at for at, (ours, theirs) in enumerate(pairs) if ours != theirs)
            if len(found) > leaves.end - leaves.start:
                self.blame(leaves.path, f"{leaves.end - leaves.start} 行", f"{len(found)} 行")
        missing = [index for index in due if index not in covered]
        if missing:
            self.blame(f"第 {missing[0]} 至 {missing[-1]} 条", "有存证段", "没有")
        return differing

    def line(self, index: int) -> SegmentLine | None:
        """What the store says stands at an index."""
        for leaves in self.files.get(index // segments.LEAVES, ()):
            if leaves.start <= index < leaves.end:
                found = (self._read(leaves.path) or b"").splitlines()
                try:
                    return SegmentLine.parse(found[index - leaves.start])
                except (LantaiError, IndexError):
                    continue
        return None

    def head_sizes_between(self, start: int, end: int) -> set[int]:
        """The sizes in ``(start, end]`` it holds heads for."""
        return set(self.head_sizes[bisect_right(self.head_sizes, start) : bisect_right(self.head_sizes, end)])

    def head(self, size: int) -> bytes | None:
        """The head's file; ``None``, with a finding, when it cannot be read."""
        return self._read(segments.head_path(size))

    def _read(self, path: str) -> bytes | None:
        try:
            return self.store.get(path)
        except (LantaiError, OSError) as error:
            self.blame(path, "可以读取", str(error))
            return None


def survey_stores() -> list[StoreWitness]:
    """Every store's witness.

    The database's own count is read before the stores, and the stores before the tree: writing
    goes the other way, so that a sequencer at work is never taken for a fault.
    """
    sizes = dict(Evidence.objects.values_list("store", "size"))
    return [StoreWitness.survey(store, sizes.get(store.name)) for store in evidence.stores()]
