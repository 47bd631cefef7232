"""The values an INSERT lists, as MySQL, PostgreSQL, SQL Server, Oracle, Dameng and SQLite write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from . import Row

DEEPEST = 16
"""Calls within calls; what dump programs write has two or three."""
_ESCAPED_TEXT, _LITERAL_TEXT = r"'(?P<text>(?:[^'\\]|''|\\.)*)'", r"'(?P<text>(?:[^']|'')*)'"
_USUAL = {
    literal: re.compile(
        rf"\s*(?:[Nn]?{_LITERAL_TEXT if literal else _ESCAPED_TEXT}|(?P<plain>[^,()'\s;|:]+))\s*(?P<sign>[,)])",
        re.DOTALL,
    )
    for literal in (True, False)
}
"""What nearly every value is: a text or a number, and the sign behind it."""
_TEXT = {
    literal: re.compile(
        rf"\s*(?:(?P<kind>[A-Za-z_]\w*)\s*)?{_LITERAL_TEXT if literal else _ESCAPED_TEXT}", re.DOTALL
    )
    for literal in (True, False)
}
_CALL = re.compile(r"\s*(?P<name>\w+)\s*\(")
_PLAIN = re.compile(r"\s*(?P<plain>[^,()'\s;|:]+)")
_TYPE = re.compile(
    r"\s*(?:::|\bAS\b)\s*(?P<type>[A-Za-z_]\w*)(?:\s+(?!AS\b)[A-Za-z]\w*)*\s*(?:\([^()]*\))?", re.IGNORECASE
)
_JOINED = re.compile(r"\s*\|\|")
_SIGN = re.compile(r"\s*([,)])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "", "b": "", "Z": ""}
_ESCAPED = re.compile(r"\\(.)|''", re.DOTALL)
_DAY_FIRST = re.compile(r"(\d{2})[-/](\d{2})[-/](\d{4})")
_MONTH_FIRST_FORM = re.compile(r"mm[-/]dd[-/]yyyy", re.IGNORECASE)
_DAY_FIRST_FORM = re.compile(r"dd[-/]mm[-/]yyyy", re.IGNORECASE)


def rows_in(statement: str, at: int, *, literal: bool) -> Iterator[Row]:
    """The rows listed from a place of a statement on.

    Args:
        statement: the whole of it.
        at: behind ``VALUES``.
        literal: whether a backslash in a text is one.

    Raises:
        Invalid: they cannot be read.
    """
    usual = _USUAL[literal]
    while (start := statement.find("(", at)) >= 0:
        row: Row = []
        at, sign = start + 1, ","
        while sign == ",":
            if match := usual.match(statement, at):
                text = match["text"]
                row.append(_plain(match["plain"]) if text is None else unescaped(text, literal=literal))
                at, sign = match.end(), match["sign"]
                continue
            found = _value(statement, at, literal, 0)
            end = _SIGN.match(statement, found[1]) if found else None
            if found is None or end is None:
                raise Invalid(
                    _("转储中的一行数据无法读取：%(text)s。") % {"text": statement[start : start + 60]},
                    remedy=_("请检查引号是否成对，或改用 CSV 导出。"),
                )
            row.append(found[0])
            at, sign = end.end(), end[1]
        yield row
        if not statement[at : at + 64].lstrip().startswith(","):
            return


def unescaped(text: str, *, literal: bool = False) -> str:
    """A text as it was before it was written down."""
    if literal:
        return text.replace("''", "'")
    return _ESCAPED.sub(_one, text) if "\\" in text or "''" in text else text


def _one(match: re.Match[str]) -> str:
    return "'" if match[1] is None else _ESCAPES.get(match[1], match[1])


def _plain(text: str) -> str:
    return "" if text.upper() == "NULL" else text


def _value(statement: str, at: int, literal: bool, depth: int) -> tuple[str, int] | None:
    """A value of any form, and the place behind it; ``None`` where there is none."""
    texts: list[str] = []
    while found := _term(statement, at, literal, depth):
        text, at = found
        while match := _TYPE.match(statement, at):
            text, at = _cast(text, match["type"]), match.end()
        texts.append(text)
        match = _JOINED.match(statement, at)
        if match is None:
            return "".join(texts), at
        at = match.end()
    return None


def _term(statement: str, at: int, literal: bool, depth: int) -> tuple[str, int] | None:
    if match := _TEXT[literal].match(statement, at):
        kind = (match["kind"] or "").upper()
        if kind == "E" and literal:
            match = _TEXT[False].match(statement, at) or match
        return unescaped(match["text"], literal=literal and kind != "E"), match.end()
    if match := _CALL.match(statement, at):
        return _called(match["name"].lower(), statement, match.end(), literal, depth + 1)
    if match := _PLAIN.match(statement, at):
        return _plain(match["plain"]), match.end()
    return None


def _called(name: str, statement: str, at: int, literal: bool, depth: int) -> tuple[str, int] | None:
    """What a call stands for: its first argument, but for the few that make something else of it."""
    if depth > DEEPEST:
        return None
    given: list[str] = []
    if match := _SIGN.match(statement, at):
        return ("", match.end()) if match[1] == ")" else None
    while found := _value(statement, at, literal, depth):
        given.append(found[0])
        match = _SIGN.match(statement, found[1])
        if match is None:
            return None
        at = match.end()
        if match[1] == ")":
            return _result(name, given), at
    return None


def _result(name: str, given: list[str]) -> str:
    if name in {"chr", "char", "nchar"} and given[0].isdecimal() and int(given[0]) < 0xD800:
        return chr(int(given[0]))
    if name == "convert" and len(given) > 1:
        return given[1]
    if name.startswith("to_") and len(given) > 1 and (match := _DAY_FIRST.match(given[0])):
        if _DAY_FIRST_FORM.match(given[1]):
            return f"{match[3]}-{match[2]}-{match[1]}"
        if _MONTH_FIRST_FORM.match(given[1]):
            return f"{match[3]}-{match[1]}-{match[2]}"
    return given[0]


def _cast(text: str, kind: str) -> str:
    """A value under its type: SQL Server 2008 writes moments as the bytes it keeps them in."""
    if not re.fullmatch(r"0x[0-9A-Fa-f]{6,16}", text):
        return text
    raw = bytes.fromhex(text[2:]) if len(text) % 2 == 0 else b""
    try:
        match kind.lower(), len(raw):
            case "datetime", 8:
                day = date(1900, 1, 1) + timedelta(days=int.from_bytes(raw[:4], "big", signed=True))
            case "smalldatetime", 4:
                day = date(1900, 1, 1) + timedelta(days=int.from_bytes(raw[:2], "big"))
            case ("date", 3 | 4) | ("datetime2" | "datetimeoffset", 8):
                day = date.fromordinal(int.from_bytes(raw[-3:] if len(raw) != 4 else raw[:3], "little") + 1)
            case _:
                return text
    except (ValueError, OverflowError):
        return text
    return f"{day:%Y%m%d}"
