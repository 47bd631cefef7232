"""``lantai search`` and ``lantai index``."""

from __future__ import annotations

from typing import Annotated

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table, progress, say
from lantai.core.language import gettext as _

from . import services
from .engines import engine
from .jobs import start_rebuild


def register(app: typer.Typer) -> None:
    """Adds the commands of this context."""
    command(app, "search")(search)
    index = typer.Typer(help="检索索引：查看、重建。", no_args_is_help=True)
    command(index, "rebuild")(rebuild)
    command(index, "status")(status)
    app.add_typer(index, name="index")


def search(
    query: Annotated[str, typer.Argument(help="检索词，如：围垦工程 1955..1965")],
    sort: Annotated[str, typer.Option(help="relevance、date 或 -date。")] = "relevance",
    size: Annotated[int, typer.Option(help="显示几件，1 至 100。", min=1, max=100)] = 20,
    as_json: Json = False,
) -> None:
    """检索档案（以系统身份，可见全部）。

    JSON：`total`、`took_ms`；`hits`，每件含 `record_id`、`title`、`reference_code`、`date`。
    """
    found = services.search(query, OPERATOR, sort=sort, size=size, facets=())
    rows = [
        ("".join(piece.text for piece in hit.title), hit.reference_code, hit.date_text, hit.fonds)
        for hit in found.hits
    ]
    if not as_json:
        print_table([_("题名"), _("档号"), _("日期"), _("全宗")], rows)
        say(
            _("共 %(total)s 件 · %(took_ms)s 毫秒")
            % {"total": f"{found.total:,}", "took_ms": f"{found.took_ms:.0f}"},
            style="dim",
        )
    hits = [
        {"record_id": hit.record_id, "title": row[0], "reference_code": row[1], "date": row[2]}
        for hit, row in zip(found.hits, rows, strict=True)
    ]
    emit({"total": found.total, "took_ms": found.took_ms, "hits": hits}, as_json)


def rebuild(
    background: Annotated[
        bool, typer.Option("--background", help="交给后台办理，在“任务”页看进度和剩余时间。")
    ] = False,
    as_json: Json = False,
) -> None:
    """由档案库重建检索索引；重建期间旧索引照常服务。

    JSON：`entries`；加 `--background` 时为 `job`，任务的标识符。
    """
    if background:
        job = start_rebuild()
        if not as_json:
            say(_("已交给后台办理。"))
        emit({"job": str(job.id)}, as_json)
        return
    written = 0
    with progress(shown=not as_json) as bar:
        task = bar.add_task(_("重建索引")) if bar else None
        for written, total in services.rebuild_index():
            if bar and task is not None:
                bar.update(task, completed=written, total=total)
    if not as_json:
        say(_("已写入 %(written)s 件。") % {"written": f"{written:,}"})
    emit({"entries": written}, as_json)


def status(as_json: Json = False) -> None:
    """索引中有多少件。

    JSON：`entries`。
    """
    entries = engine().count()
    if not as_json:
        say(_("索引中有 %(entries)s 件。") % {"entries": f"{entries:,}"})
    emit({"entries": entries}, as_json)
