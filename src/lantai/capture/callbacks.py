"""Callbacks: an office system is told that its submission is finished, signed, and until it has heard.

A sender registers one address; a submission may name another. The secret that signs is derived from
the platform's signing key and the registration, so that the database holds none; registering again
makes a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.core.actors import Actor
from lantai.core.errors import Invalid, LantaiError
from lantai.core.identifiers import new_id
from lantai.core.outbound import Limits, fetch, resolve_public
from lantai.core.ports import Scope, require
from lantai.institutions.api import Organisation
from lantai.ledger.api import append

from .channel_models import Callback, CallbackAddress
from .events import SubmissionFinished
from .models import Submission

State = Callback.State
LIMITS = Limits(connect_s=5, total_s=10, body_bytes=65536)
AT_ONCE = 16
"""Messages under way together."""
GIVE_UP_AFTER = 18
"""Tries before a message is given up: over three days."""
LONGEST_WAIT_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class Registration:
    """An address, and the secret its messages are signed with."""

    url: str
    secret: str


def register(*, url: str, agency: Organisation, actor: Actor) -> Registration:
    """Has a sender told at this address from now on; its earlier address and secret end.

    Raises:
        Invalid: no HTTP address, or one this platform must not call.
        Unavailable: its name does not resolve.
    """
    require(actor, "capture.submit", Scope(organisation_id=agency.id), subject=agency.name)
    resolve_public(url)
    with transaction.atomic():
        address, _made = CallbackAddress.objects.update_or_create(
            actor_id=actor.id, defaults={"agency": agency, "url": url, "secret_id": new_id()}
        )
        append(act="capture.register_callback", actor=actor, subject=f"organisation:{agency.id}", after=url)
    return Registration(url, _secret(address))


def address_of(actor: Actor) -> CallbackAddress | None:
    """Where a sender wants to be told."""
    return CallbackAddress.objects.filter(actor_id=actor.id).first()


def withdraw(*, actor: Actor) -> None:
    """Tells a sender nothing any more."""
    CallbackAddress.objects.filter(actor_id=actor.id).delete()


def expect(submission: Submission, actor: Actor, url: str = "") -> None:
    """Has the sender told when a submission is finished, if it wants to be.

    Raises:
        Invalid: it names an address of its own before it has registered one, or a forbidden one.
    """
    address = address_of(actor)
    if url and address is None:
        raise Invalid(
            _("还没有登记回调地址，无法签名。"),
            subject="callback",
            remedy=_("请先用 PUT /api/v1/callback 登记地址，取得签名密钥。"),
        )
    if address is None:
        return
    if url:
        resolve_public(url)
    Callback.objects.get_or_create(
        submission=submission, defaults={"address": address, "url": url or address.url}
    )
    if submission.is_finished:
        _make_due([submission.id])


def on_finished(events: Sequence[SubmissionFinished]) -> None:
    """Makes the messages of finished submissions due."""
    _make_due([event.submission_id for event in events])


def deliver_due() -> int:
    """Delivers what is due, several at a time; run by the worker. Returns how many were heard."""
    due = Callback.objects.filter(state=State.DUE, next_try_at__lte=timezone.now())
    rows = list(due.select_related("submission__agency", "address").order_by("next_try_at")[:AT_ONCE])
    if not rows:
        return 0
    messages = [(row.url, *_message(row)) for row in rows]
    with ThreadPoolExecutor(AT_ONCE) as pool:  # threads that only talk to the network, never to the database
        outcomes = list(pool.map(lambda message: _deliver(*message), messages))
    for row, outcome in zip(rows, outcomes, strict=True):
        _note(row, outcome)
    return sum(not outcome for outcome in outcomes)


def signature(secret: str, at_s: int, body: bytes) -> str:
    """The header ``Lantai-Signature``: moment and HMACs over ``<moment>.<body>``; either proves it."""
    signed = str(at_s).encode() + b"." + body
    sums = {name: hmac.new(secret.encode(), signed, name).hexdigest() for name in ("sm3", "sha256")}
    return f"t={at_s}," + ",".join(f"{name}={value}" for name, value in sums.items())


def _make_due(submission_ids: Sequence[Any]) -> None:
    Callback.objects.filter(submission__in=submission_ids, state=State.WAITING).update(
        state=State.DUE, next_try_at=timezone.now()
    )


def _message(row: Callback) -> tuple[bytes, dict[str, str]]:
    submission = row.submission
    body = json.dumps(
        {
            "event": "submission.finished",
            "delivery": str(row.id),
            "submission": str(submission.id),
            "idempotency_key": submission.idempotency_key,
            "title": submission.title,
            "state": submission.state,
            "counts": {name: submission.counts.get(name, 0) for name in ("items", "accepted", "returned")},
            "receipt": submission.receipt,
        },
        ensure_ascii=False,
    ).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Lantai",
        "Lantai-Delivery": str(row.id),
        "Lantai-Signature": signature(_secret(row.address), int(time.time()), body),
    }
    return body, headers


def _deliver(url: str, body: bytes, headers: dict[str, str]) -> str:
    """Sends one message; returns what went wrong, empty when it was heard."""
    try:
        answer = fetch(url, method="POST", body=body, headers=headers, limits=LIMITS)
    except LantaiError as error:
        return str(error)[:300]
    return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"


def _note(row: Callback, outcome: str) -> None:
    row.attempts += 1
    row.outcome = outcome
    if not outcome:
        row.state, row.finished_at = State.DELIVERED, timezone.now()
    elif row.attempts >= GIVE_UP_AFTER:
        row.state, row.finished_at = State.GIVEN_UP, timezone.now()
    else:
        wait = timedelta(seconds=min(5 * 2**row.attempts, LONGEST_WAIT_S))
        row.next_try_at = timezone.now() + wait
    row.save(update_fields=["attempts", "outcome", "state", "finished_at", "next_try_at"])


def _secret(address: CallbackAddress) -> str:
    key = hashlib.sha256(f"lantai.capture.callback:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, address.secret_id.bytes, "sha256").hexdigest()
