"""Reading packages of captured web pages."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from lantai.core.findings import Finding, Outcome
from lantai.core.temporary import unpacking_folder
from lantai.formats.api import WarcFacts, decode_name, is_warc, survey_warcs

from ..listing import list_files
from ..package import Declaration, Package, PackageFile, PackageItem
from ..problems import structural, unopened
from ..unpack import ArchiveRefused, safe_extract
from .wacz import Wacz, read_wacz

CLAUSE = "GB/T 33994（ISO 28500:2017，WARC）"
_SUFFIXES = (".warc", ".warc.gz", ".arc", ".arc.gz", ".wacz", ".cdx", ".cdxj", ".cdx.gz")
_TOLD, _LISTED, _LOOKED_AT = 20, 200, 200
_REMEDY = "请用采集软件重新采集或重新导出。"


@dataclass(frozen=True, slots=True)
class Archive:
    """One WARC or WACZ: where it lies, its name within the package, and its WARC files."""

    path: Path
    name_bytes: bytes
    warcs: tuple[Path, ...]
    wacz: Wacz | None = None
    refusal: Finding | None = None

    @property
    def name(self) -> str:
        """The name for people."""
        return decode_name(self.name_bytes)


@dataclass(eq=False)
class Archives:
    """The archives of a package, each an item."""

    archives: list[Archive] = field(default_factory=list)
    _unpacked: Path | None = None

    def __iter__(self) -> Iterator[PackageItem]:
        for number, (archive, facts) in enumerate(self.read(), 1):
            yield _item(number, archive, facts)

    def read(self) -> Iterator[tuple[Archive, list[WarcFacts]]]:
        """Each archive with what its WARC files hold, found out in the pool."""
        found = survey_warcs(path for archive in self.archives for path in archive.warcs)
        for archive in self.archives:
            yield archive, [next(found) for _ in archive.warcs]

    def structure(self) -> Iterator[Finding]:
        """What ISO 28500 and WACZ ask of each archive."""
        for archive, facts in self.read():
            yield from _problems(archive, facts)
        yield from self.whole()

    def whole(self) -> Iterator[Finding]:
        """What is asked of all of them together."""
        if not self.archives:
            yield structural("WARC 1.1 4", CLAUSE, "", "至少一个 WARC 文件", "没有", _REMEDY)

    def add(self, path: Path, name_bytes: bytes) -> None:
        """Takes a WARC, or a WACZ with all that is in it."""
        if path.suffix.lower() != ".wacz":
            self.archives.append(Archive(path, name_bytes, (path,)))
            return
        root = Path(tempfile.mkdtemp(dir=self._workspace()))
        try:
            safe_extract(path, root)
        except ArchiveRefused as error:
            refusal = structural(
                "WACZ ZIP",
                "WACZ 1.1.1",
                decode_name(name_bytes),
                "能够安全打开的 ZIP",
                error.message,
                _REMEDY,
            )
            self.archives.append(Archive(path, name_bytes, (), refusal=refusal))
            return
        wacz = read_wacz(root, decode_name(name_bytes))
        self.archives.append(Archive(path, name_bytes, tuple(wacz.archives), wacz))

    def _workspace(self) -> Path:
        """A folder that goes when nobody reads these archives any more."""
        if self._unpacked is None:
            self._unpacked = Path(tempfile.mkdtemp(dir=unpacking_folder(), prefix="web-"))
            weakref.finalize(self, shutil.rmtree, self._unpacked, ignore_errors=True)
        return self._unpacked


def recognises(path: Path) -> bool:
    """An archive, or a folder with nothing else in it but indexes."""
    if path.is_file():
        return path.suffix.lower() == ".wacz" or is_warc(path)
    found = False
    for place, (folder, name) in enumerate((f, n) for f, _, names in os.walk(path) for n in names):
        if place >= _LOOKED_AT:
            break
        if not name.lower().endswith(_SUFFIXES):
            return False
        found = found or _is_archive(Path(folder) / name)
    return found


def read_web(root: Path) -> Package:
    """Reads archives of web pages; what is wrong stands in the structure, nothing is raised."""
    archives = Archives()
    findings: list[Finding] = []
    listing: Mapping[bytes, Path] = {os.fsencode(root.name): root}
    if not root.is_file():
        files = list_files(root)
        listing = files.paths()
        findings = [*map(unopened, files.unsafe)]
    for name_bytes, path in listing.items():
        if path == root or _is_archive(path):
            archives.add(path, name_bytes)
    taken = {archive.name_bytes for archive in archives.archives}
    return Package(
        "web",
        root,
        Declaration(),
        archives,
        stray_files=tuple(decode_name(name) for name in listing if name not in taken),
        findings=tuple(findings),
        listing=listing,
        structure=archives.structure,
        whole=archives.whole,
    )


def _is_archive(path: Path) -> bool:
    return path.suffix.lower() == ".wacz" or is_warc(path)


def _item(number: int, archive: Archive, facts: list[WarcFacts]) -> PackageItem:
    """One archive, described by the page its capture began with."""
    size_bytes = archive.path.stat().st_size
    file = PackageFile(archive.path, archive.name_bytes, archive.name, "body", {}, size_bytes)
    pages = _pages(archive, facts)
    uri, captured_at, title = pages[0] if pages else ("", min((f.first_at for f in facts), default=""), "")
    title = (archive.wacz.title if archive.wacz else "") or title or uri or archive.name
    host = urlsplit(uri).hostname if uri.startswith(("http://", "https://")) else ""
    metadata = {"M22": title, "M32": host or "", "M33": captured_at[:10], "M11": captured_at[:4]}
    extra = {
        "门类": "WY",
        "网址": uri,
        "采集时间": captured_at,
        "采集截止": max((f.last_at for f in facts), default=""),
        "发布主机": host or "",
        "采集软件": next((f.software for f in facts if f.software), ""),
        "网页数": str(len(archive.wacz.pages) if archive.wacz else sum(f.page_count for f in facts)),
        "网页": "\n".join(" ".join(filter(None, page)) for page in pages[:_LISTED]),
    }
    return PackageItem(
        number,
        metadata,
        (file,),
        {name: value for name, value in extra.items() if value},
        problems=partial(_problems, archive, facts),
    )


def _problems(archive: Archive, facts: list[WarcFacts]) -> Iterator[Finding]:
    """What ISO 28500 and WACZ say of one archive."""
    if archive.refusal:
        yield archive.refusal
    if archive.wacz:
        yield from archive.wacz.findings
    for path, found in zip(archive.warcs, facts, strict=True):
        within = f"{archive.name} 中的 {path.name}" if archive.wacz else archive.name
        yield from _findings(within, found)


def _pages(archive: Archive, facts: list[WarcFacts]) -> list[tuple[str, str, str]]:
    if archive.wacz and archive.wacz.pages:
        return archive.wacz.pages
    return [(page.uri, page.captured_at, page.title) for found in facts for page in found.captures]


def _findings(name: str, facts: WarcFacts) -> Iterator[Finding]:
    """The faults of one file; of many of one kind the first are told and the others counted."""
    if facts.problem:
        yield structural("WARC 1.1 4", CLAUSE, name, "能够读到末尾", facts.problem, _REMEDY)
    told: Counter[str] = Counter()
    for fault in facts.faults:
        told[fault.key] += 1
        if told[fault.key] <= _TOLD:
            yield structural(
                fault.clause,
                CLAUSE,
                f"{name} 第 {fault.offset} 字节处的记录 {fault.record}".strip(),
                "合乎标准的记录",
                f"{fault.said}：{fault.observed}" if fault.observed else fault.said,
                _REMEDY if fault.is_fatal else "记录仍可读取；如能重新采集，请重新采集。",
                Outcome.FAIL if fault.is_fatal else Outcome.WARN,
            )
    for fault in {fault.key: fault for fault in facts.faults}.values():
        if (more := told[fault.key] - _TOLD) > 0:
            outcome = Outcome.FAIL if fault.is_fatal else Outcome.WARN
            yield structural(
                fault.clause,
                CLAUSE,
                name,
                "合乎标准的记录",
                f"{fault.said}：另有 {more} 条",
                _REMEDY,
                outcome,
            )
