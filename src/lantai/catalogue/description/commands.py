"""``lantai catalogue elements|describe|vocabulary``: description from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from lantai.core.cli import OPERATOR, Json, command, emit, print_table, say
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _


def register(catalogue: typer.Typer) -> None:
    """Adds the commands of description."""
    command(catalogue, "elements")(list_elements)
    command(catalogue, "describe")(describe)
    command(catalogue, "vocabulary")(vocabulary)


def list_elements(
    level: Annotated[str, typer.Option(help="fonds、class、volume、item 或 document；不填为全部。")] = "",
    as_json: Json = False,
) -> None:
    """列出著录项：DA/T 18-2022 的名称、各层级的必著性、对应的 ISAD(G) 编号。

    JSON：`elements`（每项 `name`、`key`、`isad`、`levels`、`type`、`repeatable`、`doubtful`）。
    """
    from .elements import elements

    found = [each for each in elements().values() if not level or level in each.levels]
    if not as_json:
        print_table(
            [_("著录项"), "ISAD(G)", _("必著性")],
            [(each.name, each.isad, "、".join(f"{k}={v}" for k, v in each.levels.items())) for each in found],
        )
    names = ("name", "key", "isad", "levels", "type", "repeatable", "doubtful")
    emit({"elements": [{name: getattr(each, name) for name in names} for each in found]}, as_json)


def describe(
    level: Annotated[str, typer.Argument(help="fonds、class、volume、item 或 document。")],
    unit_id: Annotated[str, typer.Argument(help="全宗、方案、案卷、档案或文稿的标识。")],
    value: Annotated[
        list[str] | None, typer.Option("--set", help="如“附注=纸质原件在三号库”，可多次；右边空着为去掉。")
    ] = None,
    as_json: Json = False,
) -> None:
    """查看或修改一个著录单元；不加 --set 只查看。

    JSON：`level`、`id`、`title`、`values`（著录项与值）、`fixed`（在别处确定的项）、`missing`（缺少的必著项）、
    `isad`（按 ISAD(G) 编号）、`changed_at`。
    """
    from .endpoints import unit_as_json
    from .services import describe_unit
    from .units import unit_for

    try:
        unit = unit_for(level, UUID(unit_id), OPERATOR)
    except ValueError as error:
        raise Invalid(_("标识写得不对。"), subject=unit_id) from error
    if value:
        changes = dict(pair.partition("=")[::2] for pair in value)
        unit = describe_unit(unit=unit, changes=changes, expected_changed_at=unit.changed_at, actor=OPERATOR)
    if not as_json:
        print_table([_("著录项"), _("值")], [(name, text) for name, text in unit.values.items() if text])
        if unit.missing:
            say(_("缺少必著项：%(names)s。") % {"names": "、".join(unit.missing)})
    emit(unit_as_json(unit), as_json)


def vocabulary(
    archive: Annotated[str, typer.Argument(help="档案馆的机构代码。")],
    key: Annotated[str, typer.Argument(help="词表的代号，如 subjects。")],
    file: Annotated[
        Path | None, typer.Option(help="CSV：词、代码、用、属、注释。", exists=True, dir_okay=False)
    ] = None,
    name: Annotated[str, typer.Option(help="新词表的名称。")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="著录时只能用表内的词。")] = False,
    as_json: Json = False,
) -> None:
    """建立词表或从 CSV 导入词；不加 --file 只查看词数。

    JSON：`vocabulary`、`terms`、`added`、`changed`、`same`。
    """
    from lantai.institutions.api import organisation_by_code

    from . import vocabularies
    from .models import Vocabulary

    owner = organisation_by_code(archive)
    found = Vocabulary.objects.filter(archive=owner, key=key).first()
    if found is None:
        found = vocabularies.save_vocabulary(
            vocabulary=Vocabulary(archive=owner, key=key), name=name or key, source="", closed=closed, actor=OPERATOR
        )  # fmt: skip
    done = vocabularies.Imported(0, 0, 0)
    if file:
        rows = vocabularies.read_terms(file.read_bytes())
        done = vocabularies.put_terms(vocabulary=found, rows=rows, actor=OPERATOR)
    counts = {"added": done.added, "changed": done.changed, "same": done.same, "terms": found.terms.count()}
    say(_("新增 %(added)s 个词，修改 %(changed)s 个，共 %(terms)s 个。") % counts)
    emit({"vocabulary": key, **counts}, as_json)
