"""``bagit.txt``: exactly two lines, in UTF-8 without a mark (RFC 8493, 2.1.1)."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from lantai.core.findings import Finding

from .rules import VERSIONS, Rules

NAME = "bagit.txt"
_SECTION = "2.1.1"
_LONGEST_BYTES = 4096
_LINE = re.compile(r"(?P<label>[^:]*?)(?P<gap>[ \t]*:[ \t]*)(?P<value>.*?)(?P<tail>[ \t]*)", re.DOTALL)
_LABELS = ("BagIt-Version", "Tag-File-Character-Encoding")
_NOT_FOR_TEXT = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7", "mbcs", "oem"}
)
_REMEDY = "请用 BagIt 工具重新生成 bagit.txt。"


def read_declaration(path: Path) -> tuple[Rules, list[Finding]]:
    """What the bag declares, and what is wrong with the declaration. Unreadable ones are held to 1.0."""
    rules = Rules()
    with path.open("rb") as stream:
        data = stream.read(_LONGEST_BYTES)
    findings: list[Finding] = []
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        findings.append(rules.fail(_SECTION, NAME, "没有字节顺序标记（BOM）", "开头有 BOM", _REMEDY))
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return rules, [*findings, rules.fail(_SECTION, NAME, "UTF-8 编码", "不是 UTF-8", _REMEDY)]
    lines = re.split(r"\r\n|\r|\n", text)
    matches = [match for line in lines[:2] if (match := _LINE.fullmatch(line))]
    if [match["label"].lower() for match in matches] != [label.lower() for label in _LABELS]:
        expected = "两行，依次为“BagIt-Version: M.N”和“Tag-File-Character-Encoding: 编码”"
        return rules, [*findings, rules.fail(_SECTION, NAME, expected, text[:120], _REMEDY)]
    rules, problems = _read_values(*matches)
    if lines[2:] not in ([], [""]):
        problems.append(rules.strict(_SECTION, NAME, "只有两行", "还有多余的行", _REMEDY))
    return rules, [*findings, *problems]


def _read_values(version_line: re.Match[str], encoding_line: re.Match[str]) -> tuple[Rules, list[Finding]]:
    rules = Rules()
    findings: list[Finding] = []
    digits = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})", version_line["value"])
    version = (int(digits[1]), int(digits[2])) if digits else None
    if version in VERSIONS and version is not None:
        rules = Rules(version)
    else:
        observed = version_line["value"][:40] or "没有写"
        findings.append(rules.fail(_SECTION, NAME, "BagIt 版本 0.93 至 0.97 或 1.0", observed, _REMEDY))
    both = (version_line, encoding_line)
    if any(line["gap"] != ": " or line["tail"] for line in both):
        expected = "冒号前没有空白，冒号后一个空格，行末没有空白"
        findings.append(rules.strict(_SECTION, NAME, expected, "空白多余或缺少", _REMEDY))
    if tuple(line["label"] for line in both) != _LABELS:
        observed = "、".join(line["label"] for line in both)
        findings.append(rules.warn(_SECTION, NAME, "标签大小写与标准一致", observed, _REMEDY))
    codec = _codec(encoding_line["value"])
    if codec is None:
        observed = encoding_line["value"][:40] or "没有写"
        findings.append(rules.fail(_SECTION, NAME, "可以识别的字符编码，宜为 UTF-8", observed, _REMEDY))
    return Rules(rules.version, codec or "utf-8"), findings


def _codec(name: str) -> str | None:
    """The codec of a character set that text is written in, or ``None``."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in _NOT_FOR_TEXT else None
