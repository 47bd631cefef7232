"""``lantai vault validate``: anyone's OCFL object or storage root, judged by the specification's codes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lantai.core import cli
from lantai.core.language import gettext as _

from .ocfl_validation import Problem, Validation
from .ocfl_validation import validate as validate_ocfl

_SHOWN = 200
"""How many problems a terminal is told one by one."""


class KindChoice(StrEnum):
    """What can be validated."""

    OBJECT = "object"
    ROOT = "root"


def validate(
    path: Annotated[Path, typer.Argument(help="OCFL 对象或存储根的目录，不限于本系统写的。")],
    kind: Annotated[
        KindChoice | None, typer.Option(help="object 对象，root 存储根；不写则自动判断。")
    ] = None,
    as_json: cli.Json = False,
) -> None:
    """按 OCFL 1.0、1.1 规范校验一个对象或整个存储根，逐字节重算摘要；不用数据库，不改动任何文件。

    有不符合“必须”的问题时退出码为 1；只有“建议”一级的提示时为 0。

    JSON：`kind`（object、root）、`valid`、`errors`、`warnings`；每条含规范的 `code`，以及 `message`、`path`。
    """
    with cli.progress(shown=not as_json) as bars:
        task = bars.add_task(_("校验"), total=None) if bars else None

        def told(count: int) -> None:
            if bars and task is not None:
                bars.update(task, completed=count)

        found = validate_ocfl(path, kind.value if kind else None, told)
    if not as_json:
        _tell(found, path)
    cli.emit(found.as_dict(), as_json)
    raise typer.Exit(0 if found.valid else 1)


def _tell(found: Validation, path: Path) -> None:
    _list(found.errors, "bold red")
    _list(found.warnings, "dim")
    verdict = _("符合 OCFL 规范") if found.valid else _("不符合 OCFL 规范")
    cli.say(
        _("%(path)s：%(verdict)s。对象 %(objects)s 个，错误 %(errors)s 条，提示 %(warnings)s 条。")
        % {
            "path": path,
            "verdict": verdict,
            "objects": found.objects,
            "errors": len(found.errors),
            "warnings": len(found.warnings),
        }
    )


def _list(problems: tuple[Problem, ...], style: str) -> None:
    for problem in problems[:_SHOWN]:
        cli.say(f"{problem.code}  {problem.path or '.'}  {problem.message}", style=style)
    if len(problems) > _SHOWN:
        cli.say(_("另有 %(count)s 条，用 --json 查看。") % {"count": len(problems) - _SHOWN})
