"""Which records an edit is for: by what they are, by their codes, by a rule they fail, or by a search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from lantai.core.actors import Actor
from lantai.core.errors import Invalid
from lantai.core.language import gettext as _
from lantai.records.api import Record, normalise_code, readable

from ..quality.models import QualityFailure

MOST = 100_000
Chooser = Callable[[str, Actor], Iterable[UUID]]
_choosers: list[Chooser] = []


def register_chooser(chooser: Chooser) -> None:
    """Names who answers a search: keys of the records an actor finds; ``Invalid`` where there are too many."""
    _choosers[:] = [chooser]


def chosen_ids(chosen: Mapping[str, Any], actor: Actor) -> tuple[list[UUID], list[str]]:
    """The records meant, and codes that nothing goes by.

    Args:
        chosen: ``ids``, ``codes`` (text, as many as there are), ``query``, or any of ``fonds``, ``year``,
            ``scheme``, ``state``, ``code`` (how it begins) and ``rule`` (one of quality they fail).
        actor: who edits; records they may not see are not meant.

    Raises:
        Invalid: nothing is chosen, or more than :data:`MOST`.
    """
    unknown: list[str] = []
    if chosen.get("query"):
        if not _choosers:
            raise Invalid(_("本系统没有检索，不能按检索式选择。"))
        ids = list(islice(_choosers[0](chosen["query"], actor), MOST + 1))
    elif chosen.get("ids"):
        ids = _visible(chosen["ids"], actor)
    elif chosen.get("codes"):
        ids, unknown = _by_codes(chosen["codes"], actor)
    else:
        ids = list(_filtered(chosen, actor).order_by("id").values_list("id", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        raise Invalid(
            _("选中的档案超过 %(most)s 件。") % {"most": MOST}, remedy=_("请加上年度或类别，分几次改。")
        )
    return ids, unknown


def _visible(ids: Sequence[UUID], actor: Actor) -> list[UUID]:
    """Those of the records that the actor may see, asked for in pieces that a query may carry."""
    wanted = list(dict.fromkeys(ids))[: MOST + 1]
    found: list[UUID] = []
    for start in range(0, len(wanted), 500):
        rows = readable(Record.objects.filter(id__in=wanted[start : start + 500]), actor)
        found += rows.values_list("id", flat=True)
    return found


def _by_codes(text: str, actor: Actor) -> tuple[list[UUID], list[str]]:
    codes = list(dict.fromkeys(normalise_code(part) for part in re.split(r"[\s,，;；、]+", text) if part))
    found: dict[str, UUID] = {}
    for start in range(0, len(codes), 500):
        rows = readable(Record.objects.filter(reference_code__in=codes[start : start + 500]), actor)
        found |= dict(rows.values_list("reference_code", "id"))
    return list(found.values()), [code for code in codes if code not in found]


def _filtered(chosen: Mapping[str, Any], actor: Actor) -> QuerySet[Record]:
    names = {
        "fonds": "fonds_id", "year": "year", "scheme": "scheme_id", "state": "state",
        "code": "reference_code__startswith",
    }  # fmt: skip
    given = {lookup: chosen[name] for name, lookup in names.items() if chosen.get(name) not in (None, "", [])}
    rule = chosen.get("rule")
    if not given and not rule:
        raise Invalid(_("没有选档案。"), remedy=_("请选一个全宗、写档号或检索式。"))
    records = readable(Record.objects.filter(**given), actor)
    if rule:
        records = records.filter(Exists(QualityFailure.objects.filter(record=OuterRef("id"), rule=rule)))
    return records


def pack(ids: Sequence[UUID]) -> bytes:
    """Keys as an edit keeps them."""
    return b"".join(key.bytes for key in ids)


def unpack(packed: bytes | memoryview) -> list[UUID]:
    """Keys of an edit."""
    whole = bytes(packed)
    return [UUID(bytes=whole[start : start + 16]) for start in range(0, len(whole), 16)]
