"""Manifests of payload and tag files: ``checksum filepath`` a line (RFC 8493, 2.1.3 and 2.2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.findings import Finding

from ..digesting import hash_of, length_of
from .contents import PAYLOAD, Files
from .rules import Rules
from .tagfiles import read_lines

PAYLOAD_SECTION, TAG_SECTION, COMPLETE = "2.1.3", "2.2.1", "3"
_NAME = re.compile(r"(?P<tag>tag)?manifest-(?P<algorithm>[^/]+)\.txt", re.IGNORECASE)
_LINE = re.compile(r"(?P<escaped>\\?)(?P<digest>[^ \t]+)[ \t]+(?P<path>[^ \t].*)", re.DOTALL)
_ENCODED = re.compile(r"%(0A|0D|25)", re.IGNORECASE)
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".spotlight-v100", ".trashes"})
_MOST_PENDING = 10_000
_REMEDY = "请用 BagIt 工具重新生成清单。"


@dataclass(slots=True)
class Manifest:
    """A manifest as read.

    Attributes:
        name: its file name.
        algorithm: normalised name of its algorithm.
        of_tags: it lists tag files, not the payload.
        digests: by the name of each file that is there.
        forgiven: files of operating systems that it lists and that are gone.
    """

    name: str
    algorithm: str
    of_tags: bool
    digests: dict[str, bytes] = field(default_factory=dict)
    forgiven: set[str] = field(default_factory=set)

    @property
    def section(self) -> str:
        """Where the standard speaks of such manifests."""
        return TAG_SECTION if self.of_tags else PAYLOAD_SECTION


def manifest_of(name: str) -> Manifest | None:
    """A manifest still to be read, told by its name."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    algorithm = re.sub(r"[^a-z0-9]", "", match["algorithm"].lower())
    return Manifest(name, algorithm, bool(match["tag"])) if algorithm else None


def escapes(path: str) -> bool:
    """Whether a path leads, or might lead on some system, out of the folder it is relative to."""
    parts = re.split(r"[/\\]", path)
    return ".." in parts or path.startswith(("/", "\\", "~", "%")) or re.match(r"[A-Za-z]:", path) is not None


class ManifestReader:
    """Reads one manifest against the files that are there.

    Args:
        manifest: is filled in.
        files: what the manifest is about; a list of tags may wrongly name payload files as well.
        to_fetch: payload files that ``fetch.txt`` lists and nobody has fetched.
    """

    def __init__(
        self, manifest: Manifest, files: Files, payload: Files, rules: Rules, to_fetch: frozenset[str]
    ) -> None:
        self._manifest = manifest
        self._files = files
        self._payload = payload
        self._rules = rules
        self._to_fetch = to_fetch
        self._absent: list[tuple[str, str, bytes]] = []

    def read(self, path: Path) -> Iterator[Finding]:
        """Fills in the digests; yields what is wrong."""
        manifest, rules = self._manifest, self._rules
        if manifest_name(manifest) != manifest.name:
            expected = f"文件名为 {manifest_name(manifest)}"
            yield rules.strict(manifest.section, manifest.name, expected, manifest.name, "请改名。")
        if hash_of(manifest.algorithm) is None:
            observed = f"不认识算法“{manifest.algorithm}”，无法核对"
            remedy = "请另附 sha512 清单，或由人工核对。"
            yield rules.undecided("2.4", manifest.name, "可以核对的算法", observed, remedy)
            return
        digits = length_of(manifest.algorithm)
        findings: list[Finding] = []
        for number, line in read_lines(path, manifest.name, rules, findings):
            yield from self._line(f"{manifest.name} 第{number}行", line, digits)
        yield from findings
        yield from self._judge_absent()

    def _line(self, place: str, line: str, digits: int) -> Iterator[Finding]:
        manifest, rules = self._manifest, self._rules
        match = _LINE.fullmatch(line)
        if match is None or not re.fullmatch(rf"[0-9A-Fa-f]{{{digits}}}", match["digest"]):
            if not line.strip():
                yield rules.warn(manifest.section, place, "没有空行", "空行", "请删除空行。")
            elif line.startswith("#"):
                yield rules.strict(manifest.section, place, "没有注释", line[:80], "请删除该行。")
            else:
                expected = f"“{manifest.algorithm} 摘要（{digits} 位十六进制）+ 空白 + 路径”"
                yield rules.fail(manifest.section, place, expected, line[:160], _REMEDY)
            return
        path, digest = match["path"], bytes.fromhex(match["digest"])
        if match["escaped"]:
            path = path.replace("\\\\", "\\")
            yield rules.warn(
                manifest.section, place, "严格的清单格式", "行首有反斜线（md5sum 的写法）", _REMEDY
            )
        yield from self._entry(place, path, digest)

    def _entry(self, place: str, path: str, digest: bytes) -> Iterator[Finding]:
        manifest, rules = self._manifest, self._rules
        plain = _plain(path)
        if escapes(plain):
            remedy = "请删除该行；包外的文件从不读取。"
            yield rules.fail("5.1", place, "包内的路径", path[:160], remedy)
            return
        in_payload = plain.startswith(f"{PAYLOAD}/")
        if not manifest.of_tags and not in_payload:
            yield rules.fail(manifest.section, place, f"路径以 {PAYLOAD}/ 开头", path[:160], _REMEDY)
            return
        if manifest.of_tags and in_payload:
            yield rules.strict(manifest.section, place, "标签清单不列载荷文件", path[:160], _REMEDY)
        elif manifest.of_tags and (listed := manifest_of(plain)) and listed.of_tags:
            yield rules.strict(manifest.section, place, "标签清单不列标签清单", path[:160], _REMEDY)
        files = self._payload if in_payload else self._files
        name, quirk = resolve(path, files, rules)
        if name is None:
            if len(self._absent) < _MOST_PENDING:
                self._absent.append((place, plain, digest))
            else:
                yield self._missing(place, plain)
            return
        if quirk:
            yield quirk.told(rules, manifest.section, place, path)
        yield from self._take(place, name, digest)

    def _take(self, place: str, name: str, digest: bytes) -> Iterator[Finding]:
        manifest, rules = self._manifest, self._rules
        known = manifest.digests.setdefault(name, digest)
        if known is digest:
            return
        if known != digest:
            yield rules.fail(manifest.section, place, "一个文件一个摘要", f"{name} 另有不同的摘要", _REMEDY)
        else:
            yield rules.strict(manifest.section, place, "一个文件只列一次", f"{name} 重复列出", _REMEDY)

    def _judge_absent(self) -> Iterator[Finding]:
        manifest, rules = self._manifest, self._rules
        for place, path, digest in self._absent:
            files = self._payload if path.startswith(f"{PAYLOAD}/") else self._files
            twin = files.alike_in_any_case(path)
            if twin and not rules.is_final and manifest.digests.get(twin) == digest:
                expected = "同一文件只列一次"
                yield rules.warn(manifest.section, place, expected, f"与 {twin} 只差大小写", _REMEDY)
            elif not rules.is_final and path.rpartition("/")[2].lower() in _SYSTEM_FILES:
                manifest.forgiven.add(path)
                expected = "清单不列操作系统自己的文件"
                yield rules.warn(manifest.section, place, expected, f"没有 {path}", _REMEDY)
            else:
                yield from () if path in self._to_fetch else (self._missing(place, path),)

    def _missing(self, place: str, path: str) -> Finding:
        remedy = "请与移交方核对，补齐该文件后重新传送。"
        return self._rules.fail(COMPLETE, place, f"有文件 {path[:300]}", "没有", remedy)


