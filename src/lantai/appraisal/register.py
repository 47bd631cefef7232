"""The destruction register (销毁清册): sealed when everything is gone, kept for ever, printed as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantai.catalogue.api import forget_tables
from lantai.core import seals
from lantai.core.actors import SYSTEM
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.events import publish
from lantai.core.language import gettext as _
from lantai.core.seals import Seal
from lantai.core.typesetting import typeset
from lantai.ledger.api import append
from lantai.records.api import Fonds, retention_term
from lantai.vault.api import Copy, Erasure, volumes_still_holding

from .events import DisposalDecided
from .models import Disposal, DisposalItem

PURPOSE = "disposal.register"
_TEMPLATE = Path(__file__).parent / "data" / "register.typ"


def close(disposal: Disposal) -> bool:
    """Writes and seals the register once nothing of the condemned is left; returns whether it did."""
    basis = f"disposal:{disposal.id}"
    with transaction.atomic():
        held = Disposal.objects.select_for_update().get(id=disposal.id)
        orders = Erasure.objects.filter(basis=basis)
        if held.state != Disposal.State.EXECUTING or orders.filter(finished_at=None).exists():
            return False
        if held.kind == Disposal.Kind.PURGE:
            forget_tables(list(orders.values_list("record_id", flat=True)))
        held.finished_at = timezone.now()
        held.register = _write(held)
        held.seal = seals.sign(PURPOSE, canonical_json(held.register)).as_dict()
        held.state = Disposal.State.DONE
        held.save()
        held.items.update(is_open=False)
        append(act="appraisal.close", actor=SYSTEM, subject=basis,
               after={"register": held.register, "seal": held.seal}, count=len(held.register["records"]))  # fmt: skip
        publish(DisposalDecided(held.id))
    return True


def is_genuine(disposal: Disposal) -> bool:
    """Whether the register is, byte for byte, what was sealed."""
    if not disposal.register or not disposal.seal:
        return False
    return seals.verify(Seal.from_dict(disposal.seal), PURPOSE, canonical_json(disposal.register))


def _write(disposal: Disposal) -> dict[str, Any]:
    items = disposal.items.filter(outcome=DisposalItem.Outcome.DESTROY).select_related("record__fonds")
    items = items.order_by("record__reference_code", "record_id")
    away = Copy.objects.filter(object__record__disposal_items__disposal=disposal, version=0)
    return {
        "disposal": str(disposal.id),
        "kind": disposal.kind,
        "organisation": disposal.organisation.name,
        "title": disposal.title,
        "reason": disposal.reason,
        "proposed": {"by": disposal.proposed_by_name, "at": utc_text(disposal.proposed_at)},
        "approved": {
            "by": disposal.decided_by_name,
            "number": disposal.approval_number,
            "at": utc_text(disposal.decided_at) if disposal.decided_at else "",
        },
        "opinions": [
            {"member": row.member_name, "agrees": row.agrees, "text": row.text, "at": utc_text(row.given_at)}
            for row in disposal.opinions.all()
        ],
        "witnesses": [
            {"name": row.name, "signed_at": utc_text(row.signed_at)} for row in disposal.witnesses.all()
        ],
        "finished_at": utc_text(disposal.finished_at) if disposal.finished_at else "",
        "still_to_erase": sorted(set(away.values_list("store", flat=True))),
        "volumes": volumes_still_holding(disposal.condemned()),
        "records": [_line(item) for item in items],
    }


def _line(item: DisposalItem) -> dict[str, Any]:
    record = item.record
    term = retention_term(record.retention) if record.retention else None
    return {
        "id": str(record.id),
        "code": record.reference_code,
        "title": record.title,
        "responsible": record.responsible,
        "number": record.document_number,
        "fonds": f"{record.fonds.code} {record.fonds.name}",
        "date": record.date_text,
        "year": record.year,
        "retention": term.name if term else "",
        "until": (record.year or 0) + term.years if term and term.years is not None and record.year else None,
        "note": item.note,
        "pages": record.page_count,
        "documents": record.documents.count(),
    }


def register_pdf(disposal: Disposal, fonds: Fonds | None = None) -> bytes:
    """The register on paper, PDF/A-2b, with the seal drawn as 样章; of one fonds its own lines alone."""
    seal = disposal.seal or {}
    data = {**(disposal.register or {}), "kind_name": str(disposal.get_kind_display()), "seal": {
        "at": seal.get("signed_at", ""), "algorithm": seal.get("algorithm", ""), "signature": seal.get("signature_b64", ""),
    }}  # fmt: skip
    data["away"] = "、".join(data.get("still_to_erase") or [_("无")])
    data["volumes"] = "、".join(data.get("volumes") or [_("无")])
    data["of"] = ""
    if fonds is not None:
        own = set(map(str, disposal.items.filter(record__fonds=fonds).values_list("record_id", flat=True)))
        lines = [line for line in data["records"] if line["id"] in own]
        if len(lines) < len(data["records"]):
            data["of"] = _("本全宗节录，全册 %(n)s 件") % {"n": len(data["records"])}
        data["records"] = lines
    return typeset(_TEMPLATE, data)
