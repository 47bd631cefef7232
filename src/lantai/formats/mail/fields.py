"""Header fields: unfolding, encoded words (RFC 2047), parameters (RFC 2045, 2231), as found in the wild."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from .letters import decode_letters

MAX_HEADER_BYTES = 4 * 2**20
MAX_FIELDS = 5000
_LONGEST_STRUCTURED_BYTES = 64 * 1024
_WORD = re.compile(
    r"=\?([^?\s]{1,60}?)(?:\*[^?\s]{0,60})?\?([bBqQ])\?((?:[^?=]|=(?!\?[^=])|\?(?!=)){0,4000}+)\?=", re.DOTALL
)
_CUT_WORD = re.compile(r"=\?([^?\s]{1,60}?)(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?]*)\??\Z", re.DOTALL)
_NAME = re.compile(rb"\A([!-9;-~]{1,200})[ \t]*:")
_PARAMETER = re.compile(r"""([^\s=;"]{1,200})\s*=\s*(?:"((?:[^"\\]|\\.)*)(?:"|\Z)|([^;]*))""", re.DOTALL)
_SECTION = re.compile(r"\A(.+?)(?:\*(\d{1,3}))?(\*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Field:
    """One header field: lower-case name and raw value, still folded."""

    name: str
    raw: bytes


@dataclass(slots=True)
class Header:
    """The fields of a message or part in order.

    Attributes:
        fields: as found.
        charset: charset of eight-bit values, where the body names one.
        stray_lines: lines that belong to no field.
        cut: there were more bytes or fields than any honest header has.
    """

    fields: list[Field] = field(default_factory=list)
    charset: str = ""
    stray_lines: int = 0
    cut: bool = False

    def all(self, name: str) -> list[bytes]:
        """The raw values of every field of this name."""
        return [found.raw for found in self.fields if found.name == name]

    def raw(self, name: str) -> bytes | None:
        """The raw value of the first field of this name."""
        return next((found.raw for found in self.fields if found.name == name), None)

    def text(self, name: str) -> str:
        """The value as people read it; empty where there is none."""
        value = self.raw(name)
        return "" if value is None else decode_text(value, self.charset)


def name_of(line: bytes) -> str | None:
    """The field name a line begins with, lower case."""
    match = _NAME.match(line)
    return match.group(1).decode("ascii").lower() if match else None


def unfold(raw: bytes, charset: str = "") -> str:
    """A value on one line, eight-bit bytes decoded, encoded words left alone."""
    text, _ = decode_letters(raw, charset if not charset.lower().startswith(("utf-16", "utf-32")) else "")
    return re.sub(r"\r?\n[ \t]*|\r[ \t]+", " ", text).strip(" \t\r\n\0")


def decode_text(raw: bytes, charset: str = "") -> str:
    """An unstructured value with its encoded words decoded."""
    return decode_words(unfold(raw, charset))


def decode_words(text: str) -> str:
    """Encoded words decoded; a character that was cut between two words is put together again."""
    if "=?" not in text:
        return text
    result: list[str] = []
    pending: tuple[str, bytes] | None = None
    position = 0
    for start, end, charset, data in _words(text):
        between = text[position:start]
        if pending and between.strip():
            result += [decode_letters(pending[1], pending[0])[0], between]
            pending = None
        elif pending and pending[0] != charset:
            result.append(decode_letters(pending[1], pending[0])[0])
            pending = None
        elif pending is None:
            result.append(between)
        pending = (charset, (pending[1] if pending else b"") + data)
        position = end
    if pending:
        result.append(decode_letters(pending[1], pending[0])[0])
    result.append(text[position:])
    return "".join(result)


def _words(text: str) -> Iterator[tuple[int, int, str, bytes]]:
    position = 0
    last = text.rfind("=?")
    while match := _WORD.search(text, position) or (last >= position and _CUT_WORD.match(text, last)):
        charset, encoding, content = match.groups()
        position = match.end()
        data = _from_base64(content) if encoding in "bB" else _from_q(content)
        if data is not None:
            yield match.start(), match.end(), charset.lower(), data


def _from_base64(content: str) -> bytes | None:
    clean = re.sub(r"[^A-Za-z0-9+/]", "", content)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return binascii.a2b_base64(clean + "=" * (-len(clean) % 4))
    except binascii.Error:
        return None


def _from_q(content: str) -> bytes:
    data = content.replace("_", " ").encode("utf-8", "surrogateescape")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda match: bytes([int(match.group(1), 16)]), data)


def parse_parameters(raw: bytes, charset: str = "") -> tuple[str, dict[str, str]]:
    """The value of a structured field and its parameters by lower-case name, RFC 2231 resolved."""
    text = unfold(raw[:_LONGEST_STRUCTURED_BYTES], charset)
    value, _, rest = text.partition(";")
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(_without_comments(rest)):
        name, quoted, plain = match.groups()
        content = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip()
        section = _SECTION.match(name)
        if section is None:
            continue
        key, number, extended = section.groups()
        place = int(number) if number else 0
        sections.setdefault(key.lower(), {}).setdefault(
            place + (number is None) * 1000, (bool(extended), content)
        )
    value = re.sub(r"\([^()]*\)", "", value).strip().strip('"')
    return value, {key: _join(parts) for key, parts in sections.items()}


def _without_comments(text: str) -> str:
    """Comments outside quotes are dropped where they stand before or after a parameter."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|;\s*\([^()"]*\)', lambda match: match.group(1) or ";", text)


def _join(parts: dict[int, tuple[bool, str]]) -> str:
    extended = {place: part for place, part in parts.items() if part[0] or place < 1000}
    if not extended:
        return decode_words(parts[1000][1])
    charset, data = "", b""
    for index, place in enumerate(sorted(extended)):
        is_encoded, content = extended[place]
        if index == 0 and is_encoded and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if is_encoded else content.encode("utf-8", "surrogateescape")
    text = decode_letters(data, charset)[0]
    return decode_words(text) if not charset else text
