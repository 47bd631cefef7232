"""A bag held to its standard: complete, then valid (RFC 8493, 3). Nothing it names is ever fetched."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from lantai.core.findings import Finding
from lantai.core.system_errors import words_of
from lantai.formats.api import decode_name

from ..digesting import digest_files, hash_of
from ..problems import NOT_OPENED, capped
from .contents import PAYLOAD, list_contents
from .declaration import NAME as DECLARATION
from .declaration import read_declaration
from .manifests import COMPLETE, Manifest, ManifestReader, escapes, manifest_of, resolve
from .rules import Rules
from .tagfiles import check_info, read_info, read_lines

_FETCH = re.compile(r"(?P<url>[^ \t]+)[ \t]+(?P<length>[^ \t]+)[ \t]+(?P<path>[^ \t].*)", re.DOTALL)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^ \t]+")
_MOST_TO_FETCH = 1_000_000


class Bag:
    """A bag as it lies in a folder; made without reading any payload.

    Attributes:
        info: labels and values of ``bag-info.txt``, in order.
        payload: size in bytes of each payload file by name.
        rules: what the bag is held to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rules = Rules()
        self.info: list[tuple[str, str]] = []
        self._contents = list_contents(root)
        self._manifests: list[Manifest] = []
        self._to_fetch: frozenset[str] = frozenset()
        self._findings = list(capped(self._complete()))

    @property
    def payload(self) -> Mapping[str, int]:
        """Size in bytes of each payload file by its name in the bag."""
        return self._contents.payload.sizes

    def digests_of(self, name: str) -> dict[str, str]:
        """What the payload manifests say of a file, in hex by algorithm."""
        return {
            manifest.algorithm: manifest.digests[name].hex()
            for manifest in self._manifests
            if not manifest.of_tags and name in manifest.digests
        }

    def algorithms(self, *, of_tags: bool = False) -> list[str]:
        """Known algorithms of its manifests."""
        names = (found.algorithm for found in self._manifests if found.of_tags is of_tags)
        return [name for name in dict.fromkeys(names) if hash_of(name)]

    def structure(self) -> Iterator[Finding]:
        """Whether the bag is complete and its tag files are as listed."""
        yield from self._findings
        listed = {name for found in self._manifests if found.of_tags for name in found.digests}
        sizes = {**self._contents.tags.sizes, **self._contents.payload.sizes} if listed else {}
        files = ((name, self.root / name, sizes[name]) for name in sorted(listed))
        yield from self._verify(files, of_tags=True)

    def fixity(self, skip: Container[Path] = ()) -> Iterator[Finding]:
        """Whether every payload file has the digests its manifests give; each is read once."""
        listed = (
            (name, path, size)
            for name, size in self._contents.payload.sizes.items()
            if any(name in found.digests for found in self._manifests if not found.of_tags)
            and (path := self.root / name) not in skip
        )
        yield from capped(self._verify(listed, of_tags=False))

    def _verify(self, files: Iterator[tuple[str, Path, int]], *, of_tags: bool) -> Iterator[Finding]:
        manifests = [found for found in self._manifests if found.of_tags is of_tags]
        for name, computed in digest_files(files, self.algorithms(of_tags=of_tags)):
            if isinstance(computed, OSError):
                observed = words_of(computed)
                yield self.rules.fail(COMPLETE, _shown(name), "能够读出", observed, "请检查介质后重新传送。")
                continue
            for found in manifests:
                expected = found.digests.get(name)
                actual = computed.get(found.algorithm)
                if expected is not None and actual is not None and expected.hex() != actual:
                    yield self._differs(name, found, expected.hex(), actual)

    def _differs(self, name: str, manifest: Manifest, expected: str, actual: str) -> Finding:
        written = f"{manifest.algorithm} {expected}（{manifest.name}）"
        remedy = "文件在装包之后变过：请从原处重新取出该文件，或由移交方重新装包。"
        return self.rules.fail(COMPLETE, _shown(name), written, f"{manifest.algorithm} {actual}", remedy)

    def _complete(self) -> Iterator[Finding]:
        """Everything but digests, in the order of the standard."""
        tags = self._contents.tags
        if DECLARATION in tags:
            self.rules, findings = read_declaration(self.root / DECLARATION)
            yield from findings
        else:
            remedy = "请用 BagIt 工具重新装包。"
            yield self.rules.fail("2.1.1", DECLARATION, "有 bagit.txt", "没有", remedy)
        for name in self._contents.unsafe:
            remedy = "请用文件本身替换链接后重新装包。"
            yield self.rules.fail("5.1", _shown(name), "普通文件", NOT_OPENED, remedy)
        if not self._contents.has_payload_folder:
            yield self.rules.fail("2.1.2", f"{PAYLOAD}/", "有载荷文件夹 data", "没有", "请重新装包。")
        yield from self._read_fetch()
        yield from self._read_manifests()
        yield from self._check_coverage()
        yield from self._read_info()
        for first, second in self._contents.payload.beside_each_other():
            expected = "文件名不只差大小写或规范化形式"
            remedy = "请改名：在别的系统上其中一个会丢失。"
            yield self.rules.warn("6.1.1.3", _shown(second), expected, f"另有 {_shown(first)}", remedy)

    def _read_manifests(self) -> Iterator[Finding]:
        contents = self._contents
        found = [manifest for name in contents.tags.sizes if (manifest := manifest_of(name))]
        self._manifests = sorted(found, key=lambda manifest: (manifest.of_tags, manifest.name))
        if all(manifest.of_tags for manifest in found):
            expected, remedy = "至少有一份 manifest-算法.txt", "请用 BagIt 工具重新装包。"
            yield self.rules.fail("2.1.3", "载荷清单", expected, "没有", remedy)
        for manifest in self._manifests:
            files = contents.tags if manifest.of_tags else contents.payload
            reader = ManifestReader(manifest, files, contents.payload, self.rules, self._to_fetch)
            yield from reader.read(self.root / manifest.name)

    def _check_coverage(self) -> Iterator[Finding]:
        """1.0: every payload file in every payload manifest; drafts: in at least one (3, item 4)."""
        lists = [found for found in self._manifests if not found.of_tags and hash_of(found.algorithm)]
        remedy = "请核对该文件是否属于本包：属于则补入清单，不属于则移出。"
        for name in self._contents.payload.sizes if lists else ():
            lacking = [found.name for found in lists if name not in found.digests]
            if lacking and (self.rules.is_final or len(lacking) == len(lists)):
                observed = f"没有列入 {'、'.join(lacking)}"
                yield self.rules.fail(COMPLETE, _shown(name), "列入载荷清单", observed, remedy)
        payload_lists = [found.name for found in self._manifests if not found.of_tags]
        for found in self._manifests:
            absent = [name for name in payload_lists if name not in found.digests]
            if found.of_tags and absent and hash_of(found.algorithm):
                expected = "列有每一份载荷清单"
                observed = f"没有 {'、'.join(absent)}"
                yield self.rules.strict("2.2.1", found.name, expected, observed, "请重新生成标签清单。")

    def _read_info(self) -> Iterator[Finding]:
        for name in dict.fromkeys((self.rules.info_name, "bag-info.txt")):
            if name in self._contents.tags:
                self.info, findings = read_info(self.root / name, name, self.rules)
                yield from findings
                sizes = self.payload.values()
                forgiven = len({gone for found in self._manifests for gone in found.forgiven})
                yield from check_info(self.info, name, self.rules, sum(sizes), len(sizes), forgiven)
                return

    def _read_fetch(self) -> Iterator[Finding]:
        """``fetch.txt``: what it lists must have come by now, because nothing is fetched here."""
        name = "fetch.txt"
        if name not in self._contents.tags:
            return
        findings: list[Finding] = []
        to_fetch: set[str] = set()
        for number, line in read_lines(self.root / name, name, self.rules, findings):
            place = f"{name} 第{number}行"
            if not line.strip():
                yield self.rules.warn("2.2.3", place, "没有空行", "空行", "请删除空行。")
                continue
            match = _FETCH.fullmatch(line)
            if match is None or not (match["length"].isdecimal() or match["length"] == "-"):
                expected = "“网址 长度 路径”"
                yield self.rules.fail("2.2.3", place, expected, line[:160], "请改正该行。")
                continue
            yield from self._fetch_entry(place, match, to_fetch)
            if len(to_fetch) > _MOST_TO_FETCH:
                yield self.rules.fail("2.2.3", name, f"不超过 {_MOST_TO_FETCH} 行", "更多", "请分包。")
                break
        yield from findings
        self._to_fetch = frozenset(to_fetch)

    def _fetch_entry(self, place: str, match: re.Match[str], to_fetch: set[str]) -> Iterator[Finding]:
        path, rules = match["path"].removeprefix("./"), self.rules
        if escapes(path) or not path.startswith(f"{PAYLOAD}/"):
            section = "5.1" if escapes(path) else "2.2.3"
            yield rules.fail(section, place, f"路径以 {PAYLOAD}/ 开头", path[:160], "请删除该行。")
            return
        if not _ABSOLUTE.fullmatch(match["url"]):
            yield rules.fail("2.2.3", place, "完整的网址", match["url"][:160], "请改正网址。")
        found, _quirk = resolve(path, self._contents.payload, rules)
        if found is None:
            to_fetch.add(path)
            remedy = "请移交方把该文件放入包内再传送；本平台从不下载。"
            yield rules.fail(COMPLETE, place, f"有文件 {path[:300]}", "没有，只写明了下载地址", remedy)
        elif match["length"] != "-" and int(match["length"][:20]) != self.payload[found]:
            observed = f"{self.payload[found]} 字节"
            expected = f"{match['length'][:20]} 字节"
            yield rules.warn("2.2.3", place, expected, observed, "请核对该文件与 fetch.txt。")


def _shown(name: str) -> str:
    """A name for people to read."""
    return decode_name(name.encode("utf-8", "surrogateescape"))
