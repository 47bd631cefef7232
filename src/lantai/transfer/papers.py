"""Papers of transfer (``core.ports.PaperPart``): assessments, agreements, records sent back to their agency."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from lantai.core.plainrows import plain_rows, restore_rows
from lantai.core.ports import subject_ids
from lantai.institutions.api import describe_organisations, restore_organisations
from lantai.records.api import Fonds
from lantai.vault.api import describe_waiting, restore_waiting

from .models import Agreement, Correction, Readiness


class ReadinessPapers:
    """Assessments of business systems (单套制), with their seals."""

    key = "transfer.readiness"
    order = 40
    kinds: Collection[str] = ("readiness",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each assessment with its agency."""
        rows = list(plain_rows(Readiness.objects.filter(id__in=subject_ids(subjects))))
        agencies = describe_organisations(row["agency"] for row in rows)
        return {UUID(row["id"]): {"organisation": agencies[row["agency"]], "readiness": row} for row in rows}

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes them again."""
        with transaction.atomic():
            named = {part["organisation"]["id"]: part["organisation"] for part in parts.values()}
            ids = restore_organisations(named.values())
            restore_rows(Readiness, (part["readiness"] for part in parts.values()), ids)


class AgreementPapers:
    """What agency and archive agreed on as to the day of a transfer."""

    key = "transfer.agreement"
    order = 40
    kinds: Collection[str] = ("agreement",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """Each agreement."""
        return {
            UUID(row["id"]): row for row in plain_rows(Agreement.objects.filter(id__in=subject_ids(subjects)))
        }

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Makes those again whose fonds stands."""
        standing = set(map(str, Fonds.objects.values_list("id", flat=True)))
        restore_rows(Agreement, (row for row in parts.values() if row["fonds"] in standing))


class ReturnedPapers:
    """Records that came back out of a hand-over and are not stored: all that is known of them."""

    key = "transfer.returned"
    order = 91
    kinds: Collection[str] = ("handover",)

    def describe(self, subjects: Sequence[str]) -> Mapping[UUID, Mapping[str, Any]]:
        """The records of corrections that came out of these hand-overs, or went into them again."""
        ids = subject_ids(subjects)
        back = Correction.objects.filter(returned_item__handover__in=ids)
        again = Correction.objects.filter(sent_again__handover__in=ids)
        return describe_waiting((back | again).values_list("record_id", flat=True).distinct())

    def restore(self, parts: Mapping[UUID, Mapping[str, Any]]) -> None:
        """See :func:`lantai.vault.api.restore_waiting`."""
        restore_waiting(parts)
