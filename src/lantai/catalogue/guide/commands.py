"""``lantai catalogue guide``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from lantai.core.cli import Json, command, emit, print_table, say
from lantai.core.language import gettext as _
from lantai.institutions.api import organisation_by_code


def register(catalogue: typer.Typer) -> None:
    """Adds the command."""
    command(catalogue, "guide")(guide)


def guide(
    archive: Annotated[str, typer.Argument(help="档案馆的机构代码。")],
    pdf: Annotated[Path | None, typer.Option(help="把已审定的馆藏指南排成书，写到这个文件。")] = None,
    as_json: Json = False,
) -> None:
    """列出一个馆的馆藏指南条目编到哪一步，或排印成书（PDF/A，带目录和全宗名册）。

    JSON：`archive`、`texts`（`fonds`、`name`、`number`、`state`、`edited_by`）、`published`、`pdf_bytes`。
    """
    from .models import GuideText
    from .printing import guide_pdf

    house = organisation_by_code(archive)
    rows = GuideText.objects.filter(archive=house).select_related("fonds").order_by("fonds__code", "number")
    texts = [
        {"fonds": row.fonds.code if row.fonds else "", "name": row.fonds.name if row.fonds else house.name,
         "number": row.number, "state": row.state, "edited_by": row.edited_by_name}
        for row in rows
    ]  # fmt: skip
    size = 0
    if pdf:
        shutil.copyfile(guide_pdf(house), pdf)
        size = pdf.stat().st_size
    if not as_json:
        if pdf:
            say(_("已写到 %(path)s。") % {"path": pdf})
        print_table(
            [_("全宗号"), _("名称"), _("版次"), _("状态")],
            [
                (row["fonds"], row["name"], row["number"], GuideText.State(str(row["state"])).label)
                for row in texts
            ],
        )
    published = sum(row["state"] == GuideText.State.APPROVED for row in texts)
    emit({"archive": house.code, "texts": texts, "published": published, "pdf_bytes": size}, as_json)
