"""Text tag files: lines in the declared character set, and the metadata of a bag (RFC 8493, 2.2.2, 2.3)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from lantai.core.findings import Finding

from .rules import Rules

LONGEST_LINE = 1 << 16
"""Characters of a line; the standard sets no limit, memory does."""
_MOST_ELEMENTS = 10_000
_FORMAT, _INFO = "2.3", "2.2.2"
_OXUM = re.compile(r"([0-9]{1,20})\.([0-9]{1,20})")
_COUNT = re.compile(r"([0-9]+) of ([0-9]+|\?)")
_ONCE = ("bagging-date", "bag-size", "bag-group-identifier", "bag-count")


def read_lines(path: Path, name: str, rules: Rules, findings: list[Finding]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without their ends (LF, CR or CRLF); what is wrong goes to ``findings``."""
    with path.open("rb") as raw:
        marked = raw.read(3) == codecs.BOM_UTF8
    encoding = rules.encoding
    if encoding == "utf-8" and marked:
        encoding = "utf-8-sig"
        observed, remedy = "开头有 BOM", "请另存为无 BOM 的 UTF-8，并更新标签清单中的摘要。"
        findings.append(rules.strict(_FORMAT, name, "没有字节顺序标记（BOM）", observed, remedy))
    with path.open(encoding=encoding, newline=None) as stream:
        number = 0
        try:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and not line.endswith("\n"):
                    findings.append(
                        rules.fail(
                            _FORMAT,
                            f"{name} 第{number}行",
                            f"不超过 {LONGEST_LINE} 个字符",
                            "更长",
                            "请检查该行。",
                        )
                    )
                    return
                yield number, line.removesuffix("\n")
        except UnicodeError:
            remedy = "请以所声明的编码重新保存该文件，或改正 bagit.txt 中的编码。"
            findings.append(rules.fail(_FORMAT, name, f"{rules.encoding} 编码", "有无法解码的字节", remedy))


def read_info(path: Path, name: str, rules: Rules) -> tuple[list[tuple[str, str]], list[Finding]]:
    """Labels and values of ``bag-info.txt`` in order, and what is wrong with its lines."""
    findings: list[Finding] = []
    elements: list[tuple[str, str]] = []
    for number, line in read_lines(path, name, rules, findings):
        place = f"{name} 第{number}行"
        if not line.strip():
            findings.append(rules.warn(_INFO, place, "没有空行", "空行", "请删除空行。"))
        elif line[0] in " \t" and elements:
            label, value = elements[-1]
            if len(value) < LONGEST_LINE:
                elements[-1] = (label, f"{value} {line.strip()}")
        elif ":" not in line or line[0] in " \t":
            expected = "“标签: 值”"
            findings.append(rules.fail(_INFO, place, expected, line[:80], "请改为“标签: 值”一行。"))
        else:
            label, _, value = line.partition(":")
            if rules.is_final and (label != label.strip() or (value.strip() and value[0] not in " \t")):
                expected = "标签两端没有空白，冒号后有一个空白"
                findings.append(rules.fail(_INFO, place, expected, line[:80], "请改为“标签: 值”。"))
            elements.append((label.strip(), value.strip()))
        if len(elements) > _MOST_ELEMENTS:
            findings.append(rules.fail(_INFO, name, f"不超过 {_MOST_ELEMENTS} 项", "更多", "请删减。"))
            break
    return elements, findings


def check_info(
    elements: list[tuple[str, str]], name: str, rules: Rules, size_bytes: int, files: int, forgiven: int
) -> Iterator[Finding]:
    """Payload-Oxum against the payload, and what reserved elements should be.

    Args:
        elements: labels and values.
        name: of the tag file.
        rules: what the bag is held to.
        size_bytes: of all payload files.
        files: number of payload files.
        forgiven: files of operating systems that were counted and have gone since.
    """
    values: dict[str, list[str]] = {}
    for label, value in elements:
        values.setdefault(label.lower(), []).append(value)
    oxums = values.get("payload-oxum", [])
    if len(oxums) > 1:
        yield rules.strict(_INFO, name, "Payload-Oxum 至多一项", f"{len(oxums)} 项", "请只保留一项。")
    for oxum in dict.fromkeys(oxums):
        counted = _OXUM.fullmatch(oxum)
        actual = f"{size_bytes}.{files}"
        if counted is None:
            remedy = "请改为“字节数.文件数”。"
            yield rules.fail(_INFO, f"{name} Payload-Oxum", actual, oxum[:60], remedy)
        elif (int(counted[1]), int(counted[2])) != (size_bytes, files):
            remedy = "载荷有缺失或多余，请与移交方核对后重新传送。"
            explained = forgiven and int(counted[2]) == files + forgiven and int(counted[1]) >= size_bytes
            tell = rules.warn if explained else rules.fail
            yield tell(_INFO, f"{name} Payload-Oxum", oxum, f"载荷实为 {actual}", remedy)
    for count in values.get("bag-count", []):
        numbers = _COUNT.fullmatch(count)
        if numbers is None or (numbers[2] != "?" and int(numbers[1]) > int(numbers[2])):
            yield rules.warn(_INFO, f"{name} Bag-Count", "“N of T”", count[:60], "请改为如“1 of 3”。")
    for label in _ONCE:
        if len(values.get(label, [])) > 1:
            yield rules.warn(
                _INFO, f"{name} {label}", "不宜重复", f"{len(values[label])} 项", "请只保留一项。"
            )
