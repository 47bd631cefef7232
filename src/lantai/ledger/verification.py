"""Verifying the ledger: everything is computed again from the rows and held against every witness.

Rows are read in index order, 1,024 at a time, and nothing is taken on trust:

1. each entry's content is hashed again and held against its leaf and its tile;
2. the tree is built again, and its root held against every signed head, in the database and in
   every store;
3. each line of every stored segment is held against the entry;
4. heads that come back from outside the archive are held against the tree like any other.

Which of two that disagree is right is said by the signed heads: up to the largest size at which
every valid head agrees with the rows, the rows are right and a differing file or tile is damaged;
beyond it the rows are wrong, and the first that differs is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import LantaiError
from lantai.core.findings import Finding, Outcome

from .heads import SignedHead
from .merkle import RightEdge
from .models import Entry, Head
from .outside import Outside, read_outside
from .rows import Row, read_rows
from .segments import LEAVES, SegmentLine
from .sequencer import tree_size
from .tiles import TileWitness
from .witnesses import StoreWitness, survey_stores

NAMED = 10
"""How many differing entries a report names; the rest is counted."""

_KEY_REMEDY = (
    "密钥库丢失或换过的，先恢复 keystore.json，或用 lantai keys import-public 收入公钥，再核对；"
    "密钥都在而仍不符的，请停止写入，保留现场，报告审计管理员。"
)
_REMEDY = "请停止写入，保留现场，报告审计管理员；以各存储的存证段为准查明经过。"
_NOTHING = b"\x00" * 32


@dataclass
class Verification:
    """What verifying found.

    Attributes:
        entries: leaves checked.
        heads: signed heads checked, in the database and the stores.
        files: segment files checked.
        root: the root computed from the rows, hexadecimal.
        findings: what is wrong, first entry first; then what passed.
        first_bad_index: the first entry that is wrong; ``None`` when all is well.
        first_bad_entry: its id, where it is known.
    """

    entries: int = 0
    heads: int = 0
    files: int = 0
    root: str = ""
    findings: list[Finding] = field(default_factory=list)
    first_bad_index: int | None = None
    first_bad_entry: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.outcome is not Outcome.FAIL for finding in self.findings)


def verify(
    progress: Callable[[int, int], None] | None = None, witnessed: Sequence[Path] = ()
) -> Verification:
    """Checks the whole ledger; reads it in a stream.

    Args:
        progress: called after every 1,024 entries with (done, total).
        witnessed: files of heads that were kept outside; those in ``WITNESS_FOLDER`` are taken by themselves.
    """
    stores, outside = survey_stores(), read_outside(witnessed)
    walk = _Walk(stores, tree_size(), outside)
    for start in range(0, walk.size, LEAVES):
        walk.block(start)
        if progress:
            progress(min(start + LEAVES, walk.size), walk.size)
    return walk.conclude()


class _Walk:
    """One pass over the rows, and what it noticed."""

    def __init__(self, stores: list[StoreWitness], size: int, outside: Outside) -> None:
        self.stores = stores
        self.outside = outside
        self.size = size
        self.tiles = TileWitness(size)
        self.edge = RightEdge()
        self.heads = 0
        self.last_head = 0
        self.faulty: list[int] = []
        self.differing: dict[str, set[int]] = {store.name: set() for store in stores}
        self.findings: list[Finding] = [*outside.findings]
        self.agreed: list[int] = []
        self.disputed: list[int] = []

    def block(self, start: int) -> None:
        """Checks the rows ``[start, start + 1024)``."""
        end = min(start + LEAVES, self.size)
        rows = read_rows(start, end)
        tile_hashes = self.tiles.read(start, end)
        self.faulty += [row.index for row in rows if row.fault]
        self.tiles.compare(rows)
        lines = [row.line for row in rows]
        for store in self.stores:
            self.differing[store.name] |= store.compare(start // LEAVES, lines)
        hashes = [self._likely_hash(row, tile_hashes.get(row.index)) for row in rows]
        heads = self._heads_between(start, end)
        for size in sorted(heads):
            self.edge.extend(hashes[self.edge.size - start : size - start])
            self._hold_against(size, heads[size])
        self.edge.extend(hashes[self.edge.size - start :])

    def _likely_hash(self, row: Row, tile_hash: bytes | None) -> bytes:
        """The hash the tree was built with: where content and leaf disagree, the tile or a store says."""
        if row.leaf_hash is not None and row.leaf_hash == row.computed:
            return row.leaf_hash
        candidates = {row.leaf_hash, row.computed} - {None}
        if tile_hash is not None and (tile_hash in candidates or not candidates):
            return tile_hash
        for line in filter(None, (store.line(row.index) for store in self.stores)):
            if line.leaf_hash in candidates or not candidates:
                return line.leaf_hash
        return row.leaf_hash or row.computed or _NOTHING

    def _heads_between(self, start: int, end: int) -> dict[int, list[tuple[str, SignedHead | None]]]:
        """The heads over sizes in ``(start, end]``, each with where it was read; ``None`` if unreadable."""
        found: dict[int, list[tuple[str, SignedHead | None]]] = {}
        for head in Head.objects.filter(size__gt=start, size__lte=end):
            found.setdefault(head.size, []).append(("数据库", _signed(head)))
        attested = set(found)
        for store in self.stores:
            due = {size for size in attested if size <= store.size}
            for size in sorted(store.head_sizes_between(start, end) | due):
                content = store.head(size)
                if content is not None:
                    found.setdefault(size, []).append((store.name, _parsed(content)))
        for where, signed in self.outside.between(start, end):
            found.setdefault(signed.size, []).append((where, signed))
        return found

    def _hold_against(self, size: int, heads: list[tuple[str, SignedHead | None]]) -> None:
        sealed: set[SignedHead] = set()
        root = self.edge.root
        self.last_head = size
        if not any(source == "数据库" for source, _head in heads):
            self._fail("ledger.head", f"第 {size} 条处的树首", "数据库中有此树首", "没有：已被删除")
        for source, head in heads:
            self.heads += 1
            subject = f"{source}：第 {size} 条处的树首"
            if head is None or head.size != size or not (head in sealed or head.is_sealed()):
                told = "签章无效，或签章所用密钥不在密钥库中"
                self._fail("ledger.seal", subject, "签章有效", told, _KEY_REMEDY)
                continue
            sealed.add(head)
            if head.root == root:
                self.agreed.append(size)
            else:
                self.disputed.append(size)

    def conclude(self) -> Verification:
        """Judges who is right, names the first bad entry, and reports."""
        self._check_ends()
        first_disputed = min(self.disputed, default=None)
        trusted = max((s for s in self.agreed if first_disputed is None or s < first_disputed), default=0)
        bad = sorted({*self.faulty, *(i for indices in self._doubted() for i in indices if i >= trusted)})
        result = Verification(
            entries=self.size,
            heads=self.heads,
            files=sum(store.file_count for store in self.stores),
            root=self.edge.root.hex(),
        )
        if bad:
            result.first_bad_index = bad[0]
            result.findings += [self._explain(index) for index in bad[:NAMED]]
            result.first_bad_entry = result.findings[0].subject.partition(" ")[2]
        if first_disputed is not None:
            result.findings.append(_disputed_finding(trusted, first_disputed, len(self.disputed)))
            if result.first_bad_index is None:
                result.first_bad_index = trusted
        if len(bad) > NAMED:
            result.findings.append(_more(len(bad) - NAMED))
        for store in self.stores:
            if self.size:
                store.require_evidence()
            damaged = sorted(i for i in self.differing[store.name] if i < trusted and i not in self.faulty)
            if damaged:
                store.blame(f"第 {damaged[0]} 条", "与签章的树首一致", f"{len(damaged)} 行被改动")
            self.findings += store.findings
        result.findings += self.findings + self.tiles.conclude(trusted)
        if result.ok:
            result.findings += self._passes()
        return result

    def _doubted(self) -> Iterable[set[int]]:
        return [self.tiles.differing, *self.differing.values()]

    def _check_ends(self) -> None:
        """Rows cut off at the end, rows added without a head, entries that never were sequenced."""
        self.faulty += range(self.last_head, self.size)
        longest = max((store.size for store in self.stores), default=0)
        for where, head in self.outside.heads:
            if head.size > self.size:
                self._fail("ledger.witness", where, f"至少 {head.size} 条", f"只有 {self.size} 条")
        self.faulty += range(self.size, longest)
        stray = Entry.objects.filter(leaf__isnull=True, pending__isnull=True).order_by("id")
        for entry in stray[:NAMED]:
            self._fail(
                "ledger.entry", f"未排序 {entry.id}", "由排序器排入存证树", "不在树中，也不在待排序之列"
            )

    def _explain(self, index: int) -> Finding:
        """One bad entry: what a store says stands there, beside what the database says."""
        row = read_rows(index, index + 1)[0]
        line = next(filter(None, (store.line(index) for store in self.stores)), None)
        entry_id = line.content.id if line else str(row.entry.id) if row.entry else ""
        expected, observed = _contrast(row, line)
        return Finding(
            key="ledger.entry",
            code="",
            clause="RFC 6962",
            subject=f"第{index}条 {entry_id}".strip(),
            outcome=Outcome.FAIL,
            expected=expected,
            observed=observed,
            remedy=_REMEDY,
        )

    def _fail(self, key: str, subject: str, expected: str, observed: str, remedy: str = _REMEDY) -> None:
        self.findings.append(Finding(key, "", "", subject, Outcome.FAIL, expected, observed, remedy))

    def _passes(self) -> list[Finding]:
        told = [
            ("ledger.entry", "数据库", f"{self.size} 条逐条重算，与存证树一致"),
            ("ledger.head", "树首", f"{self.heads} 个签章有效，与重算的树根一致"),
            *(
                ("ledger.store", store.name, f"{store.file_count} 个存证段与条目一致")
                for store in self.stores
                if store.files
            ),
        ]
        return [Finding(key, "", "", subject, Outcome.PASS, observed=text) for key, subject, text in told]


def _signed(head: Head) -> SignedHead | None:
    try:
        return head.signed
    except LantaiError:
        return None


def _parsed(content: bytes) -> SignedHead | None:
    try:
        return SignedHead.from_bytes(content)
    except LantaiError:
        return None


def _contrast(row: Row, line: SegmentLine | None) -> tuple[str, str]:
    """(expected, observed) in words."""
    if row.leaf_hash is None or row.entry is None:
        told = f"条目 {line.content.id}（{line.content.act}）" if line else "有条目"
        return told, row.fault
    if line is None:
        return (
            f"叶哈希 {row.leaf_hash.hex()}",
            f"{row.fault or '与树首不符'}：重算为 {(row.computed or b'').hex()}",
        )
    kept, found = line.content.as_dict(), row.entry.content.as_dict()
    if kept["id"] != found["id"]:
        moved = Entry.objects.filter(id=kept["id"]).exists()
        return f"条目 {kept['id']}", f"条目 {found['id']}；原条目{'被移到别处' if moved else '已被删除'}"
    names = [name for name in kept if kept[name] != found[name]]
    if not names:
        return f"叶哈希 {line.leaf_hash.hex()}", row.fault or "与树首不符"
    return _fields(kept, names), _fields(found, names)


def _fields(values: dict[str, object], names: list[str]) -> str:
    return "；".join(f"{name}={values[name]}" for name in names)


def _disputed_finding(trusted: int, first_disputed: int, count: int) -> Finding:
    return Finding(
        key="ledger.head",
        code="",
        clause="RFC 6962",
        subject=f"第 {first_disputed} 条处的树首",
        outcome=Outcome.FAIL,
        expected="与重算的树根一致",
        observed=f"第 {trusted} 至 {first_disputed - 1} 条之间有改动；共 {count} 个树首不符",
        remedy=_REMEDY,
    )


def _more(count: int) -> Finding:
    return Finding(
        "ledger.entry", "", "RFC 6962", "其余", Outcome.FAIL, "一致", f"还有 {count} 条不一致", _REMEDY
    )
