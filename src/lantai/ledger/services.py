"""Writing to the ledger."""

from __future__ import annotations

import secrets

from lantai.core.actors import Actor

from .leaves import value_digest
from .models import Entry, Pending


def append(
    *, act: str, actor: Actor, subject: str, before: object = None, after: object = None, count: int = 1
) -> Entry:
    """Records an act, in the caller's transaction: both stand or neither does.

    Args:
        act: ``<context>.<verb>``.
        actor: who did it; only the id and the roles are kept.
        subject: ``<kind>:<id>``; never a name or a title.
        before: JSON-ready state before the act; only a salted digest is kept.
        after: JSON-ready state after it; the same.
        count: how many things a bulk act touched.
    """
    secret = secrets.token_bytes(32)
    entry = Entry.objects.create(
        actor=actor.id,
        role=actor.role,
        act=act,
        subject=subject,
        count=count,
        before=value_digest(secret, "before", before),
        after=value_digest(secret, "after", after),
        secret=secret,
    )
    Pending.objects.create(entry=entry)
    return entry
