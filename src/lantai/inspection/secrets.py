"""State secrets at the door: what an item says of itself, and what stands on its first page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lantai.core.errors import Invalid
from lantai.packages.api import PackageItem
from lantai.records.api import is_classified, parse_classification

from .report import FileFacts

_MARK = re.compile(r"(?:绝\s?密|机\s?密|秘\s?密)\s?[★☆]")


def declared_secrets(item: PackageItem, copies: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """Classifications of 秘密 and above that the description gives; known before a file is opened."""
    found = []
    for metadata in copies:
        level = metadata.get("M38", "").strip()
        if level and _is_secret(level):
            found.append(f"目录“密级”为“{level}”")
    if _MARK.search(item.title):
        found.append("题名带有国家秘密标志")
    return tuple(dict.fromkeys(found))


def marked_secrets(files: Iterable[FileFacts]) -> tuple[str, ...]:
    """Marks seen on first pages."""
    return tuple(
        f"{facts.file.name} 首页标有“{mark}”"
        for facts in files
        for examination in facts.examinations
        for mark in examination.characteristics.marks
    )


def _is_secret(text: str) -> bool:
    try:
        level, _ = parse_classification(text)
    except Invalid:
        return any(word in text for word in ("秘密", "机密", "绝密"))
    return is_classified(level)
