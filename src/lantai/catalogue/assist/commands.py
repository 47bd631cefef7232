"""``lantai catalogue assist``: what the text of a record suggests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _


def register(catalogue: typer.Typer) -> None:
    """Adds the command."""
    command(catalogue, "assist")(assist)


def assist(
    record: Annotated[str, typer.Option(help="档案的标识；建议留待人处理。")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            help="一个文件（PDF、OFD、DOCX、TXT……）：只看能读出什么，不留存。", exists=True, dir_okay=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """著录建议：从文字里读出题名、文号、日期、责任者、人名、地名，各附出处和可信程度；什么都不改。

    JSON：`proposals`（每条 `element`、`value`、`confidence`（百分之几）、`rule`、`evidence`：`page`、`sentence`、`start`、
    `end`、`box`）。
    """
    from lantai.formats.api import extract_text

    from .selectors import proposal_as_json
    from .services import find_in_text, propose

    if bool(record) == bool(file):
        raise Invalid(_("请用 --record 或 --file 指明一件档案或一个文件。"))
    told: list[dict[str, object]]
    if file:
        found = find_in_text(extract_text(file))
        told = [
            {
                "element": each.element, "value": each.value, "confidence": each.confidence, "rule": each.rule,
                "evidence": {
                    "page": each.page, "sentence": each.sentence, "start": each.start, "end": each.end, "box": each.box
                },
            }
            for each in found
        ]  # fmt: skip
    else:
        try:
            told = [proposal_as_json(row) for row in propose(record_id=UUID(record), actor=OPERATOR)]
        except ValueError as error:
            raise Invalid(_("标识写得不对。"), subject=record) from error
    if not as_json:
        print_table(
            [_("著录项"), _("建议"), _("可信"), _("页")],
            [(row["element"], row["value"], row["confidence"], _page(row)) for row in told],
        )
    emit({"proposals": told}, as_json)


def _page(row: dict[str, object]) -> object:
    evidence = row["evidence"]
    return evidence["page"] if isinstance(evidence, dict) else ""
