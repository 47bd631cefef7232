"""The receipt for a hand-over that came on a carrier (接收回执), and what it does at the sender.

It says what was received and what went back, and carries the receiver's seal over the register: with
it the sender's copy of the register has both seals too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.canonical import canonical_json, utc_text
from lantai.core.errors import Conflict, Invalid
from lantai.core.events import publish
from lantai.core.ports import Scope, require
from lantai.core.seals import PublicKey, Seal, public_key, sign, verify_with
from lantai.ledger.api import append
from lantai.records.api import NumberState, Record, RecordsChanged, State

from .correcting import return_items
from .exporting import register_digest
from .models import Handover
from .register import seals_hold

RECEIPT_PURPOSE = "transfer.receipt"
FORM = "电子档案接收回执"


def issue_receipt(handover: Handover) -> dict[str, Any]:
    """The receipt of a hand-over this archive has decided about.

    Raises:
        Conflict: it is not decided yet.
    """
    if handover.state not in (Handover.State.RECEIVED, Handover.State.RETURNED):
        raise Conflict(
            _("这次移交还没有办结，不能出回执。"), subject=handover.title, remedy=_("请先接收或退回。")
        )
    facts = {
        "form": FORM,
        "handover": str(handover.id),
        "title": handover.title,
        "register_sm3": register_digest(handover),
        "state": handover.state,
        "reason": handover.returned_reason,
        "acceptance": handover.acceptance,
        "receiver_seal": handover.receiver_seal,
        "receiver": handover.archive.name,
        "received_by": handover.received_by_name,
        "received_at": utc_text(handover.received_at) if handover.received_at else "",
    }
    seal = sign(RECEIPT_PURPOSE, canonical_json(facts))
    ids = {seal.key_id, (handover.receiver_seal or {}).get("key_id", seal.key_id)}
    keys = {key_id: key.pem for key_id in sorted(ids) if (key := public_key(key_id))}
    return {"facts": facts, "seal": seal.as_dict(), "keys": keys}


def close_with_receipt(*, receipt: Mapping[str, Any], actor: Actor, trusted_key: str = "") -> Handover:
    """Closes a hand-over at its sender with the receipt the archive gave.

    Args:
        receipt: as :func:`issue_receipt` made it.
        actor: who closes it.
        trusted_key: id of the key it must be sealed by; empty takes the key that came along.

    Raises:
        Invalid: it is no receipt, its seal does not hold, or it is for another register.
        Conflict: the hand-over is not waiting.
        Forbidden: the actor does not hand over for this agency.
    """
    facts = _checked(receipt, trusted_key)
    with transaction.atomic():
        held = _waiting(facts)
        require(actor, "transfer.submit", Scope(organisation_id=held.agency_id), subject=held.title)
        if facts["register_sm3"] != register_digest(held):
            raise Invalid(
                _("回执不是给这份登记表的。"), subject=held.title, remedy=_("请向档案馆要回正确的回执。")
            )
        held.receipt, held.foreign_keys = dict(receipt), dict(receipt["keys"])
        held.received_by_name = facts["received_by"]
        if facts["state"] == Handover.State.RETURNED:
            _came_back(held, facts)
        else:
            _went_over(held, facts, actor)
        held.save()
        append(
            act="transfer.close_with_receipt",
            actor=actor,
            subject=f"handover:{held.id}",
            after={"receipt": facts, "keys": sorted(receipt["keys"])},
            count=held.items.count(),
        )
    return held


def _checked(receipt: Mapping[str, Any], trusted_key: str) -> dict[str, Any]:
    try:
        facts, seal = dict(receipt["facts"]), Seal.from_dict(receipt["seal"])
        key = PublicKey.from_pem(receipt["keys"][seal.key_id])
        good = facts["form"] == FORM and key.key_id == seal.key_id
        good = good and verify_with(key, seal, RECEIPT_PURPOSE, canonical_json(facts))
        UUID(facts["handover"])
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(_("这不是接收回执。"), remedy=_("请用档案馆发回的 JSON 文件。")) from error
    if not good or (trusted_key and trusted_key != seal.key_id):
        raise Invalid(
            _("回执的印章与内容不符，或者不是约定的密钥。"),
            subject=str(facts["title"]),
            remedy=_("请与档案馆核对密钥标识 %(key)s。") % {"key": seal.key_id},
        )
    return facts


def _waiting(facts: Mapping[str, Any]) -> Handover:
    rows = Handover.objects.select_for_update(of=("self",)).select_related("agency", "archive", "fonds")
    held = rows.filter(id=facts["handover"]).first()
    if held is None or held.state != Handover.State.SUBMITTED:
        raise Conflict(
            _("没有等这份回执的移交，或者它已经办结。"),
            subject=str(facts["title"]),
            remedy=_("请核对移交列表。"),
        )
    return held


def _came_back(held: Handover, facts: Mapping[str, Any]) -> None:
    held.state, held.returned_reason = Handover.State.RETURNED, facts["reason"]
    _set(held, State.FILED)


def _went_over(held: Handover, facts: Mapping[str, Any], actor: Actor) -> None:
    """Returned items first; the rest is the archive's, and stays here to be read only."""
    codes = {row["reference_code"]: row["reasons"] for row in facts["acceptance"]["returned"]}
    back = held.items.filter(reference_code__in=list(codes)).values_list("record_id", "reference_code")
    if reasons := {record_id: codes[code] for record_id, code in back}:
        return_items(handover=held, reasons=reasons, actor=actor, by=facts["received_by"])
    held.acceptance, held.receiver_seal = facts["acceptance"], facts["receiver_seal"]
    if not seals_hold(held)["receiver"]:
        raise Invalid(_("接收单位在登记表上的印章与内容不符。"), subject=held.title)
    held.state, held.received_at = Handover.State.RECEIVED, timezone.now()
    held.items.filter(returned_at=None).update(received_at=held.received_at)
    _set(held, State.TRANSFERRED, custodian_id=held.archive_id, number_state=NumberState.LOCKED)


def _set(held: Handover, state: str, **values: Any) -> None:
    rows = list(held.items.filter(returned_at=None).values_list("record_id", flat=True))
    for start in range(0, len(rows), 5000):
        piece = rows[start : start + 5000]
        Record.objects.filter(id__in=piece).update(state=state, changed_at=timezone.now(), **values)
        publish(RecordsChanged(tuple(piece), "arranged"))
