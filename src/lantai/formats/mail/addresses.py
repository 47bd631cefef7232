"""Addresses of people: names, comments, groups, and what mail programs make of them (RFC 5322 3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .fields import decode_words, unfold

MAX_ADDRESSES = 20_000
MAX_FIELD_BYTES = 1 << 20
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.|[(),;:<>]|[^"\\(),;:<>]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox; either part may be empty."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name and self.address else self.address or self.name


def parse_addresses(raw: bytes, charset: str = "") -> list[Address]:
    """The mailboxes of a field in order, groups dissolved."""
    reader = _Reader()
    for match in _PIECE.finditer(unfold(raw[:MAX_FIELD_BYTES], charset)):
        reader.take(match.group(0))
        if len(reader.found) >= MAX_ADDRESSES:
            break
    reader.finish()
    return reader.found


class _Reader:
    """Collects tokens into mailboxes; comments nest, angles do not."""

    def __init__(self) -> None:
        self.found: list[Address] = []
        self.phrase: list[str] = []
        self.comment: list[str] = []
        self.angle: str | None = None
        self.in_angle = False
        self.depth = 0

    def take(self, piece: str) -> None:
        if self.depth or piece == "(":
            self._take_comment(piece)
        elif self.in_angle:
            if piece == ">":
                self.in_angle = False
            else:
                self.angle = (self.angle or "") + piece
        elif piece == "<":
            self.in_angle, self.angle = True, self.angle or ""
        elif piece in {",", ";"}:
            self.finish()
        elif piece == ":":
            self.phrase, self.comment = [], []
        elif piece != ">":
            self.phrase.append(piece)

    def _take_comment(self, piece: str) -> None:
        self.depth += {"(": 1, ")": -1}.get(piece, 0)
        if self.depth and not (piece == "(" and self.depth == 1):
            self.comment.append(_unescaped(piece))

    def finish(self) -> None:
        phrase = "".join(self.phrase).strip()
        comment = decode_words("".join(self.comment).strip())
        if self.angle is not None:
            self._add(_name(phrase) or comment, _bare(self.angle))
        elif phrase:
            for name, address in _without_angle(phrase):
                self._add(name or comment, address)
        elif comment:
            self._add(comment, "")
        self.phrase, self.comment, self.angle, self.in_angle, self.depth = [], [], None, False, 0

    def _add(self, name: str, address: str) -> None:
        if name or address:
            self.found.append(Address(name, address))


def _without_angle(phrase: str) -> Iterator[tuple[str, str]]:
    if "@" in phrase and not phrase.startswith("=?"):
        yield "", _bare(phrase)
    else:
        yield _name(phrase), ""


def _bare(address: str) -> str:
    route, colon, rest = address.strip().partition(":")
    text = rest if colon and route.startswith("@") else address
    return decode_words(re.sub(r"\s+", " ", text).strip())


def _name(phrase: str) -> str:
    parts = [_unescaped(piece) for piece in _PIECE.findall(phrase)]
    return re.sub(r"\s+", " ", decode_words("".join(parts))).strip()


def _unescaped(piece: str) -> str:
    if piece.startswith('"'):
        piece = piece[1:-1] if len(piece) > 1 and piece.endswith('"') else piece[1:]
        return re.sub(r"\\(.)", r"\1", piece)
    return piece[1:] if piece.startswith("\\") and len(piece) == 2 else piece
