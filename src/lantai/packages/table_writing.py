"""Writing a described, typed table from a CSV file, a spreadsheet or a database query (DA/T 57)."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _

from .adapters.databases import ask
from .catalogue import is_blank, open_catalogue
from .described_writing import describing, list_file, save_description
from .table import ELEMENT
from .tabular import Observed, TableColumn, told

DATA = "数据.csv"
QUERY_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class TableDescription:
    """What nobody can read off the data.

    Attributes:
        record: catalogue columns of the record (题名, 责任者, 日期, 年度, 保管期限, 密级).
        system: 来源系统.
        name: what the table is called; the record's title where empty.
        columns: what is known of columns, by name; whatever is not is taken from the data.
    """

    record: Mapping[str, str]
    system: str
    name: str = ""
    columns: Mapping[str, TableColumn] = field(default_factory=dict)


def write_file_table(source: Path, target: Path, description: TableDescription) -> int:
    """Makes a package of the first sheet of a spreadsheet, or of a CSV file; returns its rows.

    Raises:
        Invalid: it has no heading, or names a column twice.
        Conflict: there is something at the target.
    """
    rows = open_catalogue(source).rows()
    names = [name.strip() for name in next((row for row in rows if not is_blank(row)), [])]
    kept = (row for row in rows if not is_blank(row))
    return _write(target, names, kept, description, origin=source.name, query="")


def write_query_table(
    url: str, query: str, target: Path, description: TableDescription, timeout_s: float = QUERY_TIMEOUT_S
) -> int:
    """Makes a package of what a database answers; returns its rows.

    Args:
        url: see :func:`.adapters.databases.ask`.
        query: one SELECT; kept in the description.
        target: folder to make.
        description: what the database does not say.
        timeout_s: how long the database may take.

    Raises:
        Invalid: the query is no SELECT, or the database refuses it.
        Conflict: there is something at the target.
    """
    with ask(url, query, timeout_s) as answer:
        rows = ([told(value) for value in row] for row in answer.rows)
        return _write(target, answer.names, rows, description, origin="", query=query.strip())


def _write(
    target: Path,
    names: Sequence[str],
    rows: Iterable[Sequence[str]],
    description: TableDescription,
    *,
    origin: str,
    query: str,
) -> int:
    if target.exists():
        raise Conflict(_("目标已经存在，没有覆盖。"), subject=str(target), remedy=_("请换一个名字。"))
    if not names or not all(names) or len(set(names)) < len(names):
        raise Invalid(
            _("表头缺列名或列名重复。"), subject="、".join(names), remedy=_("请在第一行给每一列不同的名称。")
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=".table-"))
    try:
        seen, count = _save_rows(work / DATA, names, rows)
        _describe(work, seen, count, description, origin, query)
        work.chmod(0o755)
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return count


def _save_rows(path: Path, names: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[list[Observed], int]:
    seen = [Observed(name) for name in names]
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for count, row in enumerate(rows, 1):
            if len(row) > len(names):
                raise Invalid(
                    _("第 %(row)s 行有 %(found)s 列，表头只有 %(expected)s 列。")
                    % {"row": count, "found": len(row), "expected": len(names)},
                    remedy=_("请检查该行的引号与分隔符。"),
                )
            full = [*row, *[""] * (len(names) - len(row))]
            writer.writerow(full)
            for column, value in zip(seen, full, strict=True):
                column.take(value)
    return seen, count


def _describe(
    folder: Path, seen: list[Observed], count: int, description: TableDescription, origin: str, query: str
) -> None:
    root = describing(ELEMENT, "DA/T 57-2014", description.record)
    table = root.add("数据表", 名称=description.name or description.record.get("题名", ""), 行数=count)
    table.add("来源系统", description.system)
    for name, text in (("来源文件", origin), ("查询", query)):
        if text:
            table.add(name, text)
    for observed in seen:
        known = description.columns.get(observed.name)
        table.add(
            "列",
            known.meaning if known else "",
            名称=observed.name,
            类型=(known.type if known and known.type else observed.type),
            长度=(known.length if known and known.length else observed.longest),
            单位=known.unit if known else "",
            主键="是" if known and known.key else "",
            必填="是" if known and known.required else "",
        )
    list_file(table, folder / DATA, DATA)
    save_description(folder, root)
