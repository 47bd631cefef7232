"""``lantai catalogue export`` and ``lantai catalogue reconcile``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import FINDINGS, OPERATOR, Json, command, emit, say
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.institutions.api import person_actor, person_by_username


def register(catalogue: typer.Typer) -> None:
    """Adds the commands."""
    command(catalogue, "export")(export)
    command(catalogue, "reconcile")(reconcile)


def export(
    fonds: Annotated[str, typer.Option(help="全宗号。")],
    output: Annotated[Path, typer.Option(help="写到这个文件。")],
    layout: Annotated[
        str, typer.Option(help="格式：xlsx、csv、provincial-item:dbf 等“格式:种类”，或 ead2002、ead3。")
    ] = "xlsx",
    archive: Annotated[str, typer.Option(help="档案馆的机构代码；全宗号在几个馆都有时须填。")] = "",
    year_from: Annotated[int | None, typer.Option(help="年度起。")] = None,
    year_to: Annotated[int | None, typer.Option(help="年度止。")] = None,
    category: Annotated[str, typer.Option(help="门类代码。")] = "",
    as_json: Json = False,
) -> None:
    """导出一个全宗的目录：XLSX、CSV、DBF、XML 表格或 EAD。逐条写出，不论多少条内存不变。

    JSON：`fonds`、`layout`、`records`、`bytes`、`cut`（超过列宽而截短的值数）、`cut_examples`。
    """
    from ..fonds.scope import fonds_by_code
    from . import services
    from .entries import Choice

    found = fonds_by_code(fonds, archive)
    choice = Choice(year_from, year_to, category)
    written = services.write_export(fonds=found, layout=layout, choice=choice, target=output, actor=OPERATOR)
    told = {
        "fonds": found.code, "layout": layout, "records": written.records, "bytes": output.stat().st_size,
        "cut": written.cut, "cut_examples": written.cut_examples,
    }  # fmt: skip
    if not as_json:
        say(_("写出 %(records)s 条，%(bytes)s 字节。") % told)
        if written.cut:
            say(_("%(n)s 个值超过列宽，已截短。") % {"n": written.cut})
    emit(told, as_json)


def reconcile(
    source: Annotated[
        Path, typer.Option(help="旧系统的转储：导入能读的任何一种。", exists=True, dir_okay=False)
    ],
    fonds: Annotated[str, typer.Option(help="导入到的全宗号。")],
    archive: Annotated[str, typer.Option(help="档案馆的机构代码；全宗号在几个馆都有时须填。")] = "",
    table: Annotated[str, typer.Option(help="工作表或数据表的名称；不填取第一个有档号和题名的表。")] = "",
    charset: Annotated[str, typer.Option(help="文字编码；不填自动识别。")] = "",
    column: Annotated[
        list[str] | None, typer.Option(help="列的对应关系，如“文件标题=title”，可多次；右边空着为不比。")
    ] = None,
    sign: Annotated[bool, typer.Option("--sign", help="签署核对书，归入全宗卷。")] = False,
    pdf: Annotated[Path | None, typer.Option(help="把签署的核对书另存为 PDF。")] = None,
    by: Annotated[str, typer.Option("--by", help="以哪个账号的身份签署；不写则记为本机运维。")] = "",
    as_json: Json = False,
) -> None:
    """核对迁移：把旧系统的转储与本系统逐条比较，按全宗、年度、门类、保管期限和页数对账，列出差异。不一致时退出码为 1。

    JSON：`agrees`、`fonds`、`archive`、`file`、`sha256`、`table`、`columns`、`source` 和 `here`（`rows`、`pages`、
    `by_year`、`by_category`、`by_retention`）、`unequal`、`missing`、`extra`、`repeated`、`uncoded`、`incomplete`、`differs`、
    `examples`（`missing`、`extra`、`differences`）、`compared_at`、`protocol`。
    """
    from ..fonds.scope import fonds_by_code
    from .protocols import protocol_pdf, sign_protocol
    from .reconciling import reconcile as compare
    from .reconciling import remark

    if pdf and not sign:
        raise Invalid(_("--pdf 要与 --sign 同用。"))
    found = fonds_by_code(fonds, archive)
    pairs = dict(text.rpartition("=")[::2] for text in column or [])
    report = compare(file=source.resolve(), fonds=found, table=table, charset=charset, columns=pairs)
    protocol = None
    if sign:
        actor = person_actor(person_by_username(by), "cli") if by else OPERATOR
        protocol = sign_protocol(fonds=found, report=report, actor=actor)
        if pdf:
            pdf.write_bytes(protocol_pdf(protocol))
    if not as_json:
        say(remark(report))
        for row in report["examples"]["differences"]:
            say(f"  {row['code']}  {row['field']}: {row['source']} ≠ {row['here']}")
    emit({**report, "protocol": protocol.id if protocol else None}, as_json)
    if not report["agrees"]:
        raise typer.Exit(FINDINGS)
