"""说明文件: lines of ``name：value`` in UTF-8 or GB18030 (DA/T 93-2022 appendix B)."""

from __future__ import annotations

import re
from pathlib import Path

from lantai.core.findings import Finding
from lantai.formats.api import decode_text

from .columns import declaration_fields, fold
from .package import Declaration
from .problems import DOCUMENTS, READABLE, failure

_LINE = re.compile(r"^\s*([^:：=＝]{1,40}?)\s*[:：=＝]\s*(.*?)\s*$")
_MAX_BYTES = 1 << 20
_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sm3", 128: "sha512"}
_DIGEST = re.compile(
    r"^(?:(sm3|sha-?256|sha-?512|sha-?1|md5)\s*[:：=]\s*)?([0-9a-f]{32,128})$", re.IGNORECASE
)


def read_declaration(path: Path) -> tuple[Declaration, list[Finding]]:
    """The declaration in a file, and what is wrong with it."""
    with path.open("rb") as stream:
        data = stream.read(_MAX_BYTES)
    try:
        text = decode_text(data)
    except UnicodeDecodeError:
        remedy = "请用记事本另存为 UTF-8 编码的文本文件后重新打包。"
        finding = failure(READABLE, path.name, "UTF-8 或 GB18030 编码的文本", "编码无法识别", remedy)
        return Declaration(), [finding]
    values = {
        match.group(1): match.group(2) for match in map(_LINE.match, text.splitlines()) if match is not None
    }
    return _declaration(values, path.name)


def parse_digest(text: str) -> tuple[str, str] | None:
    """Algorithm and hex of a digest such as ``sm3:2c0f…``; 64 digits alone are SM3."""
    match = _DIGEST.match(text.strip())
    if match is None:
        return None
    digits = match.group(2).lower()
    algorithm = (match.group(1) or _ALGORITHMS.get(len(digits), "")).lower().replace("-", "")
    return (algorithm, digits) if algorithm else None


def _declaration(values: dict[str, str], subject: str) -> tuple[Declaration, list[Finding]]:
    fields: dict[str, str] = {}
    for name, value in values.items():
        field = declaration_fields().get(fold(name))
        if field and value:
            fields.setdefault(field, value)
    findings: list[Finding] = []
    numbers = {
        field: _number(fields.get(field, ""), field, subject, findings)
        for field in ("items", "bytes", "year")
    }
    digest = parse_digest(fields.get("digest", ""))
    if fields.get("digest") and digest is None:
        expected = "算法名:十六进制值，如 sm3:66c7f0…"
        remedy = "请写明算法并重新计算信息包摘要。"
        findings.append(failure(DOCUMENTS, f"{subject} 信息包摘要", expected, fields["digest"], remedy))
    return (
        Declaration(
            agency=fields.get("agency", ""),
            items=numbers["items"],
            bytes=numbers["bytes"],
            fonds=fields.get("fonds", ""),
            category=fields.get("category", ""),
            year=numbers["year"],
            digests=dict([digest]) if digest else {},
            values=values,
        ),
        findings,
    )


def _number(text: str, field: str, subject: str, findings: list[Finding]) -> int | None:
    if not text:
        return None
    match = re.match(r"^([0-9][0-9,，]*)\s*(?:件|字节|年|B|bytes)?$", text)
    if match:
        return int(re.sub(r"[,，]", "", match.group(1)))
    name = {"items": "总件数", "bytes": "总字节数", "year": "年度"}[field]
    findings.append(failure(DOCUMENTS, f"{subject} {name}", "整数", text, f"请把“{name}”改为阿拉伯数字。"))
    return None
