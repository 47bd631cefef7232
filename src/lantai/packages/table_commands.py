"""``lantai tables``: business data exported to described, typed tables, without the platform's database."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import Json, emit, say
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _

from .catalogue import open_catalogue
from .table_writing import QUERY_TIMEOUT_S, TableDescription, write_file_table, write_query_table
from .tabular import FITS, TableColumn

_HEADINGS = ("列名", "含义", "类型", "长度", "单位", "主键", "必填")


def export_table(
    target: Annotated[Path, typer.Argument(help="要写成的文件夹，不能已经存在。")],
    title: Annotated[str, typer.Option(help="题名。")],
    agency: Annotated[str, typer.Option(help="责任者，即形成这些数据的单位。")],
    system: Annotated[str, typer.Option(help="来源系统，如“水利业务平台”。")],
    date: Annotated[str, typer.Option(help="数据截止的日期，如 2026-06-30。")],
    retention: Annotated[str, typer.Option(help="保管期限。")] = "永久",
    database: Annotated[
        str,
        typer.Option(help="数据库地址：sqlite:///路径 或 postgresql://…。", envvar="LANTAI_TABLES_DATABASE"),
    ] = "",
    query: Annotated[str, typer.Option(help="一条 SELECT；只读执行。")] = "",
    file: Annotated[Path | None, typer.Option(help="CSV 或电子表格，第一行是列名。")] = None,
    columns: Annotated[
        Path | None, typer.Option(help="列说明表：列名、含义、类型、长度、单位、主键、必填。")
    ] = None,
    timeout: Annotated[float, typer.Option(help="查询的时限，秒。")] = QUERY_TIMEOUT_S,
    as_json: Json = False,
) -> None:
    """把业务数据（CSV、电子表格或一条只读查询）导出为带描述、分类型的数据表归档包（DA/T 57）。

    JSON：`target`、`rows`（行数）。
    """
    if (file is None) == (not (database and query)):
        raise typer.BadParameter(_("请写 --file，或同时写 --database 和 --query，二者选一。"))
    record = {
        "题名": title,
        "责任者": agency,
        "日期": date,
        "年度": date[:4],
        "保管期限": retention,
        "密级": "公开",
    }
    description = TableDescription(record, system, columns=_known(columns) if columns else {})
    if file is not None:
        rows = write_file_table(file, target, description)
    else:
        rows = write_query_table(database, query, target, description, timeout)
    if not as_json:
        say(_("已写成 %(target)s，共 %(rows)s 行。") % {"target": target, "rows": f"{rows:,}"})
    emit({"target": str(target), "rows": rows}, as_json)


def _known(path: Path) -> dict[str, TableColumn]:
    """What a spreadsheet says of columns."""
    try:
        rows = list(open_catalogue(path).rows())
    except csv.Error as error:
        raise Invalid(_("列说明表无法读取。"), subject=path.name) from error
    headings = rows[0] if rows else []
    if _HEADINGS[0] not in headings:
        raise Invalid(
            _("列说明表没有“列名”一列。"),
            subject=path.name,
            remedy=_("第一行写：%(names)s。") % {"names": "、".join(_HEADINGS)},
        )
    found = {}
    for row in rows[1:]:
        cells = dict(zip(headings, row, strict=False))
        name, kind, length = (cells.get(each, "").strip() for each in ("列名", "类型", "长度"))
        if kind and kind not in FITS:
            known = "、".join(FITS)
            raise Invalid(_("不认识的类型“%(kind)s”。") % {"kind": kind}, subject=name, remedy=known)
        found[name] = TableColumn(
            name,
            kind,
            int(length) if length.isdecimal() else None,
            cells.get("单位", ""),
            cells.get("含义", ""),
            cells.get("主键", "") == "是",
            cells.get("必填", "") == "是",
        )
    return found
