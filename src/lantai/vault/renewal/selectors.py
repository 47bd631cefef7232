"""What the page of formats reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from lantai.core.errors import NotFound
from lantai.core.figures import kept
from lantai.formats.api import Converter, Preservation, converters, format_registry, preservation_of
from lantai.records.api import Document

from ..models import VaultObject
from .models import MigrationPlan


@dataclass(frozen=True, slots=True)
class Holding:
    """One family of formats with what is held of it.

    Attributes:
        formats: name, PRONOM identifier, documents and bytes of each format, most first.
        converters: which apply and are installed here.
    """

    entry: Preservation
    documents: int
    size_bytes: int
    formats: tuple[tuple[str, str, int, int], ...]
    converters: tuple[Converter, ...]


def holdings_by_format() -> tuple[list[Holding], datetime]:
    """Every family of the registry with what the vault holds of it, and when that was counted."""
    rows, at = kept("formats", _count)
    by_family: dict[str, list[tuple[str, str, int, int]]] = defaultdict(list)
    for name, puid, documents, size_bytes in rows:
        by_family[preservation_of(puid).family].append((name or _("未识别"), puid, documents, size_bytes))
    return [_holding(entry, by_family[entry.family]) for entry in format_registry()], at


def count_formats() -> None:
    """Counts anew, for the page of a large vault."""
    kept("formats", _count, fresh=True)


def _count() -> list[list[Any]]:
    documents = Document.objects.filter(record__vault_object__state=VaultObject.State.HELD)
    grouped = documents.values_list("format_name", "puid").order_by()
    return [list(row) for row in grouped.annotate(number=Count("id"), size=Sum("size_bytes"))]


def _holding(entry: Preservation, rows: list[tuple[str, str, int, int]]) -> Holding:
    able = {converter.key: converter for converter in converters() if converter.tool()}
    return Holding(
        entry=entry,
        documents=sum(row[2] for row in rows),
        size_bytes=sum(row[3] or 0 for row in rows),
        formats=tuple(sorted(rows, key=lambda row: -row[2])),
        converters=tuple(able[key] for key in entry.targets if key in able),
    )


def migration_plans() -> QuerySet[MigrationPlan]:
    """Every plan."""
    return MigrationPlan.objects.select_related("fonds")


def plan_of(plan_id: UUID) -> MigrationPlan:
    """One plan.

    Raises:
        NotFound: there is none.
    """
    found = migration_plans().filter(id=plan_id).first()
    if found is None:
        raise NotFound(_("没有这个转换方案。"))
    return found
