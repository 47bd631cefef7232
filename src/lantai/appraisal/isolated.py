"""A record found to be classified goes the way of a purge: proposed by itself once that is confirmed.

Who reported it counts as the proposer, so that the security officer who confirmed may approve.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from lantai.core.actors import SYSTEM
from lantai.core.language import gettext as _
from lantai.ledger.api import append
from lantai.records.api import Record
from lantai.transfer.api import IsolationConfirmed

from .models import Disposal, DisposalItem


def propose_what_is_confirmed(events: Sequence[IsolationConfirmed]) -> None:
    """Opens a purge for every confirmed isolation that has none; consumer of transfer's news."""
    for event in events:
        with transaction.atomic():
            record = Record.objects.select_for_update(of=("self",)).get(id=event.record_id)
            under_way = DisposalItem.objects.filter(record=record, disposal__kind=Disposal.Kind.PURGE)
            if under_way.exclude(disposal__state=Disposal.State.REJECTED).exists():
                continue
            DisposalItem.objects.filter(record=record, is_open=True).update(is_open=False)
            _open(record, event)


def _open(record: Record, event: IsolationConfirmed) -> None:
    made = Disposal.objects.create(
        kind=Disposal.Kind.PURGE,
        organisation_id=record.custodian_id,
        title=_("清除确认涉密的隔离件"),
        reason=_("隔离登记 %s 已确认涉密，须从每个存储、索引、缓存中清除。") % event.isolation_id,
        proposed_by=event.found_by,
        proposed_by_name=event.found_by_name,
    )
    DisposalItem.objects.create(disposal=made, record=record)
    append(act="appraisal.propose", actor=SYSTEM, subject=f"disposal:{made.id}",
           after={"kind": made.kind, "records": [str(record.id)], "isolation": str(event.isolation_id)})  # fmt: skip
