"""WACZ: WARC files in a ZIP with their index, their list of pages and the digests of all (WACZ 1.1.1)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lantai.core.findings import Finding, Outcome
from lantai.formats.api import call_in_pool

from ..listing import list_files
from ..problems import structural

CLAUSE = "WACZ 1.1.1"
MAX_JSON_BYTES = 32 * 2**20
MAX_PAGES = 20_000
_LINE_BYTES = 1 << 20
_CHUNK = 1 << 20
_TIMEOUT_S, _BYTES_PER_S = 60.0, 20 << 20
_REMEDY = "请用采集软件重新导出 WACZ。"
_ALGORITHMS = frozenset({"sha256", "sha512", "sha384", "sha1", "md5"})


@dataclass(slots=True)
class Wacz:
    """An unpacked WACZ.

    Attributes:
        root: where it was unpacked.
        title: as its datapackage says.
        software: what made it.
        pages: address, time and title of its pages, in the order of its list.
        findings: what is wrong with it.
    """

    root: Path
    title: str = ""
    software: str = ""
    pages: list[tuple[str, str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def archives(self) -> list[Path]:
        """Its WARC files."""
        return [path for path in sorted((self.root / "archive").rglob("*")) if path.is_file()]


def read_wacz(root: Path, name: str) -> Wacz:
    """Reads and checks an unpacked WACZ in the pool; the WARC files in it are for the caller to check."""
    size_bytes = sum(entry.size_bytes for entry in list_files(root).files.values())
    allowed_s = _TIMEOUT_S + size_bytes / _BYTES_PER_S
    told = next(call_in_pool(wacz_facts, [root], allowed_s=allowed_s, name=name))
    if problem := told.get("crash") or told.get("error"):
        found = _fail("datapackage.json", f"{name} datapackage.json", "能够读取的 JSON 对象", str(problem))
        return Wacz(root, findings=[found])
    findings = [Finding(**{**plain, "outcome": Outcome(plain["outcome"])}) for plain in told["findings"]]
    return Wacz(root, told["title"], told["software"], [tuple(page) for page in told["pages"]], findings)


def wacz_facts(root: Path, *, name: str) -> dict[str, Any]:
    """What a child of the pool tells of an unpacked WACZ."""
    wacz = _read(root, name)
    findings = [finding.as_dict() for finding in wacz.findings]
    return {"title": wacz.title, "software": wacz.software, "pages": wacz.pages, "findings": findings}


def _read(root: Path, name: str) -> Wacz:
    wacz = Wacz(root)
    wacz.findings += _check_package(wacz, name)
    wacz.findings += _read_pages(wacz, name)
    if not wacz.archives:
        wacz.findings.append(_fail("archive", f"{name} archive/", "至少一个 WARC 文件", "没有"))
    if not any((root / "indexes").glob("*")):
        wacz.findings.append(_warn("indexes", f"{name} indexes/", "有索引", "没有，回放时须重建"))
    return wacz


def _check_package(wacz: Wacz, name: str) -> Iterator[Finding]:
    path = wacz.root / "datapackage.json"
    subject = f"{name} datapackage.json"
    described = _json(path)
    if not isinstance(described, dict):
        yield _fail(
            "datapackage.json", subject, "能够读取的 JSON 对象", "没有" if not path.exists() else "读不出"
        )
        return
    wacz.title, wacz.software = _text(described, "title"), _text(described, "software")
    if described.get("profile") != "data-package":
        yield _warn(
            "datapackage.json", subject, "profile 为 data-package", str(described.get("profile"))[:80]
        )
    if not _text(described, "wacz_version"):
        yield _fail("datapackage.json", subject, "写明 wacz_version", "没有")
    resources = described.get("resources")
    if not isinstance(resources, list):
        yield _fail("datapackage.json", subject, "列出全部文件（resources）", "没有")
        return
    listed: set[str] = set()
    for resource in resources:
        yield from _check_resource(wacz, name, resource if isinstance(resource, dict) else {}, listed)
    yield from _check_unlisted(wacz, name, listed)
    yield from _check_own_digest(wacz, name)


def _check_resource(wacz: Wacz, name: str, resource: dict[str, Any], listed: set[str]) -> Iterator[Finding]:
    place = _text(resource, "path")
    listed.add(place)
    subject = f"{name} {place}"
    path = wacz.root / place
    if not place or place.startswith("/") or ".." in place.split("/") or not path.is_file():
        yield _fail("resources", subject, "包中有所列的文件", "没有")
        return
    older = resource.get("stats")
    stats = older if isinstance(older, dict) else resource
    size_bytes = path.stat().st_size
    if stats.get("bytes") != size_bytes:
        yield _fail("resources", subject, f"{stats.get('bytes')} 字节", f"{size_bytes} 字节")
    algorithm, _, value = _text(stats, "hash").rpartition(":")
    yield from _check_digest(subject, path, algorithm or _text(resource, "hashing") or "sha256", value)


def _check_digest(subject: str, path: Path, algorithm: str, value: str) -> Iterator[Finding]:
    algorithm = algorithm.lower().replace("-", "")
    if algorithm not in _ALGORITHMS:
        yield _fail("hash", subject, "sha256 等通行的摘要算法", algorithm[:40])
        return
    running = hashlib.new(algorithm)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            running.update(chunk)
    if running.hexdigest() != value.lower():
        yield _fail("hash", subject, f"{algorithm}:{value[:128]}", f"{algorithm}:{running.hexdigest()}")


def _check_unlisted(wacz: Wacz, name: str, listed: set[str]) -> Iterator[Finding]:
    own = {"datapackage.json", "datapackage-digest.json"}
    for entry in list_files(wacz.root).files.values():
        if entry.name not in listed and entry.name not in own:
            yield _warn("resources", f"{name} {entry.name}", "列入 datapackage.json", "没有列入，无法比对")


def _check_own_digest(wacz: Wacz, name: str) -> Iterator[Finding]:
    path = wacz.root / "datapackage-digest.json"
    if not path.exists():
        return
    stated = _json(path)
    algorithm, _, value = _text(stated if isinstance(stated, dict) else {}, "hash").rpartition(":")
    subject = f"{name} datapackage.json"
    yield from _check_digest(subject, wacz.root / "datapackage.json", algorithm or "sha256", value)


def _read_pages(wacz: Wacz, name: str) -> Iterator[Finding]:
    path = wacz.root / "pages" / "pages.jsonl"
    subject = f"{name} pages/pages.jsonl"
    if not path.is_file():
        yield _fail("pages", subject, "有网页清单", "没有")
        return
    with path.open("rb") as stream:
        number = 0
        while len(wacz.pages) < MAX_PAGES and (line := stream.readline(_LINE_BYTES)):
            number += 1
            page = _line(line)
            if page is None or (number == 1) != ("format" in page) or (number > 1 and not _is_page(page)):
                wanted = "首行写明 format" if number == 1 else "每行有网址 url 和时间 ts"
                yield _fail("pages", f"{subject} 第{number}行", wanted, repr(line[:60]))
                return
            if number > 1:
                wacz.pages.append((_text(page, "url"), _text(page, "ts"), _text(page, "title")))


def _line(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_page(page: dict[str, Any]) -> bool:
    return bool(_text(page, "url")) and bool(re.match(r"\d{4}-\d\d-\d\d", _text(page, "ts")))


def _json(path: Path) -> object:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key, "")
    return value if isinstance(value, str) else ""


def _fail(rule: str, subject: str, expected: str, observed: str) -> Finding:
    return structural(f"WACZ {rule}", CLAUSE, subject, expected, observed, _REMEDY)


def _warn(rule: str, subject: str, expected: str, observed: str) -> Finding:
    return structural(f"WACZ {rule}", CLAUSE, subject, expected, observed, "", Outcome.WARN)
