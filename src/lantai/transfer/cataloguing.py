"""The sender's own catalogue database beside a hand-over, for the archive to compare (YJ-3-2).

What the platform holds and what the agency's database says are two copies of the metadata. The agency
gives an export along; of it only the entries of what is handed over are kept, each with its item.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.db import transaction

from lantai.core.actors import Actor
from lantai.core.digests import digest_file
from lantai.core.errors import Conflict, Invalid
from lantai.core.language import gettext as _
from lantai.core.ports import Scope, require
from lantai.inspection.api import CatalogueDatabase, plan_in_force
from lantai.ledger.api import append
from lantai.packages.api import PackageItem

from .models import Handover, HandoverItem

CHECK = "use.meta.access"
PIECE = 500


def attach_catalogue(*, handover: Handover, file: Path, name: str, actor: Actor) -> Handover:
    """Takes an export of the sender's catalogue database in; given again, it replaces the one before.

    Args:
        handover: that is being prepared.
        file: a spreadsheet or CSV file with the headings of folder packages.
        name: what it is called.
        actor: who gives it.

    Raises:
        Forbidden: the actor does not prepare this agency's hand-overs.
        Conflict: it is handed over already.
        Invalid: it is no catalogue, or has none of the records.
    """
    scope = Scope(organisation_id=handover.agency_id, fonds_id=handover.fonds_id)
    require(actor, "transfer.prepare", scope, subject=handover.title)
    database, digest = CatalogueDatabase(file), digest_file(file).sm3
    with transaction.atomic():
        held = Handover.objects.select_for_update(of=("self",)).get(id=handover.id)
        if held.state != Handover.State.DRAFT:
            raise Conflict(_("这次移交已经签章，不能再换目录。"), subject=held.title)
        matched = _keep_entries(held, database)
        if not matched:
            raise Invalid(
                _("目录里没有这次移交的档案。"),
                subject=name,
                remedy=_("请核对“档号”一列，导出这些年度的目录。"),
            )
        held.catalogue = {"name": name, "sm3": digest, "entries": database.entry_count, "matched": matched}
        held.save(update_fields=["catalogue"])
        append(
            act="transfer.attach_catalogue", actor=actor, subject=f"handover:{held.id}", after=held.catalogue
        )
    return held


def _keep_entries(handover: Handover, database: CatalogueDatabase) -> int:
    """Writes to each item what the database has of it; how many it has."""
    matched = 0
    items = list(handover.items.select_related("record").order_by("place"))
    for item in items:
        described = {"M8": item.reference_code, "M31": item.record.document_number, "M22": item.record.title}
        item.catalogued = dict(database.entry_of(described))
        matched += bool(item.catalogued)
    HandoverItem.objects.bulk_update(items, ["catalogued"], batch_size=PIECE)
    return matched


def is_asked(handover: Handover) -> bool:
    """Whether the plan the archive inspects by has the catalogue database compared."""
    return CHECK in plan_in_force(handover.archive_id, "YJ", "").asked


def require_catalogue(handover: Handover) -> None:
    """Refuses a hand-over whose archive compares the database, and which brings none.

    Raises:
        Invalid: it is so.
    """
    if is_asked(handover) and not handover.catalogue:
        raise Invalid(
            _("档案馆的检测方案要求与目录数据库比对，还没有交目录。"),
            subject=handover.title,
            remedy=_("请从本单位的档案软件导出目录（.xlsx 或 .csv），在本页交上。"),
        )


class SenderCatalogue:
    """What the sender's database has of each item of a hand-over, a few hundred read at a time."""

    def __init__(self, handover: Handover) -> None:
        self._handover = handover
        self._read: dict[int, Mapping[str, str]] = {}

    def copy_of(self, item: PackageItem) -> Mapping[str, str]:
        """The item as the database has it, what it does not keep as handed over; empty where it has no entry."""
        if item.number not in self._read:
            coming = self._handover.items.filter(place__gte=item.number).order_by("place")
            self._read = dict(coming.values_list("place", "catalogued")[:PIECE])
        entry = self._read[item.number]
        return {**item.metadata, **entry} if entry else {}
