"""Columns of a described table: their types, and whether a value is of its type (DA/T 57)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal

from .xmltree import Node

Type = Literal["整数", "小数", "日期", "日期时间", "逻辑", "文本"]
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d*)")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_TRUTH = frozenset({"true", "false", "是", "否"})


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) > 10


FITS: Mapping[str, Callable[[str], bool]] = {
    "整数": lambda text: _INTEGER.fullmatch(text) is not None,
    "小数": lambda text: _DECIMAL.fullmatch(text) is not None,
    "日期": _is_day,
    "日期时间": _is_moment,
    "逻辑": lambda text: text.lower() in _TRUTH,
    "文本": lambda _text: True,
}
"""Whether a text that is not empty is a value of a type."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as described.

    Attributes:
        name: its heading in the data.
        type: key of :data:`FITS`.
        length: most characters a value has; ``None`` for no limit.
        unit: unit of its values, such as 元.
        meaning: what it says, in words.
        key: whether it is part of the primary key.
        required: whether every row has a value.
    """

    name: str
    type: str
    length: int | None = None
    unit: str = ""
    meaning: str = ""
    key: bool = False
    required: bool = False

    def problem(self, value: str) -> str:
        """What is wrong with a value; empty when nothing is."""
        if not value:
            return "空值" if self.required or self.key else ""
        if not FITS[self.type](value):
            return f"“{value[:60]}”不是{self.type}"
        if self.length is not None and len(value) > self.length:
            return f"{len(value)} 字，超过长度 {self.length}"
        return ""


def columns_of(table: Node) -> list[TableColumn]:
    """The columns a ``数据表`` describes; an unknown type is taken for text."""
    return [
        TableColumn(
            name=node.attributes.get("名称", ""),
            type=node.attributes.get("类型", "") if node.attributes.get("类型", "") in FITS else "文本",
            length=int(length) if (length := node.attributes.get("长度", "")).isdecimal() else None,
            unit=node.attributes.get("单位", ""),
            meaning=node.text,
            key=node.attributes.get("主键", "") == "是",
            required=node.attributes.get("必填", "") == "是",
        )
        for node in table.all("列")
    ]


@dataclass(slots=True)
class Observed:
    """What has been seen of a column: the narrowest type that takes every value."""

    name: str
    longest: int = 0
    blanks: int = 0
    seen: int = 0
    fitting: list[str] = field(default_factory=lambda: [kind for kind in FITS if kind != "文本"])

    def take(self, text: str) -> None:
        """Looks at one more value as it is written."""
        if not text:
            self.blanks += 1
            return
        self.seen += 1
        self.longest = max(self.longest, len(text))
        if self.fitting:
            self.fitting = [kind for kind in self.fitting if FITS[kind](text)]

    @property
    def type(self) -> str:
        """The type; text where nothing was seen."""
        return self.fitting[0] if self.fitting and self.seen else "文本"


def told(value: object) -> str:
    """A value of a database as it is written."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case datetime():
            return value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)
