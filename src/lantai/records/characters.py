"""Characters (用字): rare ones are kept, private-use ones mapped or flagged, broken ones flagged.

Characters outside the basic plane (𠮷) and in the extensions (㛃) are ordinary text here. A
private-use character means something only in the font it was typed with: the table
``data/pua.toml`` turns those with a standard character of their own into it; every other is
kept as it came and the record is flagged, so that an archivist can look at the original.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lantai.core.language import gettext as _
from lantai.core.language import gettext_noop

from .tables import read_table, table_version

_SUSPECT = re.compile(
    "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffd\ufffe\uffff\ud800-\udfff]"
)

PERSONAL_DATA = "personal_data"
"""Flag of a record that holds personal data: it is not opened while it stands."""

FLAG_TEXTS = {
    "private_use": gettext_noop("含自定义区字符，请对照原件确认用字"),
    "unreadable": gettext_noop("含无法识别的字符，来源系统可能有乱码"),
    "control": gettext_noop("含控制字符，已去除"),
    "date": gettext_noop("日期无法识别，原文已保留"),
}


def clean_text(text: str) -> tuple[str, list[str]]:
    """Text fit to be stored, and what was remarkable about it.

    Returns:
        the text with private-use characters mapped where the table knows them, control
        characters (which XML 1.0 and PostgreSQL cannot hold) taken out and lone surrogates
        replaced by U+FFFD; and remarks such as ``private_use:U+E000``.
    """
    if not _SUSPECT.search(text):
        return text, []
    mapping = _mapping(*table_version("pua"))
    remarks: list[str] = []

    def replace(match: re.Match[str]) -> str:
        char = match[0]
        if char in mapping:
            return mapping[char]
        kind, kept = _judge(char)
        remark = f"{kind}:U+{ord(char):04X}"
        if remark not in remarks:
            remarks.append(remark)
        return kept

    return _SUSPECT.sub(replace, text), remarks


def _judge(char: str) -> tuple[str, str]:
    """The kind of a suspect character, and what is stored in its place."""
    code = ord(char)
    if 0xE000 <= code <= 0xF8FF or code >= 0xF0000:
        return "private_use", char
    if code == 0xFFFD or 0xD800 <= code <= 0xDFFF or code in {0xFFFE, 0xFFFF}:
        return "unreadable", "\ufffd"
    return "control", ""


def clean_value(value: Any) -> tuple[Any, list[str]]:
    """:func:`clean_text` for a metadata value: text, or lists and objects of it."""
    if isinstance(value, str):
        return clean_text(value)
    remarks: list[str] = []
    if isinstance(value, dict):
        cleaned = {}
        for key, item in value.items():
            cleaned[key], found = clean_value(item)
            remarks += found
        return cleaned, remarks
    if isinstance(value, list | tuple):
        items = [clean_value(item) for item in value]
        return [item for item, _found in items], [remark for _item, found in items for remark in found]
    return value, []


def describe_flag(flag: str) -> str:
    """A flag of a record in words: ``title:private_use:U+E000``."""
    if flag == PERSONAL_DATA:
        return _("含个人信息，不得开放")
    place, _colon, rest = flag.partition(":")
    kind, _colon, detail = rest.partition(":")
    if kind not in FLAG_TEXTS:
        return flag
    names = {
        "title": _("题名"),
        "responsible": _("责任者"),
        "document_number": _("文号"),
        "date_text": _("日期"),
    }
    told = _("%(place)s%(remark)s") % {"place": names.get(place, place), "remark": _(FLAG_TEXTS[kind])}
    return f"{told}（{detail}）" if detail else told


@lru_cache(maxsize=4)
def _mapping(*_version: object) -> dict[str, str]:
    return {chr(int(old, 16)): chr(int(new, 16)) for old, new in read_table("pua")["characters"].items()}
