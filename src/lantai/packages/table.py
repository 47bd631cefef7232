"""Packages of kind ``table``: business data as typed tables beside their description (DA/T 57)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from lantai.core.findings import Finding

from .described import Described, file_name, read_described, recognises, require
from .described_again import writer_of
from .described_first import describe_table
from .kinds import Kind
from .package import Package
from .rules import Rules
from .tabular import FITS, TableColumn, columns_of
from .xmltree import Node

ELEMENT = "业务数据"
CATEGORY = "SJ"
_TOLD_A_COLUMN = 20
_KEYS_REMEMBERED = 3_000_000


def check_table(found: Described, rules: Rules) -> Iterator[Finding]:
    """Columns are described, rows counted, every value of its column's type, keys unique."""
    node = found.node
    tables = node.all("数据表") if node else []
    if not tables:
        yield rules.fail("columns", found.name, "至少一个“数据表”", "没有", "请描述每一张数据表。")
    for table in tables:
        yield from require(table, ("来源系统",), found.name, rules)
        yield from _described(table, found.name, rules)
        entry = next((found.files.get(file_name(file)) for file in table.all("文件")), None)
        if entry:
            yield from _Rows(table, entry.name, rules).check(entry.path)


def _described(table: Node, subject: str, rules: Rules) -> Iterator[Finding]:
    names = [column.attributes.get("名称", "") for column in table.all("列")]
    if not names or not all(names) or len(set(names)) < len(names):
        yield rules.fail("columns", subject, "每列有不同的名称", "缺名称、重名或没有列", "请核对列的描述。")
    for column in table.all("列"):
        kind = column.attributes.get("类型", "")
        if kind not in FITS:
            name = f"{subject} {column.attributes.get('名称', '')}"
            yield rules.fail(
                "columns", name, f"类型：{'、'.join(FITS)}", kind or "没有", "请改为列出的类型。"
            )


class _Rows:
    """The rows of one table, read once."""

    def __init__(self, table: Node, subject: str, rules: Rules) -> None:
        self._announced = table.attributes.get("行数", "")
        self._subject = subject
        self._rules = rules
        self._columns: list[TableColumn] = columns_of(table)
        self._told = [0] * len(self._columns)
        self._keys = [place for place, column in enumerate(self._columns) if column.key]
        self._known: set[bytes] = set()

    def check(self, path: Path) -> Iterator[Finding]:
        """What is wrong with the data."""
        count = 0
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.reader(stream, strict=True)
                yield from self._heading(next(rows, []))
                for count, row in enumerate(rows, 1):
                    yield from self._row(count, row)
        except (UnicodeDecodeError, csv.Error) as error:
            yield self._rules.fail(
                "columns", self._subject, "UTF-8 编码的 CSV（RFC 4180）", str(error), "请重新导出该表。"
            )
            return
        with suppress(ValueError):
            if int(self._announced) == count:
                return
        yield self._rules.fail(
            "rows",
            self._subject,
            f"{self._announced or '（未写）'} 行",
            f"{count} 行",
            "请核对数据后重新导出。",
        )

    def _heading(self, row: list[str]) -> Iterator[Finding]:
        names = [column.name for column in self._columns]
        if row != names:
            yield self._rules.fail(
                "columns",
                self._subject,
                f"表头：{'、'.join(names)[:300]}",
                "、".join(row)[:300],
                "请使数据的表头与描述的列一致。",
            )

    def _row(self, number: int, row: list[str]) -> Iterator[Finding]:
        if len(row) != len(self._columns):
            if self._may_tell(0):
                expected, observed = f"{len(self._columns)} 列", f"{len(row)} 列"
                remedy = "请检查该行的引号与逗号。"
                yield self._rules.fail("columns", f"{self._subject} 第{number}行", expected, observed, remedy)
            return
        for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
            problem = column.problem(value)
            if problem and self._may_tell(place):
                where = f"{self._subject} 第{number}行“{column.name}”"
                yield self._rules.fail("type", where, column.type, problem, "请更正该值或该列的描述。")
        yield from self._unique(number, row)

    def _unique(self, number: int, row: list[str]) -> Iterator[Finding]:
        if not self._keys or len(self._known) >= _KEYS_REMEMBERED:
            return
        value = "\0".join(row[place] for place in self._keys)
        key = blake2b(value.encode(), digest_size=12).digest()
        if key in self._known:
            shown = value.replace("\0", "、")[:100]
            where = f"{self._subject} 第{number}行"
            yield self._rules.fail("key", where, "主键不重复", f"“{shown}”已经有过", "请核对该行。")
        self._known.add(key)
        if len(self._known) == _KEYS_REMEMBERED:
            expected, observed = "主键不重复", f"只比对了前 {_KEYS_REMEMBERED} 行"
            yield self._rules.wait("key", self._subject, expected, observed, "请在来源系统中核对主键。")

    def _may_tell(self, place: int) -> bool:
        """Whether this column's faults are still told one by one."""
        if not self._told:
            return True
        self._told[place] += 1
        return self._told[place] <= _TOLD_A_COLUMN


def read_tables(root: Path) -> Package:
    """Reads described tables."""
    return read_described(root, "table", CATEGORY, check_table)


def recognises_tables(root: Path) -> bool:
    """A folder whose description is of business data."""
    return recognises(root, ELEMENT)


KIND = Kind("table", "业务数据", recognises_tables, read_tables, writer_of(ELEMENT, first=describe_table))
