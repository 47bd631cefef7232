"""``lantai catalogue``: importing a catalogue, and taking an import back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from lantai.core.cli import FINDINGS, OPERATOR, Json, command, emit, print_table, say
from lantai.core.errors import Invalid, NotFound
from lantai.core.jobs import run_inline
from lantai.core.language import gettext as _

from .describing import register_commands
from .exporting import commands as exporting_commands
from .fonds import commands as fonds_commands
from .guide import commands as guide_commands
from .holdings import commands as holdings_commands

if TYPE_CHECKING:
    from lantai.records.api import Fonds

    from .models import Import

SHOWN = 50
"""Problems told on a terminal; the corrected-file download and ``--json`` have more."""
LISTED = 1_000


def register(app: typer.Typer) -> None:
    """Adds the commands of the catalogue."""
    catalogue = typer.Typer(help="目录：导入、撤销、目录树。", no_args_is_help=True)
    command(catalogue, "import")(import_file)
    command(catalogue, "undo")(undo)
    fonds_commands.register(catalogue)
    guide_commands.register(catalogue)
    holdings_commands.register(catalogue)
    exporting_commands.register(catalogue)
    register_commands(catalogue)
    app.add_typer(catalogue, name="catalogue")


def import_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="表格、CSV、DBF、Access、SQLite 或 SQL 转储；或按档号命名的扫描件文件夹、压缩包。",
            exists=True,
        ),
    ],
    fonds: Annotated[str, typer.Option(help="全宗号。")],
    archive: Annotated[str, typer.Option(help="档案馆的机构代码；全宗号在几个馆都有时须填。")] = "",
    table: Annotated[str, typer.Option(help="工作表或数据表的名称；不填取第一个有档号和题名的表。")] = "",
    charset: Annotated[str, typer.Option(help="文字编码；不填自动识别。")] = "",
    category: Annotated[str, typer.Option(help="门类代码；档号里没有门类时用。")] = "",
    known: Annotated[
        str, typer.Option(help="档号已有档案时：refuse 报告为问题，skip 跳过，merge 合并。")
    ] = "refuse",
    column: Annotated[
        list[str] | None, typer.Option(help="列的对应关系，如“文件标题=title”，可多次；右边空着为不导入。")
    ] = None,
    scans: Annotated[
        Path | None, typer.Option(help="随目录一起挂接的扫描件：按档号命名的文件夹或压缩包。", exists=True)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只核对，不导入。")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="有问题的行留下，其余先导入。")] = False,
    corrected: Annotated[
        Path | None, typer.Option(help="把有问题的行写成可改正后再交的表格（XLSX）。")
    ] = None,
    as_json: Json = False,
) -> None:
    """导入目录：逐行核对；没有问题才导入，或加 --partial 先导入没有问题的行。有问题的行时退出码为 1。

    JSON：`import`、`state`、`source`、`table`、`charset`、`columns`（列名与所对应的项）、`rows`、`good`、`bad`、
    `problems`（各类问题的数目）、`findings`（前 1,000 条：`row`、`field`、`kind`、`stops`、`text`）、`created`、`merged`、
    `skipped`、`volumes`；有 `--scans` 时 `scans` 是扫描件的同样内容（`rows` 等以件计，`created` 是挂接的件数）。
    """
    from .importing import services
    from .models import Import

    if known not in Import.Known.values:
        raise Invalid(_("--known 只能是 refuse、skip 或 merge。"))
    batch = services.receive_file(
        file=file.resolve(), fonds=_fonds(fonds, archive), actor=OPERATOR, table=table, charset=charset,
        category=category, known=known,
    )  # fmt: skip
    services.confirm_columns(batch=batch, columns=_columns(batch, column or []), actor=OPERATOR)
    result = _run(batch, dry_run=dry_run, partial=partial, corrected=corrected, as_json=as_json)
    bad = batch.counts.get("bad", 0)
    if scans:
        beside = services.receive_file(file=scans.resolve(), fonds=batch.fonds, actor=OPERATOR, beside=batch)
        result["scans"] = _run(beside, dry_run=dry_run, partial=partial, corrected=None, as_json=as_json)
        bad += beside.counts.get("bad", 0)
    emit(result, as_json)
    if bad:
        raise typer.Exit(FINDINGS)


def _run(
    batch: Import, *, dry_run: bool, partial: bool, corrected: Path | None, as_json: bool
) -> dict[str, Any]:
    """Checks an import, and loads it where nothing stands against that."""
    from .importing import services
    from .importing.corrected import write_corrected

    services.start_check(batch=batch, actor=OPERATOR, enqueue=False)
    run_inline(services.CHECK, OPERATOR, title=batch.title, import_id=str(batch.id))
    batch.refresh_from_db()
    if corrected:
        write_corrected(batch, corrected)
    wanted = not dry_run and batch.state == batch.State.CHECKED and batch.counts["good"]
    if wanted and (partial or not batch.counts["bad"]) and services.may_load(batch):
        services.start_load(batch=batch, actor=OPERATOR, accept=partial, enqueue=False)
        run_inline(services.LOAD, OPERATOR, title=batch.title, import_id=str(batch.id))
        batch.refresh_from_db()
    result = _told(batch)
    if not as_json:
        _say(batch, result)
    return result


def undo(
    import_id: Annotated[str, typer.Argument(help="导入批次的标识。")],
    partial: Annotated[
        bool, typer.Option("--partial", help="有文件已存入总库时，撤销其余的；不指明则整批不撤。")
    ] = False,
    as_json: Json = False,
) -> None:
    """撤销一次导入：所建条目删除，合并过的恢复原样；之后又有改动的保留。

    JSON：`import`、`state`、`removed`、`restored`、`volumes`、`stayed`。
    """
    from .importing import services
    from .models import Import

    try:
        batch = Import.objects.select_related("fonds").get(id=UUID(import_id))
    except (ValueError, Import.DoesNotExist) as error:
        raise NotFound(_("没有这个导入批次。"), subject=import_id) from error
    services.start_undo(batch=batch, actor=OPERATOR, accept=partial, enqueue=False)
    run_inline(services.TAKE_BACK, OPERATOR, title=batch.title, import_id=str(batch.id))
    batch.refresh_from_db()
    counts = {
        name: batch.counts["undone"].get(name, 0) for name in ("removed", "restored", "volumes", "stayed")
    }
    say(_("删除 %(removed)s 条，恢复 %(restored)s 条，保留 %(stayed)s 条。") % counts)
    emit({"import": batch.id, "state": batch.state, **counts}, as_json)


def _fonds(code: str, archive: str) -> Fonds:
    from lantai.records.api import Fonds

    found = Fonds.objects.filter(code=code).select_related("archive", "creator")
    rows = list(found.filter(archive__code=archive) if archive else found)
    if not rows:
        raise NotFound(_("没有这个全宗。"), subject=code, remedy=_("请先在“全宗与方案”中建立。"))
    if len(rows) > 1:
        raise Invalid(
            _("有几个馆都有这个全宗号。"), subject=code,
            remedy=_("请用 --archive 指明：%(codes)s。") % {"codes": "、".join(row.archive.code for row in rows)},
        )  # fmt: skip
    return rows[0]


def _columns(batch: Import, said: list[str]) -> list[str]:
    """The guessed columns with what was said of some."""
    from .importing.fields import fields

    columns = list(batch.columns)
    for pair in said:
        heading, _sign, key = pair.rpartition("=")
        if heading not in batch.headings or (key and key not in fields()):
            raise Invalid(
                _("列的对应关系“%(pair)s”有误。") % {"pair": pair},
                remedy=_("左边是表中的列名，右边可用：%(keys)s。") % {"keys": "、".join(fields())},
            )
        columns = ["" if other == key and key else other for other in columns]
        columns[batch.headings.index(heading)] = key
    return columns


def _told(batch: Import) -> dict[str, Any]:
    from .importing.problems import describe

    counts, loaded = batch.counts, batch.counts.get("loaded", {})
    problems = batch.problems.order_by("row", "id")[:LISTED]
    return {
        "import": batch.id,
        "state": batch.state,
        "source": batch.source,
        "table": batch.table,
        "charset": batch.charset,
        "columns": dict(zip(batch.headings, batch.columns, strict=True)),
        **{name: counts.get(name, 0) for name in ("rows", "good", "bad")},
        "problems": counts.get("by_kind", {}),
        "findings": [
            {"row": row.row, "field": row.field, "kind": row.kind, "stops": row.stops, "text": describe(row.kind, row.details)}
            for row in problems
        ],
        **{name: loaded.get(name, 0) for name in ("created", "merged", "skipped", "volumes")},
    }  # fmt: skip


def _say(batch: Import, result: dict[str, Any]) -> None:
    from .importing.problems import summary_of

    say(_("%(rows)s 行，%(good)s 行无误，%(bad)s 行有问题。") % result)
    if result["problems"]:
        print_table(
            [_("问题"), _("数目")], [(summary_of(kind), count) for kind, count in result["problems"].items()]
        )
    for found in result["findings"][:SHOWN]:
        say(f"  {found['row'] or '—':>6}  {found['text']}")
    if batch.state == batch.State.DONE:
        say(_("建立 %(created)s 条、案卷 %(volumes)s 个，合并 %(merged)s 条，跳过 %(skipped)s 条。") % result)
