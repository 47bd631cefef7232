"""``lantai catalogue authorities``: the authority file from the command line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table, say
from lantai.core.language import gettext as _


def register(catalogue: typer.Typer) -> None:
    """Adds the commands of the authority file."""
    command(catalogue, "authorities")(authorities)


def authorities(
    archive: Annotated[str, typer.Argument(help="档案馆的机构代码。")],
    file: Annotated[
        Path | None,
        typer.Option(
            "--import", help="CSV：规范名称、种类、曾用名、简称、别称、前身……", exists=True, dir_okay=False
        ),
    ] = None,
    kind: Annotated[str, typer.Option(help="表里没有写种类时：agency 机构，person 人物。")] = "agency",
    link: Annotated[bool, typer.Option("--link", help="把责任者唯一相符的档案都关联起来。")] = False,
    name: Annotated[str, typer.Option(help="查一个名称的其他叫法。")] = "",
    as_json: Json = False,
) -> None:
    """规范档：导入、关联、查一个名称的其他叫法；什么都不加只报条数。

    JSON：`authorities`（条数）、`imported`（`added`、`changed`、`same`、`related`）、`linked`（`linked`、`unknown`、
    `ambiguous`）、`other_names`。
    """
    from lantai.core.jobs import run_inline
    from lantai.institutions.api import organisation_by_code

    from .importing import import_authorities, read_authorities
    from .linking import LINK_ALL
    from .models import Authority
    from .names import other_names

    owner = organisation_by_code(archive)
    result: dict[str, object] = {}
    if file:
        done = import_authorities(
            archive=owner, rows=read_authorities(file.read_bytes()), kind=kind, actor=OPERATOR
        )
        result["imported"] = asdict(done)
    if link:
        job = run_inline(LINK_ALL, OPERATOR, progress=not as_json, archive_id=str(owner.id))
        result["linked"] = job.result
    if name:
        result["other_names"] = other_names(name)
    result["authorities"] = Authority.objects.filter(archive=owner).count()
    if not as_json:
        print_table([_("项"), _("值")], result.items())
        say(_("规范档共 %(total)s 条。") % {"total": result["authorities"]})
    emit(result, as_json)
