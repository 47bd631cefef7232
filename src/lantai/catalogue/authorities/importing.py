"""Authority records from a table: names with their variants and predecessors, as offices keep them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.formats.api import decode_text
from lantai.institutions.api import Organisation

from .models import Authority, AuthorityName, AuthorityRelation
from .services import Name, relate, save_authority

HEADINGS = {
    "name": ("规范名称", "名称", "姓名"),
    "kind": ("种类", "类型"),
    "qualifier": ("区分",),
    "code": ("代码", "统一社会信用代码"),
    "former": ("曾用名",),
    "short": ("简称",),
    "variant": ("别称", "别名", "异名"),
    "started_text": ("成立或出生", "成立", "出生", "起始日期"),
    "ended_text": ("撤销或去世", "撤销", "去世", "终止日期"),
    "history": ("机构沿革或生平", "沿革", "生平"),
    "functions": ("职能或职务", "职能", "职务"),
    "places": ("所在地或籍贯", "所在地", "籍贯"),
    "sources": ("依据", "来源"),
    "earlier": ("前身",),
}
MOST_ROWS = 100_000
_NAMES = ("former", "short", "variant")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made of a table."""

    added: int
    changed: int
    same: int
    related: int


def read_authorities(content: bytes) -> list[dict[str, str]]:
    """Rows of a CSV file with headings.

    Raises:
        Invalid: there is no column of names, or a row has none.
    """
    try:
        table = list(csv.reader(io.StringIO(decode_text(content))))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Invalid(_("这不是可以读的 CSV 文件：%(error)s。") % {"error": error}) from error
    headings = [cell.strip().lstrip("\ufeff") for cell in table[0]] if table else []
    places = {
        key: headings.index(word) for key, words in HEADINGS.items() for word in words if word in headings
    }
    if "name" not in places:
        raise Invalid(
            _("表里没有“规范名称”这一列。"), subject="、".join(headings)[:100],
            remedy=_("首行写列名，如：规范名称、种类、曾用名、简称、别称、成立或出生、撤销或去世、前身、依据。"),
        )  # fmt: skip
    rows = [
        {key: row[place].strip() if place < len(row) else "" for key, place in places.items()}
        for row in table[1:]
        if any(cell.strip() for cell in row)
    ]
    if len(rows) > MOST_ROWS:
        raise Invalid(_("一次最多导入 %(most)s 条。") % {"most": MOST_ROWS}, remedy=_("请分成几个文件。"))
    for number, row in enumerate(rows, 2):
        if not row["name"]:
            raise Invalid(_("第 %(row)s 行没有规范名称。") % {"row": number})
    return rows


@transaction.atomic
def import_authorities(
    *, archive: Organisation, rows: Sequence[Mapping[str, str]], kind: str, actor: Actor
) -> Imported:
    """Adds authority records, or new versions of those that stand; then says who came before whom.

    Args:
        archive: whose.
        rows: from :func:`read_authorities`.
        kind: of rows that do not tell their own.
        actor: who imports.

    Raises:
        Invalid: a row breaks a rule; the message names it.
    """
    words = {str(label): key for key, label in Authority.Kind.choices}
    counts = {"added": 0, "changed": 0, "same": 0, "related": 0}
    made: dict[str, Authority] = {}
    for row in rows:
        own = words.get(row.get("kind", ""), row.get("kind") or kind)
        known = {"archive": archive, "kind": own, "name": row["name"], "qualifier": row.get("qualifier", "")}
        standing = Authority.objects.filter(**known).first()
        version = standing.version if standing else 0
        values = {key: value for key, value in row.items() if key not in (*_NAMES, "earlier") and value}
        found = save_authority(
            authority=standing or Authority(archive=archive), values={**values, "kind": own},
            names=[*_standing(standing), *_names(row)], reason=_("从表格导入"), actor=actor,
        )  # fmt: skip
        made[row["name"]] = found
        counts["added" if not version else "changed" if found.version > version else "same"] += 1
    for row in rows:
        counts["related"] += _relate(archive, made, row, actor)
    return Imported(**counts)


def _names(row: Mapping[str, str]) -> list[Name]:
    return [
        Name(part.strip(), kind)
        for kind in _NAMES
        for part in row.get(kind, "").replace("；", "、").replace(";", "、").split("、")
        if part.strip()
    ]


def _standing(authority: Authority | None) -> list[Name]:
    """Names it has already: an import adds to them."""
    if authority is None:
        return []
    rows = authority.names.exclude(kind=AuthorityName.Kind.AUTHORISED)
    return [Name(row.name, row.kind, row.since_text, row.until_text) for row in rows]


def _relate(
    archive: Organisation, made: Mapping[str, Authority], row: Mapping[str, str], actor: Actor
) -> int:
    done = 0
    for name in filter(
        None, (part.strip() for part in row.get("earlier", "").replace("；", "、").split("、"))
    ):
        before = made.get(name) or Authority.objects.filter(archive=archive, name=name).first()
        if before is None:
            raise Invalid(
                _("“%(name)s”的前身“%(other)s”不在规范档里。") % {"name": row["name"], "other": name},
                remedy=_("请把它也列为一行。"),
            )
        kind = AuthorityRelation.Kind.EARLIER
        if not AuthorityRelation.objects.filter(source=before, target=made[row["name"]], kind=kind).exists():
            relate(source=before, target=made[row["name"]], kind=kind, actor=actor)
            done += 1
    return done