@dataclass(frozen=True, slots=True)
class Quirk:
    """An unusual way to write a path, and whether 1.0 forbids it."""

    expected: str
    observed: str
    forbidden: bool = False

    def told(self, rules: Rules, section: str, place: str, path: str) -> Finding:
        """The finding about it."""
        tell = rules.strict if self.forbidden else rules.warn
        return tell(section, place, self.expected, f"{self.observed}：{path[:160]}", _REMEDY)


_MADE_BY_MD5SUM = Quirk("路径前没有星号", "md5sum 一类工具的写法，严格校验不会通过")
_RELATIVE = Quirk("路径前没有“./”", "多余的“./”")
_OTHER_FORM = Quirk("文件名与清单逐字相同", "只差 Unicode 规范化形式或编码")
_TRAILING = Quirk("路径后没有空白", "行末有空白")
_RAW_PERCENT = Quirk("“%”写作 %25", "“%”没有编码", forbidden=True)


def manifest_name(manifest: Manifest) -> str:
    """The name its algorithm asks for."""
    return f"{'tag' if manifest.of_tags else ''}manifest-{manifest.algorithm}.txt"


def resolve(path: str, files: Files, rules: Rules) -> tuple[str | None, Quirk | None]:
    """The file that a path in a manifest means, and what is unusual about how it is written."""
    for written, quirk in _readings(path, rules):
        if written in files:
            return written, quirk
    alike = files.alike(_decoded(_plain(path), rules))
    return alike, _OTHER_FORM if alike else None


def _plain(path: str) -> str:
    """A path without what md5sum and find put before it."""
    path = path.removeprefix("*")
    while path.startswith("./"):
        path = path[2:]
    return path


def _decoded(path: str, rules: Rules) -> str:
    """LF, CR and, since 1.0, the percent sign stand encoded; nothing else does."""

    def character(match: re.Match[str]) -> str:
        code = match[1].upper()
        return match[0] if code == "25" and not rules.is_final else chr(int(code, 16))

    return _ENCODED.sub(character, path)


def _readings(path: str, rules: Rules) -> Iterator[tuple[str, Quirk | None]]:
    """The names a written path may mean, the usual one first."""
    if not rules.is_final:
        yield path, None
    raw_percent = rules.is_final and "%" in _ENCODED.sub("", path)
    yield _decoded(path, rules), _RAW_PERCENT if raw_percent else None
    plain = _plain(path)
    if plain != path:
        quirk = _MADE_BY_MD5SUM if path.startswith("*") else _RELATIVE
        yield _decoded(plain, rules), quirk
        if not rules.is_final:
            yield plain, quirk
    if not rules.is_final and plain != plain.rstrip():
        yield _decoded(plain.rstrip(), rules), _TRAILING
